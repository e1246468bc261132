/**
 * Decodes a batch by docs/SEMANTICS.md. The oracle, which shares no line with the worker, decodes
 * record by record. Naive rules decide words, scores and the future.
 */
import { Result } from "effect"
import type { LogRecord } from "../../../src/domain/Batch.ts"
import type { Rejection } from "../../../src/domain/DeadLetter.ts"
import type { ChatEvent, Event } from "../../../src/domain/Event.ts"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { UNSCORED } from "../../../src/domain/Score.ts"
import type { SentimentModel } from "../../../src/domain/SentimentModel.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import type { ReadSettings } from "../../../src/domain/Settings.ts"
import { textOf, type Utf8, utf8Of } from "../../../src/domain/Utf8.ts"
import { columnsOf } from "../../harness/Events.ts"
import { decode, type Decoded, timePath } from "../../oracle/Decode.ts"
import { EMOTES_PER_EVENT } from "../../oracle/Panes.ts"
import { scoreOf } from "../../oracle/Score.ts"
import { charactersOf } from "./Bytes.ts"
import type { Call } from "./Case.ts"
import { letterLine, lineOf, restLine } from "./Lines.ts"

const READ_BYTES = 2000
const READ_WORDS = 6

const isInside = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xc0) === 0x80

/** The first words, of a text with a character per byte. */
const wordsOf = (text: string): ReadonlyArray<string> => {
  let end = Math.min(READ_BYTES, text.length)
  while (end < text.length && isInside(text, end)) end--
  const words = text.slice(0, end).split(/[\0- ]+/)
  return words.filter((word) => word !== "").slice(0, READ_WORDS)
}

const charactersIn = ({ bytes, end, start }: Utf8): string => charactersOf(bytes, start, end)

const scoreMicro = (event: ChatEvent, model: SentimentModel): number => {
  if (model.name !== "baseline") return model.scoreMicro(columnsOf([event]), 0)
  const { millionths, negative, positive } = scoreOf(textOf(event.text))
  return positive + negative === 0 ? UNSCORED : millionths
}

const eventLine = (event: Event, offset: bigint, model: SentimentModel): string => {
  const head = { offset: String(offset), timeMs: event.timeMs, stream: charactersIn(event.stream) }
  if (event._tag === "viewer") return lineOf({ ...head, viewers: event.viewers })
  const text = charactersIn(event.text)
  return lineOf({
    ...head,
    user: charactersIn(event.user),
    text,
    scoreMicro: scoreMicro(event, model),
    emotes: event.emotes.map(charactersIn),
    cutEmotes: event.cutEmotes,
    words: wordsOf(text)
  })
}

const eventOf = (decoded: Exclude<Decoded, { readonly kind: "dead" }>): Event => {
  const head = { stream: utf8Of(decoded.stream), timeMs: EventTimeMs(decoded.timeMs) }
  if (decoded.kind === "viewer") return { _tag: "viewer", ...head, viewers: decoded.viewers }
  const { emotes } = decoded
  return {
    _tag: "chat",
    ...head,
    user: utf8Of(decoded.user),
    text: utf8Of(decoded.text),
    emotes: emotes.slice(0, EMOTES_PER_EVENT).map(utf8Of),
    cutEmotes: Math.max(0, emotes.length - EMOTES_PER_EVENT)
  }
}

/** How a record that has a value is judged. */
const judge = (
  kind: InputKind,
  value: Uint8Array,
  { fields, maxEventBytes, maxFutureSkewMs, futureReference }: ReadSettings,
  timestampMs: number,
  clockMs: number
): Result.Result<Event, Rejection> => {
  const decoded = decode(kind, value, maxEventBytes, fields)
  if (decoded.kind === "dead") return Result.fail({ reason: decoded.reason, path: decoded.path })
  const isAhead = (ofMs: number): boolean => decoded.timeMs > ofMs + maxFutureSkewMs
  return isAhead(clockMs) || (futureReference === "record" && timestampMs >= 0 && isAhead(timestampMs))
    ? Result.fail({ reason: "future-timestamp", path: timePath(kind, fields) })
    : Result.succeed(eventOf(decoded))
}

/** The judgement of a record. */
export type Verdict =
  | { readonly _tag: "Tombstone" | "Skipped" }
  | { readonly _tag: "Event"; readonly event: Event }
  | { readonly _tag: "Dead"; readonly rejection: Rejection }

export interface Judged {
  readonly record: LogRecord
  readonly isReread: boolean
  readonly verdict: Verdict
}

export const judged = (call: Call): ReadonlyArray<Judged> =>
  Array.from(call.batch.records, (record): Judged => {
    const { offset, timestampMs, value } = record
    const isReread = offset < call.reread.untilOffset
    if (value === null) return { record, isReread, verdict: { _tag: "Tombstone" } }
    if (isReread && call.reread.futureOffsets.has(offset)) return { record, isReread, verdict: { _tag: "Skipped" } }
    const earlier = call.reread.earlier.find(({ untilOffset }) => isReread && offset < untilOffset)
    const clockMs = isReread ? Number.POSITIVE_INFINITY : call.clockMs
    const result = judge(call.input.kind, value, earlier?.settings ?? call.settings, timestampMs, clockMs)
    const verdict: Verdict = Result.isSuccess(result)
      ? { _tag: "Event", event: result.success }
      : { _tag: "Dead", rejection: result.failure }
    return { record, isReread, verdict }
  })

/** The lines of Lines.ts. */
export const expectedLines = ({ batch, input, model }: Call, records: ReadonlyArray<Judged>): ReadonlyArray<string> => {
  const events: Array<string> = []
  const letters: Array<string> = []
  let rereadEvents = 0
  let tombstones = 0
  for (const { isReread, record, verdict } of records) {
    if (verdict._tag === "Event") {
      events.push(eventLine(verdict.event, record.offset, model))
      if (isReread) rereadEvents++
    }
    if (isReread) continue
    if (verdict._tag === "Tombstone") tombstones++
    if (verdict._tag !== "Dead" || record.value === null) continue
    letters.push(
      letterLine({
        topic: input.topic,
        partition: input.partition,
        offset: record.offset,
        recordTimestampMs: record.timestampMs < 0 ? null : record.timestampMs,
        payload: record.value,
        payloadBytes: record.value.length,
        ...verdict.rejection
      })
    )
  }
  return [
    ...events,
    ...letters,
    restLine({ input: batch.input, nextOffset: batch.nextOffset, rereadEvents, tombstones })
  ]
}
