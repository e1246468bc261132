/**
 * Reads and decodes the newest records. Reading them proves the right to read; decoding them shows
 * whether producers send events, and whether their clocks are right.
 */
import { Clock, Duration, Effect, Result, Stream } from "effect"
import { decodeRecord } from "../decode/Decoder.ts"
import { likelyCause } from "../decode/LikelyCause.ts"
import type { LogRecord } from "../domain/Batch.ts"
import type { Rejection } from "../domain/DeadLetter.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import { ALL_PARTITIONS, type Input, type TaskDefinition } from "../domain/Task.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { firstBytes } from "../worker/Acceptance.ts"
import { EventLog } from "../source/EventLog.ts"
import { doubtful, fine, type Observation } from "./Check.ts"

/** The extent of a partition's log. */
export interface Extent extends Input {
  readonly start: bigint
  /** The readable end: below the end while a transaction is open. */
  readonly stable: bigint
  readonly end: bigint
}

/** The number of offsets to read of each partition; some may hold a transaction's marker. */
const NEWEST = 20n

/** Records further ahead of this machine's clock are a warning. */
const CLOCK_TOLERANCE_MS = 1_000

/** Event times further behind their record's timestamp are a warning. */
const EVENT_TIME_TOLERANCE_MS = 600_000

interface Sampled {
  readonly input: Input
  readonly record: LogRecord
}

/** The last records of each partition, or fewer if the log deletes them meanwhile. */
const sample = Effect.fnUntraced(function* (extents: ReadonlyArray<Extent>) {
  const log = yield* EventLog
  const task: TaskDefinition = { sourcePartition: ALL_PARTITIONS, inputs: extents }
  const positions = extents.map(({ stable, start }) => (stable - start > NEWEST ? stable - NEWEST : start))
  const left = new Set(extents.keys())
  const sampled: Array<Sampled> = []
  yield* log
    .read(task, positions, () => [...left])
    .pipe(
      Stream.takeUntil((batch) => {
        const input = extents[batch.input]
        if (input === undefined) throw new RangeError(`no partition ${batch.input} is read`)
        for (const record of batch.records) sampled.push({ input, record })
        if (batch.nextOffset >= input.stable) left.delete(batch.input)
        return left.size === 0
      }),
      Stream.runDrain
    )
  return sampled
})

interface Refused {
  readonly one: Sampled
  /** `undefined` = the record has no value. */
  readonly rejection: Rejection | undefined
}

/** Decodes the record as the worker does; `undefined` = it has no value. */
const judge = ({ input, record }: Sampled, settings: ReadSettings, nowMs: number) =>
  record.value === null
    ? undefined
    : decodeRecord(input.kind, { timestampMs: record.timestampMs, value: record.value }, settings, nowMs)

const exampleOf = ({ input, record }: Sampled, rejection: Rejection | undefined, { fields }: ReadSettings): string => {
  const place = `${partitionLabel(input)} offset ${record.offset}`
  if (record.value === null || rejection === undefined) return `no value. Example: ${place}`
  const { path, reason } = rejection
  return `${reason}${path === null ? "" : ` at ${path}`}. Likely cause: ${likelyCause(input.kind, record.value, rejection, fields)}. Example: ${place}, first bytes ${firstBytes(record.value)}`
}

/** The problem of a topic whose sample contains rejected records, or `undefined`. */
const refusals = (of: ReadonlyArray<Sampled>, settings: ReadSettings, nowMs: number): string | undefined => {
  const refused = of.flatMap((one): ReadonlyArray<Refused> => {
    const decoded = judge(one, settings, nowMs)
    if (decoded === undefined) return [{ one, rejection: undefined }]
    return Result.isFailure(decoded) ? [{ one, rejection: decoded.failure }] : []
  })
  const [first] = refused
  if (first === undefined) return undefined
  const { one, rejection } = first
  return `${refused.length} of the ${of.length} newest records of ${one.input.topic} are not events: ${exampleOf(one, rejection, settings)}`
}

/**
 * The problem of a topic whose event times are far behind the timestamps of the records, or
 * `undefined`.
 */
const drift = (of: ReadonlyArray<Sampled>, settings: ReadSettings, nowMs: number): string | undefined => {
  const behind = of.flatMap((one) => {
    const decoded = judge(one, settings, nowMs)
    if (decoded === undefined || Result.isFailure(decoded) || one.record.timestampMs < 0) return []
    return [{ one, behindMs: one.record.timestampMs - decoded.success.timeMs }]
  })
  const [least] = behind.toSorted((a, b) => a.behindMs - b.behindMs)
  if (least === undefined || least.behindMs < EVENT_TIME_TOLERANCE_MS) return undefined
  const age = Duration.format(Duration.seconds(Math.round(least.behindMs / 1000)))
  return `the newest events of ${least.one.input.topic} happened ${age} or more before their records were written: the producer's clock is behind, or it sends old events`
}

const byTopic = (sampled: ReadonlyArray<Sampled>): ReadonlyArray<ReadonlyArray<Sampled>> => [
  ...Map.groupBy(sampled, ({ input }) => input.topic).values()
]

const ofClock = (sampled: ReadonlyArray<Sampled>, nowMs: number): Observation<void> => {
  const newestMs = sampled.reduce((latest, { record }) => Math.max(latest, record.timestampMs), -1)
  if (newestMs < 0) return fine("records can be read; they have no timestamps", undefined)
  const aheadMs = newestMs - nowMs
  const age = Duration.format(Duration.millis(Math.abs(aheadMs)))
  return aheadMs > CLOCK_TOLERANCE_MS
    ? doubtful(
        `the newest record is ${age} ahead of this machine's clock`,
        "synchronize this machine and the producers (or brokers) by NTP: events further ahead than MAX_FUTURE_SKEW become dead letters",
        undefined
      )
    : fine(`the newest record is ${age} old`, undefined)
}

/** Decodes a sample of the newest records as the worker would. */
export const newestRecords = Effect.fn("doctor.newestRecords")(
  function* (extents: ReadonlyArray<Extent>, settings: ReadSettings) {
    const filled = extents.filter(({ stable, start }) => stable > start)
    if (filled.length === 0) return fine("the topics hold no readable records", undefined)
    const sampled = yield* sample(filled)
    const nowMs = yield* Clock.currentTimeMillis
    const topics = byTopic(sampled)
    const refused = topics.flatMap((of) => refusals(of, settings, nowMs) ?? [])
    if (refused.length > 0) {
      return doubtful(
        refused.join("; "),
        "correct the producer: the worker stores such records as dead letters and counts them in no window",
        undefined
      )
    }
    const clock = ofClock(sampled, nowMs)
    const late = topics.flatMap((of) => drift(of, settings, nowMs) ?? [])
    return clock.status !== "ok" || late.length === 0
      ? clock
      : doubtful(late.join("; "), "check the producer's clock; events older than the tables are late", undefined)
  },
  (observing) =>
    observing.pipe(
      Effect.catchIf(
        // The worker skips such a batch.
        ({ reason }) => reason === "BatchTooLarge",
        ({ detail }) => Effect.succeed(doubtful(detail, undefined, undefined))
      ),
      Effect.catchIf(
        ({ reason }) => reason === "OffsetOutOfRange",
        () => Effect.succeed(fine("the newest records were deleted while they were read", undefined))
      )
    )
)
