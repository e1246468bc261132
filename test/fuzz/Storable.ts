/**
 * Whether the tables hold what a flush writes: each column's type and the limits that
 * docs/SEMANTICS.md promises.
 */
import type { DeadLetter } from "../../src/domain/DeadLetter.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"

const INTEGER_MAX = 2_147_483_647
/** The range that both a TIMESTAMP and a Date can hold. */
const FIRST_MS = -210_866_803_200_000
const LAST_MS = 8_640_000_000_000_000
const BIGINT_END = 2n ** 63n
const TOP_EMOTES_BYTES = 4096
const MOMENT_BYTES = 64 * 1024
const CHECKPOINT_BYTES = 64 * 1024

const isText = (text: string): boolean => text.isWellFormed() && !text.includes("\0")
const isName = (text: string): boolean => isText(text) && text !== "" && [...text].length <= 255
const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0 && n <= INTEGER_MAX
const isReal = (n: number | null): boolean => n === null || Number.isFinite(n)
const isTime = (ms: number): boolean => Number.isInteger(ms) && ms >= FIRST_MS && ms <= LAST_MS
const bytesOf = (text: string): number => Buffer.byteLength(text)

const rowFaults = (row: SummaryRow): ReadonlyArray<string> => [
  ...(isName(row.stream) ? [] : ["stream_id"]),
  ...(isTime(row.startMs) && isTime(row.endMs) && row.startMs < row.endMs ? [] : ["window"]),
  ...([row.chatCount, row.uniqueChatters, row.scoredCount, row.positiveCount, row.negativeCount].every(isCount)
    ? []
    : ["counts"]),
  ...([row.avgSentiment, row.avgViewers, row.zScore, row.chatRate].every(isReal) ? [] : ["numbers"]),
  ...(row.uniqueChatters <= row.chatCount &&
  row.positiveCount + row.negativeCount <= row.scoredCount &&
  row.scoredCount <= row.chatCount
    ? []
    : ["sums"]),
  ...(row.avgSentiment === null || Math.abs(row.avgSentiment) <= 1 ? [] : ["avg_sentiment"]),
  ...(row.avgViewers === null || (row.avgViewers >= 0 && row.avgViewers <= INTEGER_MAX) ? [] : ["avg_viewers"]),
  ...(row.topEmotes.every(isText) && bytesOf(row.topEmotes.join("")) <= TOP_EMOTES_BYTES ? [] : ["top_emotes"])
]

const momentFaults = (moment: Moment): ReadonlyArray<string> => [
  ...(isName(moment.stream) ? [] : ["stream_id"]),
  ...(isTime(moment.timestampMs) && isTime(moment.endedAtMs) ? [] : ["timestamp"]),
  ...(isReal(moment.intensity) && isText(moment.description) ? [] : ["intensity or description"]),
  ...(Object.values(moment.metadata).every((value) => typeof value !== "number" || Number.isFinite(value))
    ? []
    : ["metadata"]),
  ...(bytesOf(JSON.stringify(moment.metadata) + moment.description) <= MOMENT_BYTES ? [] : ["size"])
]

const letterFaults = (letter: DeadLetter): ReadonlyArray<string> => [
  ...(letter.path === null || (isText(letter.path) && letter.path.length <= 255) ? [] : ["path"]),
  ...(letter.offset >= 0n && letter.offset < BIGINT_END ? [] : ["offset"]),
  ...(isReal(letter.recordTimestampMs) && letter.payloadBytes <= INTEGER_MAX ? [] : ["record_timestamp or size"])
]

/** The contents that the tables can't hold, a line each. */
export const unstorable = (flush: Flush): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const find = (what: string, columns: ReadonlyArray<string>): void => {
    if (columns.length > 0) faults.push(`flush ${flush.checkpoint.flushNumber}: ${what}: ${columns.join(", ")}`)
  }
  for (const row of flush.rows) find(`row of ${JSON.stringify(row.stream.slice(0, 40))}`, rowFaults(row))
  for (const moment of flush.moments)
    find(`moment of ${JSON.stringify(moment.stream.slice(0, 40))}`, momentFaults(moment))
  for (const letter of flush.deadLetters) find(`dead letter ${letter.offset}`, letterFaults(letter))
  const { inputs, watermarkMs } = flush.checkpoint
  if (Number.isFinite(watermarkMs) && !isTime(watermarkMs)) faults.push(`watermark ${watermarkMs}`)
  const size = bytesOf(
    JSON.stringify(inputs, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))
  )
  if (size > CHECKPOINT_BYTES) faults.push(`a checkpoint of ${size} bytes`)
  const { status } = flush
  const sum = status.events + status.late + status.cutEvents + status.deadLetters + status.tombstones
  if (status.records !== sum) faults.push(`${status.records} records are ${sum} outcomes`)
  return faults
}
