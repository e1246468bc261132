/**
 * A decoded batch as lines. Two batches are equal if their lines are. There is a line for each
 * event and each dead letter in the order of offsets, and one for the rest.
 */
import type { DeadLetter } from "../../../src/domain/DeadLetter.ts"
import type { DecodedBatch } from "../../../src/domain/DecodedBatch.ts"
import {
  CUT_EMOTES,
  EMOTE,
  EMOTE_END,
  EMOTE_HASH,
  EMOTE_START,
  EMOTES_END,
  EMOTES_START,
  type EventColumns,
  SCORE_MICRO,
  STREAM_END,
  STREAM_HASH,
  STREAM_START,
  TEXT_END,
  TEXT_START,
  USER_END,
  USER_HASH,
  USER_START,
  VIEWERS,
  WORD,
  WORD_BEFORE,
  WORD_END,
  WORD_HASH,
  WORD_LAST,
  WORD_START,
  WORDS_END,
  WORDS_START
} from "../../../src/domain/EventColumns.ts"
import { groupBefore, hashOf } from "../../../src/domain/Hash.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import { charactersOf } from "./Bytes.ts"

export interface EventLine {
  readonly offset: string
  readonly timeMs: number
  /** Texts with a character per byte. */
  readonly stream: string
  readonly viewers?: number
  readonly user?: string
  readonly text?: string
  readonly scoreMicro?: number
  readonly emotes?: ReadonlyArray<string>
  readonly cutEmotes?: number
  readonly words?: ReadonlyArray<string>
}

export const lineOf = (line: EventLine): string => JSON.stringify(line)

export const letterLine = (letter: DeadLetter): string =>
  JSON.stringify({
    offset: String(letter.offset),
    topic: letter.topic,
    partition: letter.partition,
    reason: letter.reason,
    path: letter.path,
    recordTimestampMs: letter.recordTimestampMs,
    payloadBytes: letter.payloadBytes,
    payload: charactersOf(letter.payload)
  })

export const restLine = ({
  input,
  nextOffset,
  rereadEvents,
  tombstones
}: Pick<DecodedBatch, "input" | "nextOffset" | "rereadEvents" | "tombstones">): string =>
  JSON.stringify({ input, nextOffset: String(nextOffset), rereadEvents, tombstones })

/** Reads columns, and spells out the faults of a range or a hash in the place of its text. */
class Reader {
  readonly #events: EventColumns

  constructor(events: EventColumns) {
    this.#events = events
  }

  #isRange(start: number, end: number): boolean {
    return start >= 0 && start <= end && end <= this.#events.bytes.length
  }

  #text(start: number, end: number): string {
    const { bytes } = this.#events
    return this.#isRange(start, end)
      ? charactersOf(bytes, start, end)
      : `the range ${start} to ${end} of ${bytes.length} bytes`
  }

  #hashed(start: number, end: number, hash: number): string {
    const text = this.#text(start, end)
    if (!this.#isRange(start, end)) return text
    const expected = hashOf(this.#events.bytes, start, end)
    return hash === expected ? text : `${text} with the hash ${hash} instead of ${expected}`
  }

  #emote(row: number): string {
    const { emotes } = this.#events
    const at = (number: number): number => emotes[row * EMOTE + number] ?? Number.NaN
    return this.#hashed(at(EMOTE_START), at(EMOTE_END), at(EMOTE_HASH))
  }

  #word(row: number): string {
    const { bytes, words } = this.#events
    const at = (number: number): number => words[row * WORD + number] ?? Number.NaN
    const [start, end] = [at(WORD_START), at(WORD_END)]
    const word = this.#hashed(start, end, at(WORD_HASH))
    if (!this.#isRange(start, end)) return word
    const [last, before] = [groupBefore(bytes, start, end), groupBefore(bytes, start, end - 4)]
    return at(WORD_LAST) === last && at(WORD_BEFORE) === before
      ? word
      : `${word} with the tail ${at(WORD_LAST)}, ${at(WORD_BEFORE)} instead of ${last}, ${before}`
  }

  line(kind: InputKind, event: number): EventLine {
    const events = this.#events
    const at = (number: number): number => events.of(event, number)
    const rows = (start: number, end: number, read: (row: number) => string): ReadonlyArray<string> =>
      Array.from({ length: Math.max(0, at(end) - at(start)) }, (_, index) => read(at(start) + index))
    const head = {
      offset: String(events.offsetAt(event)),
      timeMs: events.timesMs[event] ?? Number.NaN,
      stream: this.#hashed(at(STREAM_START), at(STREAM_END), at(STREAM_HASH))
    }
    if (kind === "viewer") return { ...head, viewers: at(VIEWERS) }
    return {
      ...head,
      user: this.#hashed(at(USER_START), at(USER_END), at(USER_HASH)),
      text: this.#text(at(TEXT_START), at(TEXT_END)),
      scoreMicro: at(SCORE_MICRO),
      emotes: rows(EMOTES_START, EMOTES_END, (row) => this.#emote(row)),
      cutEmotes: at(CUT_EMOTES),
      words: rows(WORDS_START, WORDS_END, (row) => this.#word(row))
    }
  }
}

export const linesOf = (kind: InputKind, decoded: DecodedBatch): ReadonlyArray<string> => {
  const { deadLetters, events } = decoded
  const reader = new Reader(events)
  return [
    ...Array.from({ length: events.count }, (_, event) => lineOf(reader.line(kind, event))),
    ...deadLetters.map(letterLine),
    restLine(decoded)
  ]
}
