/** The trend of a curve, as a sentence. */
import { fitExponent, fitLine, type Line } from "./Fit.ts"
import { cpuPerMillion, eventsPerSecond, type PointResult, workCpu } from "./Results.ts"

/**
 * A trend over points in ascending order. `warmUpCpuSeconds` is the CPU of a run that no event
 * explains, if known.
 */
export type Trend = (points: ReadonlyArray<PointResult>, warmUpCpuSeconds: number | undefined) => string

/** Three digits: a run is less exact. */
const digits = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : value.toLocaleString("en", { maximumSignificantDigits: 3 })

/** Without the sign of a zero. */
export const exponent = (value: number): string => (Math.round(value * 100) / 100 + 0).toFixed(2)

export const exponentOf = (points: ReadonlyArray<PointResult>, y: (point: PointResult) => number): number =>
  fitExponent(points.map((point) => ({ x: point.value, y: y(point) })))

const lineOf = (
  points: ReadonlyArray<PointResult>,
  x: (point: PointResult) => number,
  y: (point: PointResult) => number
): Line => fitLine(points.map((point) => ({ x: x(point), y: y(point) })))

const explained = (line: Line): string => `R² ${line.explained.toFixed(2)}`

const bytes = (value: number): string => {
  const size = Math.abs(value)
  return size >= 2 ** 20 ? mebibytes(value) : size >= 10_240 ? `${digits(value / 1024)} KiB` : `${digits(value)} bytes`
}

const mebibytes = (value: number): string => `${digits(value / 2 ** 20)} MiB`

const spread = (values: ReadonlyArray<number>): string => (Math.max(...values) / Math.min(...values)).toFixed(2)

const powerOf = (points: ReadonlyArray<PointResult>, cpu: (point: PointResult) => number): string =>
  `exponent **${exponent(exponentOf(points, cpu))}**, at most ${spread(points.map(cpu))} times the cheapest point`

export const cpuTrend: Trend = (points) => `CPU per event: ${powerOf(points, cpuPerMillion)}.`

/** Without the constant that makes every curve appear flatter, if it is known. */
export const warmCpuTrend: Trend = (points, warmUpCpuSeconds) => {
  const warm = (point: PointResult): number => (workCpu(point) - (warmUpCpuSeconds ?? 0)) / (point.records / 1e6)
  return warmUpCpuSeconds === undefined || points.some((point) => warm(point) <= 0)
    ? cpuTrend(points, warmUpCpuSeconds)
    : `CPU per event: ${powerOf(points, warm)}.`
}

export const speedTrend: Trend = (points) =>
  `Events/s: exponent **${exponent(exponentOf(points, eventsPerSecond))}**, at most ${spread(points.map(eventsPerSecond))} times the slowest point.`

/** Memory over what the curve is over. */
export const memoryTrend =
  (one: string): Trend =>
  (points) => {
    const line = lineOf(
      points,
      ({ value }) => value,
      ({ peakResidentMiB }) => peakResidentMiB * 2 ** 20
    )
    return `Peak RSS: ${mebibytes(line.atZero)} and **${bytes(line.slope)}** per ${one} (${explained(line)}).`
  }

/** For points with equal numbers of events. */
export const rowTrend: Trend = (points) => {
  const line = lineOf(points, ({ rows }) => rows, workCpu)
  const records = Math.max(...points.map((point) => point.records))
  return `CPU by rows: ${digits((line.atZero / records) * 1e6)} µs per event and **${digits(line.slope * 1e6)} µs** per row (${explained(line)}).`
}

/** For points with equal numbers of rows. */
export const flushTrend: Trend = (points) => {
  const rows = Math.max(...points.map((point) => point.rows))
  const of = (who: string, y: (point: PointResult) => number): string => {
    const line = lineOf(points, ({ flushes }) => flushes, y)
    return `${who} **${digits(line.slope * 1e3)} ms** per flush and ${digits((line.atZero / rows) * 1e6)} µs per row (${explained(line)}).`
  }
  return `CPU by flushes: ${of("the worker takes", workCpu)} The rows' part includes its events. ${of("PostgreSQL takes", ({ postgresCpuSeconds }) => postgresCpuSeconds)}`
}

/** CPU over events. */
const eventLine = (points: ReadonlyArray<PointResult>): Line => lineOf(points, ({ records }) => records, workCpu)

export const backlogTrend: Trend = (points) => {
  const line = eventLine(points)
  return `CPU by events: ${digits(line.atZero)} s and **${digits(line.slope * 1e6)} s** per million events (${explained(line)}).`
}

/**
 * CPU seconds of a run that no event explains, from points with different numbers of events. Most
 * of it compiles hot code.
 */
export const warmUp = (backlog: ReadonlyArray<PointResult>): number => eventLine(backlog).atZero
