/**
 * What a worker (LOG_FORMAT=json, LOG_LEVEL=Debug) says of the tasks that it gets: when they were
 * assigned, and when their history had been read.
 */
import { Option, Schema } from "effect"

export interface Assigned {
  readonly atMs: number
  readonly tasks: ReadonlyArray<number>
}

export interface TakenOver {
  readonly atMs: number
  readonly task: number
  readonly slides: number
  readonly records: number
}

const Line = Schema.fromJsonString(
  Schema.Struct({
    timestamp: Schema.String,
    message: Schema.Unknown,
    annotations: Schema.Record(Schema.String, Schema.Unknown)
  })
)
const decodeLine = Schema.decodeUnknownOption(Line)
const decodeAssignment = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.Array(Schema.Int)))

const TAKEN_OVER = /^Task (\d+) taken over .*?(\d+) baselines, (\d+) slides.*?, (\d+) records/

interface Said {
  readonly atMs: number
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** The lines that hold `text`. */
export const linesWith = (output: string, text: string): ReadonlyArray<Said> =>
  output.split("\n").flatMap((line) => {
    if (!line.includes(text)) return []
    const said = Option.getOrUndefined(decodeLine(line))
    return typeof said?.message === "string"
      ? [{ atMs: Date.parse(said.timestamp), message: said.message, annotations: said.annotations }]
      : []
  })

export const assignments = (output: string): ReadonlyArray<Assigned> =>
  linesWith(output, "has joined the group").flatMap(({ annotations, atMs }) => {
    const given = Option.getOrElse(decodeAssignment(annotations["memberAssignment"]), () => ({}))
    const [tasks] = Object.values(given)
    return tasks === undefined ? [] : [{ atMs, tasks }]
  })

export const takeovers = (output: string): ReadonlyArray<TakenOver> =>
  linesWith(output, " taken over ").flatMap(({ atMs, message }) => {
    const [, task, , slides, records] = TAKEN_OVER.exec(message) ?? []
    return task === undefined ? [] : [{ atMs, task: Number(task), slides: Number(slides), records: Number(records) }]
  })
