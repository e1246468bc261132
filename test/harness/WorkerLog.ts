/** A worker's own log lines (LOG_FORMAT=json, LOG_LEVEL=Debug), and the facts of a run in them. */
import { Option, Schema } from "effect"

export interface LogLine {
  readonly atMs: number
  readonly level: string
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

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
    timestamp: Schema.String,
    level: Schema.String,
    message: Schema.Unknown,
    annotations: Schema.Record(Schema.String, Schema.Unknown)
  })
)
const decodeLine = Schema.decodeUnknownOption(Line)

/** `undefined` if the text is no log line. */
const parseLine = (text: string): LogLine | undefined => {
  const line = text.startsWith("{") ? Option.getOrUndefined(decodeLine(text)) : undefined
  if (line === undefined) return undefined
  const { annotations, level, message, timestamp } = line
  return {
    atMs: Date.parse(timestamp),
    level,
    message: typeof message === "string" ? message : JSON.stringify(message),
    annotations
  }
}

/** The log lines that contain `text`. */
export const linesWith = (output: string, text: string): ReadonlyArray<LogLine> =>
  output.split("\n").flatMap((line) => (line.includes(text) ? (parseLine(line) ?? []) : []))

const COMPLAINTS = new Set(["WARN", "ERROR", "FATAL"])

/** The same complaint about another task, offset or port is the same complaint. */
const withoutNumbers = (text: string): string => text.replaceAll(/\d+/g, "#").slice(0, 200)

/** Adds what a process printed. */
export const tallyLog = (output: string, before: LogTally): LogTally => {
  let { fencedCommits, rebalances } = before
  const complaints = new Map(before.complaints)
  for (const text of output.split("\n")) {
    if (text.includes("owned by another worker")) fencedCommits++
    const line = parseLine(text)
    if (line === undefined) continue
    const { annotations, level, message } = line
    if (message.includes("has joined the group") && annotations["isLeader"] === true) rebalances++
    if (COMPLAINTS.has(level)) {
      const key = `${level} ${withoutNumbers(message)}`
      complaints.set(key, (complaints.get(key) ?? 0) + 1)
    }
  }
  return { rebalances, fencedCommits, complaints }
}
