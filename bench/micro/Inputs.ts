/** What the cases work on: one partition of the benchmark's load. */
import { DEFAULTS } from "../../test/oracle/Defaults.ts"
import { readChannel } from "../../test/scorecard/RealChat.ts"
import { recount } from "../../test/oracle/Recount.ts"
import { END_PREFIX, Load, type LoadKind, type LoadRecord } from "../Load.ts"
import { type Decoded, summary, type SummaryRow } from "./Subject.ts"

const RECORDED = new URL("../../test/scorecard/fixtures/channel_7.ndjson.gz", import.meta.url).pathname

/** As in the whole benchmark: 3,000 events a stream in 600 s. */
const EVENTS_PER_STREAM_SECOND = 5

/** A load of so many chat events. */
export const loadOf = (chatEvents: number, seconds: number): Load =>
  new Load({
    seed: 1,
    chatEvents,
    streams: Math.max(1, Math.round(chatEvents / seconds / EVENTS_PER_STREAM_SECOND)),
    partitions: 1,
    seconds
  })

/** A load of streams with two messages in 20 s each. */
export const tinyStreams = (chatEvents: number, seconds: number): Load =>
  new Load({ seed: 1, chatEvents, streams: Math.round((10 * chatEvents) / seconds), partitions: 1, seconds, zipf: 0 })

/** One channel, hours of it: six messages or so in 20 s. */
export const recordedChat = (): Decoded =>
  readChannel(RECORDED, "recorded").events.filter(({ _tag }) => _tag === "chat")

/** Without the last one, which only ends the load. */
export const recordsOf = (load: Load, kind: LoadKind): ReadonlyArray<LoadRecord> =>
  Array.from({ length: load.count(kind, 0) - 1 }, (_, offset) => load.recordAt(kind, 0, offset))

/** Views of one buffer, as in a fetch. */
export const valuesOf = (records: ReadonlyArray<LoadRecord>): ReadonlyArray<Buffer> => {
  const whole = Buffer.concat(records.map(({ value }) => value))
  let at = 0
  return records.map(({ value }) => whole.subarray(at, (at += value.length)))
}

/** The rows that the load makes, as the oracle counts them: ascending by end. */
export const rowsOf = (load: Load): ReadonlyArray<SummaryRow> => {
  const input = (kind: LoadKind) => ({
    kind,
    topic: kind,
    partition: 0,
    records: Array.from({ length: load.count(kind, 0) }, (_, offset) => ({
      ...load.recordAt(kind, 0, offset),
      offset: BigInt(offset)
    })),
    taskWatermarks: [],
    deadByClock: new Set<bigint>(),
    gaps: []
  })
  return recount([input("chat"), input("viewer")], DEFAULTS)
    .rows.filter(({ stream }) => !stream.startsWith(END_PREFIX))
    .map(summary)
    .toSorted((a, b) => a.endMs - b.endMs || (a.stream < b.stream ? -1 : 1))
}
