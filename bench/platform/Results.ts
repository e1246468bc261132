/** The results: the newest run of each case, kept in a file. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"

const Sample = Schema.Struct({
  /** Seconds since the worker's start. */
  second: Schema.Finite,
  memoryMiB: Schema.Finite,
  /** Uncommitted records in the log. */
  lagRecords: Schema.Finite
})
export type Sample = typeof Sample.Type

const Percentiles = Schema.Struct({ p50: Schema.Finite, p99: Schema.Finite, most: Schema.Finite })
export type Percentiles = typeof Percentiles.Type

const Boundary = Schema.Struct({ endMs: Schema.Int, rows: Schema.Int, ...Percentiles.fields })
export type Boundary = typeof Boundary.Type

export const Case = Schema.Struct({
  mode: Schema.Literals(["full", "live"]),
  streams: Schema.Int,
  messagesPerSecond: Schema.Int,
  /** Event time. */
  minutes: Schema.Finite,
  workers: Schema.Int,
  partitions: Schema.Int
})
export type Case = typeof Case.Type

export const Result = Schema.Struct({
  case: Case,
  at: Schema.String,
  command: Schema.String,
  machine: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  produced: Schema.Struct({
    chats: Schema.Int,
    viewers: Schema.Int,
    seconds: Schema.Finite,
    cpuSeconds: Schema.Finite,
    mostDelayMs: Schema.Finite
  }),
  /** From the worker's start to the commit that holds the last record. */
  seconds: Schema.Finite,
  /** Processor time in these seconds. */
  cpu: Schema.Struct({
    worker: Schema.Finite,
    broker: Schema.Finite,
    postgres: Schema.Finite,
    others: Schema.Finite,
    stolen: Schema.Finite
  }),
  /** Rows and transactions in these seconds. */
  rows: Schema.Int,
  flushes: Schema.Int,
  peakMemoryMiB: Schema.Finite,
  samples: Schema.Array(Sample),
  /** Only live: from the watermark's passing to the commit, of each window's end. */
  boundaries: Schema.Array(Boundary),
  /** Only live: over all rows. */
  delaysMs: Schema.NullOr(Percentiles),
  /** Bytes of the rows' table, its indexes' part, and the log that its rows cost. */
  room: Schema.Struct({ rows: Schema.Int, table: Schema.Finite, indexes: Schema.Finite, wal: Schema.Finite }),
  /** Once every window was closed: what went wrong, a line each. */
  counted: Schema.Struct({
    chats: Schema.Int,
    windows: Schema.Int,
    wholeRows: Schema.Int,
    late: Schema.Int,
    deadLetters: Schema.Int,
    differences: Schema.Array(Schema.String)
  })
})
export type Result = typeof Result.Type

const FILE = new URL("../results/platform.json", import.meta.url)
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Result)))

const isSame = (a: Case, b: Case): boolean =>
  a.mode === b.mode && a.streams === b.streams && a.messagesPerSecond === b.messagesPerSecond && a.workers === b.workers

/**
 * Keeps these results and drops older ones of the same cases. Returns all kept results, the largest
 * platform first.
 */
export const keep = (results: ReadonlyArray<Result>): Effect.Effect<ReadonlyArray<Result>> =>
  Effect.promise(async () => {
    const kept = await readFile(FILE, "utf8").then(decode, (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return []
      throw error
    })
    const all = [...kept.filter((one) => !results.some((other) => isSame(one.case, other.case))), ...results].toSorted(
      ({ case: a }, { case: b }) =>
        a.mode.localeCompare(b.mode) ||
        b.streams - a.streams ||
        a.workers - b.workers ||
        b.messagesPerSecond - a.messagesPerSecond
    )
    await mkdir(new URL(".", FILE), { recursive: true })
    await writeFile(FILE, `${JSON.stringify(all)}\n`)
    return all
  })
