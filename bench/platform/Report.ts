/** The sections of docs/capacity.md, from the results alone. */
import { DEFAULTS } from "../../test/oracle/Defaults.ts"
import { number, seconds as secondsOf, table } from "../report/Text.ts"
import type { Result, Sample } from "./Results.ts"

/** Settings that the name of a case does not state. */
const USUAL = { messagesPerSecond: 10_000, minutes: { full: 20, live: 10 }, workers: 1 }

/** The aims. */
const MOST_MEMORY_MIB = 1024
/** The aim for all rows, up to {@link QUICK_STREAMS} streams. */
const QUICK_P99_MS = 1_000
const QUICK_STREAMS = 10_000

const DAY_S = 86_400
const SLIDES_S = [10, 30]
const PLATFORMS = [10_000, 100_000]

/** Processor seconds per million records. */
export const perMillion = (cpuSeconds: number, result: Result): string =>
  number((cpuSeconds / records(result)) * 1e6, 2)

const gibibytes = (bytes: number): string => number(bytes / 2 ** 30, bytes < 10 * 2 ** 30 ? 1 : 0)

export const records = ({ produced }: Result): number => produced.chats + produced.viewers

/** Least squares over the second half, in MiB a minute. */
const memorySlope = (samples: ReadonlyArray<Sample>): number => {
  const half = samples.slice(Math.floor(samples.length / 2))
  const mean = (value: (sample: Sample) => number) => half.reduce((sum, sample) => sum + value(sample), 0) / half.length
  const second = mean((sample) => sample.second)
  const memory = mean(({ memoryMiB }) => memoryMiB)
  const above = half.reduce((sum, sample) => sum + (sample.second - second) * (sample.memoryMiB - memory), 0)
  const below = half.reduce((sum, sample) => sum + (sample.second - second) ** 2, 0)
  return (60 * above) / below
}

/** The live streams, and the rest if it is not usual. */
const name = ({ case: { messagesPerSecond, minutes, mode, streams, workers } }: Result): string =>
  [
    number(streams),
    ...(messagesPerSecond === USUAL.messagesPerSecond ? [] : [`${number(messagesPerSecond)} messages/s`]),
    ...(minutes === USUAL.minutes[mode] ? [] : [`${minutes} min`]),
    ...(workers === USUAL.workers ? [] : [`WORKERS=${workers}`])
  ].join(", ")

/** One line for each missed aim. */
export const misses = (result: Result): ReadonlyArray<string> => {
  const { boundaries, case: given, counted, delaysMs, peakMemoryMiB, samples } = result
  const slowest = Math.max(...boundaries.map(({ most }) => most))
  const lag = samples.at(-1)?.lagRecords ?? 0
  const failed = [
    ...counted.differences,
    ...(peakMemoryMiB < MOST_MEMORY_MIB ? [] : [`${number(peakMemoryMiB)} MiB of memory`]),
    ...(slowest < DEFAULTS.slideMs ? [] : [`the rows of one window end took ${secondsOf(slowest)}`]),
    ...(delaysMs === null || given.streams > QUICK_STREAMS || delaysMs.p99 <= QUICK_P99_MS
      ? []
      : [`99 % of the rows took up to ${secondsOf(delaysMs.p99)}`]),
    // Records of the last two seconds are in flight.
    ...(lag <= (2 * records(result)) / (given.minutes * 60) || given.mode === "full"
      ? []
      : [`${number(lag)} records behind at the end`])
  ]
  return failed.map((line) => `${given.mode}, ${name(result)} streams: ${line}`)
}

const isLive = ({ case: { mode } }: Result): boolean => mode === "live"

const cores = (cpuSeconds: number, { seconds }: Result): string => number(cpuSeconds / seconds, 2)

type Column = readonly [head: string, cell: (result: Result) => string]

const CORES: ReadonlyArray<Column> = [
  ["worker's cores", (result) => cores(result.cpu.worker, result)],
  ["PostgreSQL's", (result) => cores(result.cpu.postgres, result)]
]

const FULL: ReadonlyArray<Column> = [
  ["live streams", name],
  ["records", (result) => number(records(result))],
  ["events/s", (result) => number(records(result) / result.seconds)],
  ["rows/s", ({ rows, seconds }) => number(rows / seconds)],
  ["peak memory, MiB", ({ peakMemoryMiB }) => number(peakMemoryMiB)],
  ...CORES
]

const LIVE: ReadonlyArray<Column> = [
  ["live streams", name],
  ["delay of a row, p50", ({ delaysMs }) => secondsOf(delaysMs?.p50 ?? Number.NaN)],
  ["p99", ({ delaysMs }) => secondsOf(delaysMs?.p99 ?? Number.NaN)],
  ["at most", ({ delaysMs }) => secondsOf(delaysMs?.most ?? Number.NaN)],
  ["unread records, at most", ({ samples }) => number(Math.max(...samples.map(({ lagRecords }) => lagRecords)))],
  ["peak memory, MiB", ({ peakMemoryMiB }) => number(peakMemoryMiB)],
  ["growth of the second half, MiB/min", ({ samples }) => number(memorySlope(samples), 1)],
  ...CORES
]

const tableOf = (columns: ReadonlyArray<Column>, results: ReadonlyArray<Result>): string =>
  table(
    columns.map(([head]) => head),
    results.map((result) => columns.map(([, cell]) => cell(result)))
  )

/** Messages that were compared with the load, and what differs. */
const losses = (results: ReadonlyArray<Result>): string => {
  const sum = (value: (result: Result) => number): string => number(results.reduce((all, one) => all + value(one), 0))
  return (
    `${sum(({ counted }) => counted.chats)} of ${sum(({ produced }) => produced.chats)} messages were counted. ` +
    `Late: ${sum(({ counted }) => counted.late)}; dead letters: ${sum(({ counted }) => counted.deadLetters)}; ` +
    `differences: ${sum(({ counted }) => counted.differences.length)}.`
  )
}

const section = (title: string, text: string, table: string, isWanted: boolean): ReadonlyArray<string> =>
  isWanted ? [`### ${title}`, "", text, "", table, ""] : []

/** The figures, the aims and the machine. */
export const figures = (results: ReadonlyArray<Result>): string => {
  const live = results.filter(isLive)
  const fulls = results.filter((result) => !isLive(result))
  const missed = results.flatMap(misses)
  const { messagesPerSecond, minutes } = USUAL
  return [
    ...section(
      "At full speed",
      `${minutes.full} minutes of ${number(messagesPerSecond)} messages/s are in the log when the worker starts. The time includes the start of the process.`,
      tableOf(FULL, fulls),
      fulls.length > 0
    ),
    ...section(
      "In real time",
      `${minutes.live} minutes of ${number(messagesPerSecond)} messages/s.`,
      tableOf(LIVE, live),
      live.length > 0
    ),
    `${losses(results)} ${missed.length === 0 ? "All aims are met." : `Missed aims: ${missed.join("; ")}.`}`,
    "",
    `Aims: memory below ${number(MOST_MEMORY_MIB)} MiB, and all rows of a window end within the slide of ${DEFAULTS.slideMs / 1000} s. With up to ${number(QUICK_STREAMS)} streams, 99 % of them within ${QUICK_P99_MS / 1000} s.`,
    "",
    `\`npm run bench:platform\`, ${whereAndWhen(results)}.`
  ].join("\n")
}

/** The dates, and each fact of the machine once, with all its values. `wanted` selects facts. */
export const whereAndWhen = (results: ReadonlyArray<Result>, wanted?: ReadonlyArray<string>): string => {
  const facts = Map.groupBy(
    results.flatMap(({ machine }) => machine.filter(([fact]) => wanted?.includes(fact) ?? true)),
    ([fact]) => fact
  )
  const dates = [...new Set(results.map(({ at }) => at))].join(", ")
  const machine = [...facts].map(
    ([fact, values]) => `${fact}: ${[...new Set(values.map(([, value]) => value))].join(" or ")}`
  )
  return [dates, ...machine].join("; ")
}

const mostRows = (results: ReadonlyArray<Result>): Result | undefined =>
  results.toSorted((a, b) => b.room.rows - a.room.rows)[0]

/** The disk space of a row, and of a day. */
export const postgresNeeds = (results: ReadonlyArray<Result>): string => {
  // Rows are written in real time in practice.
  const basis = mostRows(results.filter(isLive)) ?? mostRows(results)
  if (basis === undefined) return "Nothing was measured."
  const bytesPerRow = basis.room.table / basis.room.rows
  const walPerRow = basis.room.wal / basis.room.rows
  return [
    `A row took ${number(bytesPerRow)} bytes on the disk and ${number(walPerRow)} bytes of write-ahead log, with ${name(basis)} streams (${basis.case.mode}). Streams that are live all day need:`,
    "",
    table(
      ["live streams", "SLIDE_DURATION, s", "rows/s", "GiB a day", "GiB of write-ahead log a day"],
      PLATFORMS.flatMap((streams) =>
        SLIDES_S.map((slide) => {
          const rows = (streams * DAY_S) / slide
          return [
            number(streams),
            number(slide),
            number(streams / slide),
            gibibytes(rows * bytesPerRow),
            gibibytes(rows * walPerRow)
          ]
        })
      )
    )
  ].join("\n")
}

/** The summary of one measurement. */
export const outcome = (result: Result): string => {
  const { room } = result
  return [
    tableOf(isLive(result) ? LIVE : FULL, [result]),
    losses([result]),
    `${number(room.table / room.rows)} bytes per row on the disk, ${number(room.indexes / room.rows)} of them indexes, ${number(room.wal / room.rows)} of write-ahead log; ` +
      `written to Kafka in ${number(result.produced.seconds)} s with ${number(result.produced.cpuSeconds, 1)} s of processor time`
  ].join("\n\n")
}
