/**
 * The log lines of a worker about its tasks (LOG_FORMAT=json, LOG_LEVEL=Debug): assignments, and
 * ends of reading their history.
 */
import { Option, Schema } from "effect"
import { linesWith } from "../../test/harness/WorkerLog.ts"

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

const decodeAssignment = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.Array(Schema.Int)))

const TAKEN_OVER = /^Task (\d+) taken over .*?(\d+) baselines, (\d+) slides.*?, (\d+) records/

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
