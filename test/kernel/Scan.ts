/** Scans texts with the kernel, and describes what their events should be in another way. */
import { Result } from "effect"
import { parseEvent } from "../../src/decode/Parser.ts"
import { scanEvent } from "../../src/decode/Scanner.ts"
import * as Columns from "../../src/domain/EventColumns.ts"
import type { FieldMap } from "../../src/domain/FieldMap.ts"
import { groupBefore, hashOf } from "../../src/domain/Hash.ts"
import { present } from "../../src/domain/Invariant.ts"
import { MAX_TEXT_BYTES, MAX_WORDS } from "../../src/domain/Limits.ts"
import { type RecordColumns, Records } from "../../src/domain/Records.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { textOf, type Utf8 } from "../../src/domain/Utf8.ts"
import { NOT_YET_SCORED } from "../../src/domain/Score.ts"
import { type Kernel, type ScannedPart, type ScanLimits } from "../../src/kernel/Kernel.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { columnsOf } from "../harness/Events.ts"

export const NO_LIMITS: ScanLimits = {
  maxBytes: 2 ** 24,
  maxSkewMs: 0,
  clockMs: Number.POSITIVE_INFINITY,
  isByRecord: false
}

/** The records with these values, whose bytes follow each other without a gap. */
export const recordsOf = (values: ReadonlyArray<Uint8Array>): Records => {
  const ends = Int32Array.from(values, ({ length }) => length)
  for (let index = 1; index < ends.length; index++) ends[index] = (ends[index] ?? 0) + (ends[index - 1] ?? 0)
  return new Records({
    bytes: Buffer.concat(values),
    baseOffset: 0n,
    offsetDeltas: Float64Array.from(values.keys()),
    timestampsMs: new Float64Array(values.length),
    starts: Int32Array.from(values, (_, index) => ends[index - 1] ?? 0),
    ends
  })
}

/** A range with its hash, as text. `isHashed` = the hash is that of Hash.ts. */
interface Hashed {
  readonly text: string
  readonly isHashed: boolean
}

interface Word extends Hashed {
  readonly last: number
  readonly before: number
}

export interface Scanned {
  readonly timeMs: number
  readonly stream: Hashed
  readonly viewers?: number
  readonly user?: Hashed
  readonly text?: string
  readonly score?: number
  readonly emotes?: ReadonlyArray<Hashed>
  readonly cutEmotes?: number
  readonly words?: ReadonlyArray<Word>
}

const slice = (numbers: Int32Array, row: number, size: number): ReadonlyArray<number> =>
  Array.from(numbers.subarray(size * row, size * row + size))

const rows = (numbers: Int32Array, start: number, end: number, size: number) =>
  Array.from({ length: end - start }, (_, index) => slice(numbers, start + index, size))

/** The event of a record of the part; `undefined` = it is unusual. */
const scannedOf = (kind: InputKind, bytes: Uint8Array, part: ScannedPart, record: number): Scanned | undefined => {
  if (part.unusual.includes(record)) return undefined
  const event = slice(part.events, record, Columns.EVENT)
  const at = (number: number): number => present(event[number], "a row has all numbers")
  const textAt = (start: number, end: number) => textOf({ bytes, start, end })
  const hashed = ([start = -1, end = -1, hash = -1]: ReadonlyArray<number>): Hashed => ({
    text: textAt(start, end),
    isHashed: hash === hashOf(bytes, start, end)
  })
  const stream = hashed(event)
  const timeMs = present(part.timesMs[record], "a record has a time")
  if (kind === "viewer") return { timeMs, stream, viewers: at(Columns.VIEWERS) }
  return {
    timeMs,
    stream,
    user: hashed(event.slice(Columns.USER_START)),
    text: textAt(at(Columns.TEXT_START), at(Columns.TEXT_END)),
    score: at(Columns.SCORE_MICRO),
    emotes: rows(part.emotes, at(Columns.EMOTES_START), at(Columns.EMOTES_END), Columns.EMOTE).map(hashed),
    cutEmotes: at(Columns.CUT_EMOTES),
    words: rows(part.words, at(Columns.WORDS_START), at(Columns.WORDS_END), Columns.WORD).map((word) => ({
      ...hashed(word),
      last: word[Columns.WORD_LAST] ?? 0,
      before: word[Columns.WORD_BEFORE] ?? 0
    }))
  }
}

/** Scans all records, part by part. */
export const scanAll = (
  kernel: Kernel,
  kind: InputKind,
  records: RecordColumns,
  limits: ScanLimits = NO_LIMITS,
  map?: FieldMap
): ReadonlyArray<Scanned | undefined> => {
  const scanned: Array<Scanned | undefined> = []
  while (scanned.length < records.starts.length) {
    const part = kernel.scan(kind, map, records, scanned.length, limits, {
      emote: 0,
      word: 0,
      text: records.bytes.length
    })
    const bytes = part.texts.length === 0 ? records.bytes : Buffer.concat([records.bytes, part.texts])
    for (let record = 0; record < part.count; record++) scanned.push(scannedOf(kind, bytes, part, record))
  }
  return scanned
}

const hashedText = (text: string): Hashed => ({ text, isHashed: true })

/** The end of the bytes of which words count: the last character may be cut off whole. */
const wordsEnd = ({ bytes, end, start }: Utf8): number => {
  let cut = Math.min(end, start + MAX_TEXT_BYTES)
  while (cut < end && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--
  return cut
}

const wordsOf = (text: Utf8): ReadonlyArray<Word> => {
  const { bytes, start } = text
  const end = wordsEnd(text)
  const words: Array<Word> = []
  for (let at = start; at < end && words.length < MAX_WORDS; at++) {
    const from = at
    while (at < end && (bytes[at] ?? 0) > 0x20) at++
    if (at === from) continue
    words.push({
      ...hashedText(textOf({ bytes, start: from, end: at })),
      last: groupBefore(bytes, from, at),
      before: groupBefore(bytes, from, at - 4)
    })
  }
  return words
}

/** The expected event of a record, by the twin and the model; `undefined` = it has none. */
export const expectedOf = (kind: InputKind, value: Uint8Array, map?: FieldMap): Scanned | undefined => {
  const scanned = map === undefined ? scanEvent(kind, value) : undefined
  const event = scanned ?? Result.getOrUndefined(parseEvent(kind, value, map))
  if (event === undefined) return undefined
  const { timeMs } = event
  const stream = hashedText(textOf(event.stream))
  if (event._tag === "viewer") return { timeMs, stream, viewers: event.viewers }
  return {
    timeMs,
    stream,
    user: hashedText(textOf(event.user)),
    text: textOf(event.text),
    score: BaselineModel.scoreMicro(columnsOf([event], [0]), 0),
    emotes: event.emotes.map((emote) => hashedText(textOf(emote))),
    cutEmotes: event.cutEmotes,
    words: wordsOf(event.text)
  }
}

/** The expected event, given that the kernel may leave the record, or its score. */
export const expectedFor = (actual: Scanned | undefined, expected: Scanned | undefined): Scanned | undefined =>
  actual === undefined || expected === undefined
    ? actual === undefined
      ? undefined
      : expected
    : actual.score === NOT_YET_SCORED
      ? { ...expected, score: NOT_YET_SCORED }
      : expected
