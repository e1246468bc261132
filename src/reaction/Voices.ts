/**
 * The messages of one stream within a reaction span in one input, for tasks whose chat comes from
 * several inputs.
 */
import type { EventColumns } from "../domain/EventColumns.ts"
import { EventColumnsBuilder } from "../domain/EventColumnsBuilder.ts"
import { BEFORE_ALL } from "../domain/EventTime.ts"
import { outside } from "../domain/Invariant.ts"
import { utf8Of } from "../domain/Utf8.ts"
import { SCORE, USER_LENGTH, WORD, WORDS } from "./PaneMessages.ts"
import { FIRST, type StreamSpan } from "./StreamSpan.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/** Numbers of a message. */
const USER_END = 0
const TEXT_END = 1
const MOOD = 2
const MESSAGE = 3

const BLANK = 0x20

/** Fields that do not matter to a reaction. */
const NOTHING = { _tag: "chat", stream: utf8Of(""), timeMs: BEFORE_ALL, emotes: [], cutEmotes: 0 } as const

/**
 * Messages: of each its user as bytes, its words in their compared form with a blank behind each,
 * and its score in millionths.
 */
export class Voices {
  #bytes = new Uint8Array(256)
  #byteCount = 0
  readonly #messages: Int32Array
  /** How many of the messages each pane of the span has. */
  readonly counts: ReadonlyArray<number>

  constructor(span: StreamSpan, vocabulary: Vocabulary, counts: ReadonlyArray<number>) {
    this.counts = counts
    this.#messages = new Int32Array(MESSAGE * span.messages)
    let message = FIRST
    for (let at = 0; at < this.#messages.length; at += MESSAGE) {
      this.#addUser(span.numbers, message)
      this.#messages[at + USER_END] = this.#byteCount
      this.#addWords(span.numbers, message, vocabulary)
      this.#messages[at + TEXT_END] = this.#byteCount
      this.#messages[at + MOOD] = span.numbers[message + SCORE] ?? outside()
      message = span.after(message)
    }
  }

  /** The messages as events, each with its user, text and score only. */
  columns(): EventColumns {
    const bytes = this.#bytes
    const builder = new EventColumnsBuilder(this.#messages.length / MESSAGE, 0n)
    let start = 0
    for (let at = 0; at < this.#messages.length; at += MESSAGE) {
      const userEnd = this.#messages[at + USER_END] ?? outside()
      const textEnd = this.#messages[at + TEXT_END] ?? outside()
      const user = { bytes, start, end: userEnd }
      const text = { bytes, start: userEnd, end: textEnd }
      builder.add({ ...NOTHING, user, text }, 0n, this.#messages[at + MOOD] ?? outside())
      start = textEnd
    }
    return builder.done()
  }

  #addUser(numbers: Int32Array, message: number): void {
    const length = numbers[message + USER_LENGTH] ?? outside()
    const first = message + WORD + (numbers[message + WORDS] ?? outside())
    const to = this.#roomFor(length)
    for (let at = 0; at < length; at++)
      this.#bytes[to + at] = (numbers[first + (at >> 2)] ?? outside()) >> (8 * (at & 3))
  }

  #addWords(numbers: Int32Array, message: number, vocabulary: Vocabulary): void {
    const end = message + WORD + (numbers[message + WORDS] ?? outside())
    for (let at = message + WORD; at < end; at++) {
      const word = numbers[at] ?? outside()
      if (vocabulary.isClass(word)) continue
      const utf8 = vocabulary.utf8Of(word)
      const to = this.#roomFor(utf8.end - utf8.start + 1)
      this.#bytes.set(utf8.bytes.subarray(utf8.start, utf8.end), to)
      this.#bytes[this.#byteCount - 1] = BLANK
    }
  }

  /** Makes room for `length` bytes, and returns their position. */
  #roomFor(length: number): number {
    const to = this.#byteCount
    this.#byteCount += length
    if (this.#byteCount > this.#bytes.length) {
      const known = this.#bytes
      this.#bytes = new Uint8Array(2 * this.#byteCount)
      this.#bytes.set(known)
    }
    return to
  }
}
