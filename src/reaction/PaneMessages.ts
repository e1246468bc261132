/**
 * The messages of one pane, for all streams of an input, as numbers in one typed array that is
 * dropped as a whole. Each stream's messages are contiguous, in chunks that double in size, because
 * a span reads them in order. Sequential memory access costs a tenth of random access.
 */
import {
  type EventColumns,
  SCORE_MICRO,
  USER_END,
  USER_HASH as EVENT_USER_HASH,
  USER_START,
  WORDS_END,
  WORDS_START
} from "../domain/EventColumns.ts"
import { grown } from "../domain/Columns.ts"
import { HASH_BASIS, mixed } from "../domain/Hash.ts"
import { outside } from "../domain/Invariant.ts"
import { MAX_WORDS } from "../domain/Limits.ts"
import { UNSCORED } from "../domain/Score.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/**
 * Numbers of a message; then come its words, the class of the first word that has one, and the
 * user's bytes, four in a number.
 */
export const SIZE = 0
/** Free for the reader. */
export const NEXT = 1
export const SCORE = 2
export const USER_HASH = 3
/** In bytes. */
export const USER_LENGTH = 4
/** By the words. */
export const TEXT_HASH = 5
/** How many words there are, the class among them. */
export const WORDS = 6
export const WORD = 7

/**
 * Numbers of a chunk: the next one of the stream, 0 = none; where its messages end, unless it is
 * the last.
 */
const CHUNK_NEXT = 0
const CHUNK_END = 1
const CHUNK = 2
const LEAST_CHUNK = 64
const MOST_CHUNK = 1024

/**
 * Numbers of a stream: its first and last chunk, where the next message begins, where the last
 * chunk ends, how many messages there are. Zeros = it is silent.
 */
const FIRST = 0
const LAST = 1
const TO = 2
const LIMIT = 3
const COUNT = 4
const STREAM = 5

/** From so many numbers on, a copy in one call is faster than a loop. */
const MANY = 100

export class PaneMessages {
  #data = new Int32Array(1024)
  /** Where the next chunk begins. */
  #end = 1
  #streams = new Int32Array(STREAM * 16)

  /**
   * Adds a message, an event of the columns. O(its user's bytes and its words, at most MAX_WORDS).
   */
  add(stream: number, columns: EventColumns, event: number, vocabulary: Vocabulary): void {
    const userBytes = columns.of(event, USER_END) - columns.of(event, USER_START)
    const at = this.#roomFor(stream, WORD + MAX_WORDS + 1 + ((userBytes + 3) >> 2))
    const words = this.#addWords(at, columns, event, vocabulary)
    const score = columns.of(event, SCORE_MICRO)
    const end = this.#addUser(at, at + WORD + words, columns, event)
    this.#data[at + SIZE] = end - at
    this.#data[at + SCORE] = score === UNSCORED ? 0 : score
    this.#streams[STREAM * stream + TO] = end
    this.#streams[STREAM * stream + COUNT] = this.countOf(stream) + 1
  }

  /** How many messages a stream has. */
  countOf(stream: number): number {
    return this.#streams[STREAM * stream + COUNT] ?? 0
  }

  /**
   * Copies the messages of a stream to the numbers from `to` on. Returns where they end there.
   * O(messages).
   */
  copyTo(stream: number, span: { numbers: Int32Array }, to: number): number {
    const data = this.#data
    let copied = to
    for (let chunk = this.#firstChunk(stream); chunk > 0; chunk = data[chunk + CHUNK_NEXT] ?? outside()) {
      const end = this.#endOf(stream, chunk)
      if (copied + end - chunk > span.numbers.length)
        span.numbers = grown(span.numbers, new Int32Array(2 * (copied + end - chunk)))
      const { numbers } = span
      const start = chunk + CHUNK
      if (end - start < MANY) for (let at = start; at < end; at++) numbers[copied + at - start] = data[at] ?? outside()
      else numbers.set(data.subarray(start, end), copied)
      copied += end - start
    }
    return copied
  }

  /** Visits the messages of a stream, oldest first: the data, and where each begins in it. */
  each(stream: number, visit: (data: Int32Array, message: number) => void): void {
    const data = this.#data
    for (let chunk = this.#firstChunk(stream); chunk > 0; chunk = data[chunk + CHUNK_NEXT] ?? outside()) {
      const end = this.#endOf(stream, chunk)
      for (let message = chunk + CHUNK; message < end; message += data[message + SIZE] ?? outside())
        visit(data, message)
    }
  }

  /** Replaces the words' numbers. O(messages). */
  renumber(numberOf: (word: number) => number): void {
    for (let stream = 0; STREAM * stream < this.#streams.length; stream++) {
      this.each(stream, (data, message) => {
        const end = message + WORD + (data[message + WORDS] ?? outside())
        for (let word = message + WORD; word < end; word++) data[word] = numberOf(data[word] ?? outside())
      })
    }
  }

  /** Forgets everything but the room for as much again. Returns whether much of it was used. */
  clear(): boolean {
    const isUsed = 4 * this.#end >= this.#data.length
    this.#end = 1
    this.#streams.fill(0)
    return isUsed
  }

  /** The stream's first chunk; 0 if it is silent in this pane. */
  #firstChunk(stream: number): number {
    return this.#streams[STREAM * stream + FIRST] ?? 0
  }

  #endOf(stream: number, chunk: number): number {
    const at = STREAM * stream
    return (this.#streams[at + LAST] === chunk ? this.#streams[at + TO] : this.#data[chunk + CHUNK_END]) ?? outside()
  }

  /** Returns how many words there are. */
  #addWords(at: number, columns: EventColumns, event: number, vocabulary: Vocabulary): number {
    const data = this.#data
    const end = columns.of(event, WORDS_END)
    let words = 0
    let ofClass = -1
    let hash = HASH_BASIS
    for (let row = columns.of(event, WORDS_START); row < end; row++) {
      const spelling = vocabulary.spellingOf(columns, row)
      data[at + WORD + words++] = vocabulary.wordOf(spelling)
      if (ofClass < 0) ofClass = vocabulary.classOf(spelling)
      hash = mixed(hash, vocabulary.wordHashOf(spelling))
    }
    if (ofClass >= 0) data[at + WORD + words++] = ofClass
    data[at + WORDS] = words
    data[at + TEXT_HASH] = hash
    return words
  }

  /** Returns where the message ends. */
  #addUser(message: number, userAt: number, columns: EventColumns, event: number): number {
    const data = this.#data
    const { bytes } = columns
    const start = columns.of(event, USER_START)
    const end = columns.of(event, USER_END)
    data[message + USER_HASH] = columns.of(event, EVENT_USER_HASH)
    data[message + USER_LENGTH] = end - start
    let at = userAt
    let from = start
    for (; from + 4 <= end; from += 4)
      data[at++] =
        (bytes[from] ?? outside()) |
        ((bytes[from + 1] ?? outside()) << 8) |
        ((bytes[from + 2] ?? outside()) << 16) |
        ((bytes[from + 3] ?? outside()) << 24)
    if (from < end) {
      let rest = 0
      for (let shift = 0; from < end; shift += 8) rest |= (bytes[from++] ?? outside()) << shift
      data[at++] = rest
    }
    return at
  }

  /** Makes room for a message of at most `size` numbers, and returns its position. */
  #roomFor(stream: number, size: number): number {
    if (STREAM * stream >= this.#streams.length)
      this.#streams = grown(this.#streams, new Int32Array(2 * STREAM * stream))
    const at = STREAM * stream
    if ((this.#streams[at + TO] ?? outside()) + size > (this.#streams[at + LIMIT] ?? outside()))
      this.#addChunk(at, size)
    return this.#streams[at + TO] ?? outside()
  }

  #addChunk(stream: number, least: number): void {
    const streams = this.#streams
    const last = streams[stream + LAST] ?? outside()
    // 0 = no chunk yet.
    const lastSize = (streams[stream + LIMIT] ?? outside()) - last
    const size = Math.max(LEAST_CHUNK, Math.min(2 * lastSize, MOST_CHUNK), CHUNK + least)
    const chunk = this.#end
    this.#end += size
    if (this.#end > this.#data.length) this.#data = grown(this.#data, new Int32Array(2 * this.#end))
    this.#data[chunk + CHUNK_NEXT] = 0
    if (last === 0) {
      streams[stream + FIRST] = chunk
    } else {
      this.#data[last + CHUNK_NEXT] = chunk
      this.#data[last + CHUNK_END] = streams[stream + TO] ?? outside()
    }
    streams[stream + LAST] = chunk
    streams[stream + TO] = chunk + CHUNK
    streams[stream + LIMIT] = chunk + size
  }
}
