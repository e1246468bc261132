/** The facts of a run in the workers' own log lines (LOG_FORMAT=json, LOG_LEVEL=Debug). */
import { Option, Schema } from "effect"

export interface LogTally {
  /** Generations of the consumer group: each has one leader, which logs it. */
  readonly rebalances: number
  /** Commits that were refused because another owner had taken the task over. */
  readonly fencedCommits: number
  /** Lines of level WARN and above, by their text without numbers. */
  readonly complaints: ReadonlyMap<string, number>
}

export const emptyTally: LogTally = { rebalances: 0, fencedCommits: 0, complaints: new Map() }

const Line = Schema.fromJsonString(
  Schema.Struct({
    level: Schema.String,
    message: Schema.Unknown,
    annotations: Schema.Record(Schema.String, Schema.Unknown)
  })
)
const decodeLine = Schema.decodeUnknownOption(Line)

const COMPLAINTS = new Set(["WARN", "ERROR", "FATAL"])

/** The same complaint about another task, offset or port is the same complaint. */
const withoutNumbers = (text: string): string => text.replaceAll(/\d+/g, "#").slice(0, 200)

/** Adds what a process printed. */
export const tallyLog = (output: string, before: LogTally): LogTally => {
  let { fencedCommits, rebalances } = before
  const complaints = new Map(before.complaints)
  for (const text of output.split("\n")) {
    if (text.includes("owned by another worker")) fencedCommits++
    if (!text.startsWith("{")) continue
    const line = Option.getOrUndefined(decodeLine(text))
    if (line === undefined) continue
    const message = typeof line.message === "string" ? line.message : JSON.stringify(line.message)
    if (message.includes("has joined the group") && line.annotations["isLeader"] === true) rebalances++
    if (COMPLAINTS.has(line.level)) {
      const key = `${line.level} ${withoutNumbers(message)}`
      complaints.set(key, (complaints.get(key) ?? 0) + 1)
    }
  }
  return { rebalances, fencedCommits, complaints }
}
