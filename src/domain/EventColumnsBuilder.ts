/** Builds the columns of a batch from events, one after the other. Copies their texts. */
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

export class EventColumnsBuilder {
  readonly #baseOffset: bigint
  readonly #offsetDeltas: Float64Array
  readonly #timesMs: Float64Array
  readonly #events: Int32Array
  #count = 0
  #emotes = new Int32Array(EMOTE * 16)
  #emoteCount = 0
  #words = new Int32Array(WORD * 16)
  #wordCount = 0
  #bytes = new Uint8Array(256)
  #byteCount = 0

  /** `most`: no more events are added. `baseOffset`: no offset is below it. */
  constructor(most: number, baseOffset: bigint) {
    this.#baseOffset = baseOffset
    this.#offsetDeltas = new Float64Array(most)
    this.#timesMs = new Float64Array(most)
    this.#events = new Int32Array(EVENT * most)
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

  /** The columns of all events. The builder must not be used afterwards. */
  done(): EventColumns {
    return new EventColumns({
      count: this.#count,
      baseOffset: this.#baseOffset,
      offsetDeltas: this.#offsetDeltas,
      timesMs: this.#timesMs,
      events: this.#events,
      emotes: this.#emotes,
      words: this.#words,
      bytes: this.#bytes
    })
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
    if (at === this.#emotes.length) this.#emotes = grown(this.#emotes, new Int32Array(2 * at))
    this.#emotes[at + EMOTE_START] = this.#byteCount
    this.#copy(emote)
    this.#emotes[at + EMOTE_END] = this.#byteCount
    this.#emotes[at + EMOTE_HASH] = hashOf(emote.bytes, emote.start, emote.end)
  }

  /** Adds the words of the text that an event's numbers have. */
  #addWords(event: number): void {
    const room = WORD * (this.#wordCount + MAX_WORDS)
    if (room > this.#words.length) this.#words = grown(this.#words, new Int32Array(2 * room))
    const start = this.#events[event + TEXT_START] ?? outside()
    const end = this.#events[event + TEXT_END] ?? outside()
    this.#wordCount = writeWords(this.#bytes, start, end, this.#words, this.#wordCount)
  }

  #copy({ bytes, end, start }: Utf8): void {
    const room = this.#byteCount + end - start
    if (room > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * room))
    for (let at = start; at < end; at++) this.#bytes[this.#byteCount++] = bytes[at] ?? outside()
  }
}
