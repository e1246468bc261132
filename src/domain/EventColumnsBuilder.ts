/**
 * Builds the columns of a batch, from single events or from rows that the kernel has decoded. The
 * texts of rows lie in the bytes of the records. The texts of events are copied behind them.
 */
import type { Event } from "./Event.ts"
import {
  CUT_EMOTES,
  EMOTE,
  EMOTE_END,
  EMOTE_HASH,
  EMOTE_START,
  EMOTES_END,
  EMOTES_START,
  EVENT,
  EventColumns,
  SCORE_MICRO,
  STREAM_HASH,
  STREAM_START,
  TEXT_END,
  TEXT_START,
  USER_HASH,
  USER_START,
  VIEWERS,
  WORD,
  WORDS_END,
  WORDS_START
} from "./EventColumns.ts"
import { grown } from "./Columns.ts"
import { hashOf } from "./Hash.ts"
import { outside } from "./Invariant.ts"
import { MAX_WORDS } from "./Limits.ts"
import { UNSCORED } from "./Score.ts"
import type { Utf8 } from "./Utf8.ts"
import { writeWords } from "./Words.ts"

/** From this many bytes on, `set` copies faster than a loop. */
const MANY = 100

/** Returns the array with room for `length` numbers. An empty array gets no spare room. */
const roomy = (numbers: Int32Array, length: number): Int32Array => {
  if (length <= numbers.length) return numbers
  return grown(numbers, new Int32Array(numbers.length === 0 ? length : length + (length >> 1)))
}

/**
 * Released builders, whose arrays are used again by later batches. The arrays of a batch are as
 * large as its records, and new array memory makes V8 run major collections.
 */
const released: Array<EventColumnsBuilder> = []

/** The most builders that are kept. Rarely do more than two tasks of a thread pause in a batch. */
const MAX_RELEASED = 4

/** A builder with larger arrays is not kept, so that one large batch does not hold its memory. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024

export class EventColumnsBuilder {
  #baseOffset: bigint
  #offsetDeltas: Float64Array
  #timesMs: Float64Array
  #events: Int32Array
  #count = 0
  #emotes: Int32Array = new Int32Array(0)
  #emoteCount = 0
  #words: Int32Array = new Int32Array(0)
  #wordCount = 0
  #bytes: Uint8Array
  #byteCount: number
  /**
   * Memory of the builder's own. {@link #bytes} moves to it when it must grow, and is the same
   * array from then on.
   */
  #byteRoom: Uint8Array = new Uint8Array(0)

  /**
   * A builder with the arrays of a released one, if there is one. The arguments are those of the
   * constructor.
   */
  static reusing(most: number, baseOffset: bigint, bytes: Uint8Array): EventColumnsBuilder {
    const builder = released.pop()
    if (builder === undefined) return new EventColumnsBuilder(most, baseOffset, bytes)
    builder.#restart(most, baseOffset, bytes)
    return builder
  }

  /**
   * `most`: the most events that are added. `baseOffset`: the least offset, or a lower one. `bytes`
   * hold the texts of all rows, and do not change.
   */
  constructor(most: number, baseOffset: bigint, bytes: Uint8Array = new Uint8Array(0)) {
    this.#baseOffset = baseOffset
    this.#bytes = bytes
    this.#byteCount = bytes.length
    this.#offsetDeltas = new Float64Array(most)
    this.#timesMs = new Float64Array(most)
    this.#events = new Int32Array(EVENT * most)
  }

  #restart(most: number, baseOffset: bigint, bytes: Uint8Array): void {
    this.#baseOffset = baseOffset
    this.#bytes = bytes
    this.#byteCount = bytes.length
    this.#count = 0
    this.#emoteCount = 0
    this.#wordCount = 0
    if (this.#timesMs.length >= most) return
    this.#offsetDeltas = new Float64Array(most)
    this.#timesMs = new Float64Array(most)
    this.#events = new Int32Array(EVENT * most)
  }

  /** The numbers of the next emote and the next word, and the position of the next text. */
  get next(): { readonly emote: number; readonly word: number; readonly text: number } {
    return { emote: this.#emoteCount, word: this.#wordCount, text: this.#byteCount }
  }

  /** Adds the emotes, words and copied texts of the next rows. They begin at {@link next}. */
  addLists(emotes: Int32Array, words: Int32Array, texts: Uint8Array): void {
    this.#copy({ bytes: texts, start: 0, end: texts.length })
    this.#emotes = roomy(this.#emotes, EMOTE * this.#emoteCount + emotes.length)
    this.#emotes.set(emotes, EMOTE * this.#emoteCount)
    this.#emoteCount += emotes.length / EMOTE
    this.#words = roomy(this.#words, WORD * this.#wordCount + words.length)
    this.#words.set(words, WORD * this.#wordCount)
    this.#wordCount += words.length / WORD
  }

  /** Adds events as rows, with their deltas and times. */
  addRows(events: Int32Array, offsetDeltas: Float64Array, timesMs: Float64Array): void {
    this.#events.set(events, EVENT * this.#count)
    this.#offsetDeltas.set(offsetDeltas, this.#count)
    this.#timesMs.set(timesMs, this.#count)
    this.#count += timesMs.length
  }

  add(event: Event, offset: bigint, scoreMicro = UNSCORED): void {
    const at = EVENT * this.#count
    this.#offsetDeltas[this.#count] = Number(offset - this.#baseOffset)
    this.#timesMs[this.#count] = event.timeMs
    this.#count++
    this.#addRange(at + STREAM_START, event.stream)
    this.#addHash(at + STREAM_HASH, event.stream)
    if (event._tag === "viewer") {
      this.#events[at + VIEWERS] = event.viewers
      return
    }
    this.#addRange(at + USER_START, event.user)
    this.#addHash(at + USER_HASH, event.user)
    this.#addRange(at + TEXT_START, event.text)
    this.#events[at + SCORE_MICRO] = scoreMicro
    this.#events[at + CUT_EMOTES] = event.cutEmotes
    this.#events[at + EMOTES_START] = this.#emoteCount
    for (const emote of event.emotes) this.#addEmote(emote)
    this.#events[at + EMOTES_END] = this.#emoteCount
    this.#events[at + WORDS_START] = this.#wordCount
    this.#addWords(at)
    this.#events[at + WORDS_END] = this.#wordCount
  }

  /** The columns of all events. Only their `release` may use the builder afterwards. */
  done(): EventColumns {
    return new EventColumns({
      count: this.#count,
      baseOffset: this.#baseOffset,
      offsetDeltas: this.#offsetDeltas,
      timesMs: this.#timesMs,
      events: this.#events,
      emotes: this.#emotes,
      words: this.#words,
      bytes: this.#bytes,
      release: () => this.#release()
    })
  }

  #release(): void {
    const { byteLength } = this.#events
    const kept = byteLength + this.#words.byteLength + this.#emotes.byteLength + this.#byteRoom.byteLength
    // A builder that is kept must not keep the records in memory.
    this.#bytes = this.#byteRoom
    if (released.length < MAX_RELEASED && kept <= MAX_KEPT_BYTES) released.push(this)
  }

  /** Writes a text's start and end to an event's numbers. */
  #addRange(at: number, text: Utf8): void {
    this.#events[at] = this.#byteCount
    this.#copy(text)
    this.#events[at + 1] = this.#byteCount
  }

  #addHash(at: number, { bytes, end, start }: Utf8): void {
    this.#events[at] = hashOf(bytes, start, end)
  }

  #addEmote(emote: Utf8): void {
    const at = EMOTE * this.#emoteCount++
    this.#emotes = roomy(this.#emotes, at + EMOTE)
    this.#emotes[at + EMOTE_START] = this.#byteCount
    this.#copy(emote)
    this.#emotes[at + EMOTE_END] = this.#byteCount
    this.#emotes[at + EMOTE_HASH] = hashOf(emote.bytes, emote.start, emote.end)
  }

  /** Adds the words of an event's text. */
  #addWords(event: number): void {
    this.#words = roomy(this.#words, WORD * (this.#wordCount + MAX_WORDS))
    const start = this.#events[event + TEXT_START] ?? outside()
    const end = this.#events[event + TEXT_END] ?? outside()
    this.#wordCount = writeWords(this.#bytes, start, end, this.#words, this.#wordCount)
  }

  #growBytes(length: number): void {
    if (length > this.#byteRoom.length) this.#byteRoom = new Uint8Array(length + (length >> 1))
    this.#bytes = grown(this.#bytes, this.#byteRoom)
  }

  #copy({ bytes, end, start }: Utf8): void {
    const room = this.#byteCount + end - start
    if (room > this.#bytes.length) this.#growBytes(room)
    if (end - start < MANY) {
      for (let at = start; at < end; at++) this.#bytes[this.#byteCount + at - start] = bytes[at] ?? outside()
    } else {
      this.#bytes.set(bytes.subarray(start, end), this.#byteCount)
    }
    this.#byteCount = room
  }
}
