/** The columns of the tables: one row per point. */
import { number } from "../report/Text.ts"
import { cpuPerMillion, eventsPerSecond, type PointResult, postgresCpuPerMillion } from "./Results.ts"

/** Its head, and its cell. */
export type Column = readonly [string, (point: PointResult) => string]

export const perEvent: ReadonlyArray<Column> = [
  ["CPU s per million events", (point) => number(cpuPerMillion(point), 2)],
  ["peak RSS, MiB", ({ peakResidentMiB }) => number(peakResidentMiB)]
]

export const speed: Column = ["events/s", (point) => number(eventsPerSecond(point))]
export const postgresCpu: Column = ["PostgreSQL's CPU s", (point) => number(postgresCpuPerMillion(point), 2)]
export const rowCount: Column = ["rows", ({ rows }) => number(rows)]
