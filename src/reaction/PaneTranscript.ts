/**
 * The messages of one pane as they were written, for all streams of an input. It only grows, so a
 * reader that remembers a stream's last message sees the pane as it was then.
 */
import {
  EMOTE,
  EMOTE_END,
  EMOTE_START,
  EMOTES_END,
  EMOTES_START,
  type EventColumns,
  TEXT_END,
  TEXT_START,
  USER_END,
  USER_START
} from "../domain/EventColumns.ts"
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { ENTRY_COST } from "../domain/Limits.ts"
import { textOf } from "../domain/Utf8.ts"
import { endOfRead } from "../domain/Words.ts"

/** A message as it was written. */
export interface Written {
  readonly timeMs: number
  readonly user: string
  /** Whole characters of the first MAX_TEXT_BYTES. */
  readonly text: string
  readonly emotes: ReadonlyArray<string>
}

/**
 * Numbers of a message: the stream's message before it and 1, 0 = none. Then the starts of its user
 * and its text, and the end of the text. Its emotes follow the text. Their ends are the elements
 * [EMOTES, EMOTES_TO) of a list.
 */
const BEFORE = 0
const USER = 1
const TEXT = 2
const TEXT_TO = 3
const EMOTES = 4
const EMOTES_TO = 5
const MESSAGE = 6

export class PaneTranscript {
  #messages = new Int32Array(MESSAGE * 16)
  #timesMs = new Float64Array(16)
  #count = 0
  #bytes = new Uint8Array(1024)
  #byteCount = 0
  #emoteEnds = new Int32Array(16)
  #emoteCount = 0
  #cost = 0
  /** By stream: its last message and 1, and its cost. */
  #lasts = new Int32Array(16)
  #costs = new Int32Array(16)

  /**
   * Adds a message, an event of the columns, unless the pane or its stream would cost more than the
   * limits. O(bytes).
   */
  add(stream: number, columns: EventColumns, event: number, limits: { pane: number; stream: number }): void {
    if (stream >= this.#lasts.length) this.#growStreams(stream)
    const userStart = columns.of(event, USER_START)
    const userEnd = columns.of(event, USER_END)
    const textStart = columns.of(event, TEXT_START)
    const textEnd = endOfRead(columns.bytes, textStart, columns.of(event, TEXT_END))
    const emotesFrom = columns.of(event, EMOTES_START)
    const emotesTo = columns.of(event, EMOTES_END)
    const bytes = userEnd - userStart + (textEnd - textStart) + emoteBytes(columns, emotesFrom, emotesTo)
    const cost = ENTRY_COST + bytes
    const ofStream = (this.#costs[stream] ?? outside()) + cost
    if (this.#cost + cost > limits.pane || ofStream > limits.stream) return
    this.#cost += cost
    this.#costs[stream] = ofStream
    this.#makeRoom(bytes, emotesTo - emotesFrom)
    const at = MESSAGE * this.#count
    this.#timesMs[this.#count] = columns.timeMsAt(event)
    this.#messages[at + BEFORE] = this.#lasts[stream] ?? outside()
    this.#messages[at + USER] = this.#byteCount
    this.#copy(columns.bytes, userStart, userEnd)
    this.#messages[at + TEXT] = this.#byteCount
    this.#copy(columns.bytes, textStart, textEnd)
    this.#messages[at + TEXT_TO] = this.#byteCount
    this.#messages[at + EMOTES] = this.#emoteCount
    for (let emote = EMOTE * emotesFrom; emote < EMOTE * emotesTo; emote += EMOTE) {
      this.#copy(
        columns.bytes,
        columns.emotes[emote + EMOTE_START] ?? outside(),
        columns.emotes[emote + EMOTE_END] ?? outside()
      )
      this.#emoteEnds[this.#emoteCount++] = this.#byteCount
    }
    this.#messages[at + EMOTES_TO] = this.#emoteCount
    this.#lasts[stream] = ++this.#count
  }

  /** The stream's last message and 1; 0 if there is none. */
  lastOf(stream: number): number {
    return this.#lasts[stream] ?? 0
  }

  /** A stream's messages up to `last`, as {@link lastOf} gave it; the last one first. */
  upTo(last: number): ReadonlyArray<Written> {
    const found: Array<Written> = []
    for (let message = last; message > 0; message = this.#messages[MESSAGE * (message - 1) + BEFORE] ?? outside())
      found.push(this.#read(message - 1))
    return found
  }

  #read(message: number): Written {
    const of = (number: number): number => this.#messages[MESSAGE * message + number] ?? outside()
    const emotes: Array<string> = []
    let start = of(TEXT_TO)
    for (let emote = of(EMOTES); emote < of(EMOTES_TO); emote++) {
      const end = this.#emoteEnds[emote] ?? outside()
      emotes.push(this.#textAt(start, end))
      start = end
    }
    return {
      timeMs: this.#timesMs[message] ?? outside(),
      user: this.#textAt(of(USER), of(TEXT)),
      text: this.#textAt(of(TEXT), of(TEXT_TO)),
      emotes
    }
  }

  #textAt(start: number, end: number): string {
    return textOf({ bytes: this.#bytes, start, end })
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    this.#bytes.set(from.subarray(start, end), this.#byteCount)
    this.#byteCount += end - start
  }

  #growStreams(stream: number): void {
    this.#lasts = grown(this.#lasts, new Int32Array(2 * (stream + 1)))
    this.#costs = grown(this.#costs, new Int32Array(2 * (stream + 1)))
  }

  /** Makes room for a message with so many bytes and emotes. */
  #makeRoom(bytes: number, emotes: number): void {
    if (this.#count === this.#timesMs.length) {
      this.#timesMs = grown(this.#timesMs, new Float64Array(2 * this.#count))
      this.#messages = grown(this.#messages, new Int32Array(2 * MESSAGE * this.#count))
    }
    const byteRoom = this.#byteCount + bytes
    if (byteRoom > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * byteRoom))
    const emoteRoom = this.#emoteCount + emotes
    if (emoteRoom > this.#emoteEnds.length) this.#emoteEnds = grown(this.#emoteEnds, new Int32Array(2 * emoteRoom))
  }
}

/** The bytes of the emotes in [from, to), and of the number that a transcript has of each. */
const emoteBytes = ({ emotes }: EventColumns, from: number, to: number): number => {
  let bytes = 0
  for (let at = EMOTE * from; at < EMOTE * to; at += EMOTE)
    bytes += (emotes[at + EMOTE_END] ?? outside()) - (emotes[at + EMOTE_START] ?? outside()) + EMOTE_BYTES
  return bytes
}

const EMOTE_BYTES = 4
