/** The results: every point of every curve. */
import { Schema } from "effect"

const PointResult = Schema.Struct({
  /** As the curve's table names it. */
  label: Schema.String,
  /** The value of the varying quantity. */
  value: Schema.Finite,
  /** In both topics. */
  records: Schema.Int,
  /** From the first records that the broker sent to the last commit. */
  seconds: Schema.Finite,
  wallSeconds: Schema.Finite,
  /**
   * CPU of the worker's process from start to end. `startCpuSeconds` is the part before the first
   * fetch.
   */
  cpuSeconds: Schema.Finite,
  startCpuSeconds: Schema.Finite,
  brokerCpuSeconds: Schema.Finite,
  postgresCpuSeconds: Schema.Finite,
  otherCpuSeconds: Schema.Finite,
  stolenCpuSeconds: Schema.Finite,
  peakResidentMiB: Schema.Finite,
  rows: Schema.Int,
  /** Transactions that wrote rows. */
  flushes: Schema.Int,
  /** Streams in the window that has most of them. */
  liveStreams: Schema.Int,
  /** Distinct (stream, user) pairs in the window that has most of them. */
  liveChatters: Schema.Int
})
export type PointResult = typeof PointResult.Type

export const CurveResult = Schema.Struct({ curve: Schema.String, points: Schema.Array(PointResult) })
export type CurveResult = typeof CurveResult.Type

export const Results = Schema.Struct({
  at: Schema.String,
  command: Schema.String,
  /** Default number of events of a point. */
  events: Schema.Int,
  /** Names and values, in the order of the report. */
  machine: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  curves: Schema.Array(CurveResult)
})
export type Results = typeof Results.Type

/** CPU seconds of the worker from the first fetch on. */
export const workCpu = ({ cpuSeconds, startCpuSeconds }: PointResult): number => cpuSeconds - startCpuSeconds

export const cpuPerMillion = (point: PointResult): number => workCpu(point) / (point.records / 1e6)

export const postgresCpuPerMillion = ({ postgresCpuSeconds, records }: PointResult): number =>
  postgresCpuSeconds / (records / 1e6)

export const eventsPerSecond = ({ records, seconds }: PointResult): number => records / seconds

export const rowsPerFlush = ({ flushes, rows }: Pick<PointResult, "flushes" | "rows">): number => rows / flushes
