/** The sections of docs/capacity.md, from the results alone. */
import { DEFAULTS } from "../../test/oracle/Defaults.ts"
import { number, seconds as secondsOf, table } from "../report/Text.ts"
import type { Result, Sample } from "./Results.ts"

/** The aims. */
const MOST_MEMORY_MIB = 1024
/** The aim for all rows, up to {@link QUICK_STREAMS} streams. */
const QUICK_P99_MS = 1_000
const QUICK_STREAMS = 10_000

const DAY_S = 86_400
const SLIDES_S = [10, 20, 30, 60]
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

const name = ({ case: { messagesPerSecond, minutes, streams, workers } }: Result): string =>
  `${number(streams)} streams, ${number(messagesPerSecond)} messages/s, ${minutes} min, WORKERS=${workers}`

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
  return failed.map((line) => `${given.mode}, ${name(result)}: ${line}`)
}

const isLive = ({ case: { mode } }: Result): boolean => mode === "live"

const cores = (cpuSeconds: number, { seconds }: Result): string => number(cpuSeconds / seconds, 2)

const full = (results: ReadonlyArray<Result>): string =>
  table(
    ["load", "records", "read in, s", "events/s", "rows", "rows/s", "flushes", "peak memory, MiB"],
    results.map((result) => [
      name(result),
      number(records(result)),
      number(result.seconds, 1),
      number(records(result) / result.seconds),
      number(result.rows),
      number(result.rows / result.seconds),
      number(result.flushes),
      number(result.peakMemoryMiB)
    ])
  )

const delays = (results: ReadonlyArray<Result>): string =>
  table(
    ["load", "rows", "p50", "p99", "slowest row", "window ends", "all rows of a window end: median", "slowest"],
    results.map((result) => {
      const ends = result.boundaries.map(({ most }) => most).toSorted((a, b) => a - b)
      return [
        name(result),
        number(result.boundaries.reduce((sum, { rows }) => sum + rows, 0)),
        ...[result.delaysMs?.p50, result.delaysMs?.p99, result.delaysMs?.most].map((ms = Number.NaN) => secondsOf(ms)),
        number(ends.length),
        secondsOf(ends[ends.length >> 1] ?? Number.NaN),
        secondsOf(ends.at(-1) ?? Number.NaN)
      ]
    })
  )

const steadiness = (results: ReadonlyArray<Result>): string =>
  table(
    [
      "load",
      "unread, most",
      "at the end",
      "memory at first, MiB",
      "most",
      "at the end",
      "slope of the second half, MiB/min",
      "longest time from a record to its acknowledgement"
    ],
    results.map((result) => [
      name(result),
      number(Math.max(...result.samples.map(({ lagRecords }) => lagRecords))),
      number(result.samples.at(-1)?.lagRecords ?? Number.NaN),
      number(result.samples[0]?.memoryMiB ?? Number.NaN),
      number(result.peakMemoryMiB),
      number(result.samples.at(-1)?.memoryMiB ?? Number.NaN),
      number(memorySlope(result.samples), 1),
      secondsOf(result.produced.mostDelayMs)
    ])
  )

const processors = (results: ReadonlyArray<Result>): string =>
  table(
    ["load", "", "worker", "broker", "PostgreSQL", "anything else", "taken by the host"],
    results.map((result) => [
      name(result),
      result.case.mode,
      ...[result.cpu.worker, result.cpu.broker, result.cpu.postgres, result.cpu.others, result.cpu.stolen].map((cpu) =>
        cores(cpu, result)
      )
    ])
  )

const counts = (results: ReadonlyArray<Result>): string =>
  table(
    ["load", "", "messages", "in windows that do not overlap", "such windows", "late", "dead letters", "differences"],
    results.map((result) => [
      name(result),
      result.case.mode,
      number(result.produced.chats),
      number(result.counted.chats),
      number(result.counted.windows),
      number(result.counted.late),
      number(result.counted.deadLetters),
      number(result.counted.differences.length)
    ])
  )

/** The figures, the aims and the machine. */
export const figures = (results: ReadonlyArray<Result>): string => {
  const live = results.filter(isLive)
  const fulls = results.filter((result) => !isLive(result))
  const missed = results.flatMap(misses)
  return [
    ...(fulls.length === 0
      ? []
      : [
          "### At full speed",
          "",
          "The whole load is in the log when the worker starts. The time runs from the start of the process to the commit of the last record.",
          "",
          full(fulls),
          ""
        ]),
    ...(live.length === 0
      ? []
      : [
          "### In real time",
          "",
          "Time from the watermark's passing of a window's end to the commit of its rows:",
          "",
          delays(live),
          "",
          "Written but uncommitted records, and resident memory of the worker's process, sampled every second:",
          "",
          steadiness(live),
          ""
        ]),
    "### Processors",
    "",
    'Mean number of busy cores. In real time, "anything else" includes the producer of the load.',
    "",
    processors(results),
    "",
    "### Nothing lost, nothing late",
    "",
    "After every window had closed, the messages of each were compared with the load. The rows of each window were compared with the number of streams.",
    "",
    counts(results),
    "",
    ...(missed.length === 0
      ? [
          `All aims are met. Memory is below ${number(MOST_MEMORY_MIB)} MiB. All rows of a window end are committed within the slide of ${DEFAULTS.slideMs / 1000} s. With up to ${number(QUICK_STREAMS)} streams, 99 % of the rows are committed within ${QUICK_P99_MS / 1000} s. There are no differences.`
        ]
      : ["Missed aims:", "", ...missed.map((line) => `- ${line}`)]),
    "",
    ...machines(results)
  ].join("\n")
}

const byMachine = (results: ReadonlyArray<Result>) =>
  Map.groupBy(results, ({ machine }) => machine.map(([fact, value]) => `${fact}: ${value}`).join("; "))

/** The dates and the machine. */
export const whereAndWhen = (results: ReadonlyArray<Result>): string =>
  [...byMachine(results)]
    .map(([machine, there]) => `${[...new Set(there.map(({ at }) => at))].join(", ")}; ${machine}`)
    .join("; ")

/** Each machine once, with its commands. */
const machines = (results: ReadonlyArray<Result>): ReadonlyArray<string> =>
  [...byMachine(results)].flatMap(([machine, there]) => [
    ...there.map(({ at, command }) => `- ${at}, \`${command}\``),
    "",
    `${machine}.`,
    ""
  ])

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
    table(
      ["load", "", "rows", "bytes of a row on the disk", "indexes included", "bytes of write-ahead log per row"],
      results.map((result) => [
        name(result),
        result.case.mode,
        number(result.room.rows),
        number(result.room.table / result.room.rows),
        number(result.room.indexes / result.room.rows),
        number(result.room.wal / result.room.rows)
      ])
    ),
    "",
    `A row took ${number(bytesPerRow)} bytes on the disk and ${number(walPerRow)} bytes of log under ${name(basis)} (${basis.case.mode}). At these sizes, streams that are live all day need:`,
    "",
    table(
      [
        "live streams",
        "SLIDE_DURATION, s",
        "rows/s",
        "rows a day, million",
        "GiB a day",
        "GiB of write-ahead log a day",
        "GiB in 7 days"
      ],
      PLATFORMS.flatMap((streams) =>
        SLIDES_S.map((slide) => {
          const rows = (streams * DAY_S) / slide
          return [
            number(streams),
            number(slide),
            number(streams / slide),
            number(rows / 1e6, 1),
            gibibytes(rows * bytesPerRow),
            gibibytes(rows * walPerRow),
            gibibytes(7 * rows * bytesPerRow)
          ]
        })
      )
    )
  ].join("\n")
}

/** The summary of one measurement. */
export const outcome = (result: Result): string => {
  const { room } = result
  const parts = isLive(result) ? [delays([result]), steadiness([result])] : [full([result])]
  return [
    ...parts,
    processors([result]),
    counts([result]),
    `${number(room.table / room.rows)} bytes per row on the disk, ${number(room.indexes / room.rows)} of them indexes, ${number(room.wal / room.rows)} of write-ahead log; ` +
      `written to Kafka in ${number(result.produced.seconds)} s with ${number(result.produced.cpuSeconds, 1)} s of processor time`
  ].join("\n\n")
}
