/** The columns of the tables: one row per point. */
import { number } from "../report/Text.ts"
import {
  cpuPerMillion,
  eventsPerSecond,
  type PointResult,
  postgresCpuPerMillion,
  rowsPerFlush,
  workCpu
} from "./Results.ts"

/** Its head, and its cell. */
export type Column = readonly [string, (point: PointResult) => string]

export const perEvent: ReadonlyArray<Column> = [
  ["events", ({ records }) => number(records)],
  ["events/s", (point) => number(eventsPerSecond(point))],
  ["CPU s per million events", (point) => number(cpuPerMillion(point), 2)],
  ["PostgreSQL's", (point) => number(postgresCpuPerMillion(point), 2)],
  ["peak RSS, MiB", ({ peakResidentMiB }) => number(peakResidentMiB)],
  ["rows", ({ rows }) => number(rows)],
  ["rows per flush", (point) => number(rowsPerFlush(point))]
]

const perRow = (cpuSeconds: number, { rows }: PointResult): string => number((cpuSeconds / rows) * 1e6, 1)

/** For points with many rows: the worker's part holds what it does for events, too. */
export const rowCosts: ReadonlyArray<Column> = [
  ["CPU µs per row", (point) => perRow(workCpu(point), point)],
  ["PostgreSQL's, µs per row", (point) => perRow(point.postgresCpuSeconds, point)]
]
