/**
 * A thread: recounts one partition of the load with the oracle and returns the rows of table
 * `expected`.
 */
import { parentPort, workerData } from "node:worker_threads"
import { Schema } from "effect"
import { DEFAULTS } from "../test/oracle/Defaults.ts"
import { type OracleInput, recount } from "../test/oracle/Recount.ts"
import { END_PREFIX, Load, LoadSettings } from "./Load.ts"

export interface ExpectedRow {
  readonly stream_id: string
  readonly window_start: string
  readonly window_end: string
  readonly chat_count: number
  readonly unique_chatters: number
  readonly avg_sentiment: number | null
  readonly positive_count: number
  readonly negative_count: number
  readonly avg_viewers: number | null
  readonly top_emotes: ReadonlyArray<string>
}

const Given = Schema.Struct({
  load: LoadSettings,
  partition: Schema.Int,
  topEmotes: Schema.Int
})

const given = Schema.decodeUnknownSync(Given)(workerData)
const load = new Load(given.load)

const input = (kind: "chat" | "viewer"): OracleInput => ({
  kind,
  topic: kind,
  partition: given.partition,
  records: Array.from({ length: load.count(kind, given.partition) }, (_, offset) => ({
    ...load.recordAt(kind, given.partition, offset),
    offset: BigInt(offset)
  })),
  taskWatermarks: [],
  deadByClock: new Set(),
  gaps: []
})

const { rows } = recount([input("chat"), input("viewer")], {
  ...DEFAULTS,
  topEmotes: given.topEmotes
})

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 23)

parentPort?.postMessage(
  rows
    .filter(({ stream }) => !stream.startsWith(END_PREFIX))
    .map((row): ExpectedRow => ({
      stream_id: row.stream,
      window_start: time(row.startMs),
      window_end: time(row.endMs),
      chat_count: row.chatCount,
      unique_chatters: row.uniqueChatters,
      avg_sentiment: row.avgSentiment,
      positive_count: row.positiveCount,
      negative_count: row.negativeCount,
      avg_viewers: row.avgViewers,
      top_emotes: row.topEmotes
    }))
)
