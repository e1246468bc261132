/**
 * The partitions of `chat_summary_minute`: made ahead of time and on demand, in short transactions of their own, and dropped when they have expired.
 * A new table is made by itself and then attached: ATTACH lets flushes of other tasks go on, CREATE TABLE ... PARTITION OF waits for all of them and makes them
 * wait.
 */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { TablesConfig } from "../../config/AppConfig.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { attached, type Partition, PARTITIONED as TABLE, type TimeRange } from "../../postgres/PartitionSpans.ts"
import { isHeldByDefaultPartition } from "../../postgres/SqlErrors.ts"

/** Under PARTITION_BY=day, older windows get partitions of a month: events of long ago must not make a partition for each day since 2000. */
const MAX_DAY_PARTITION_AGE_MS = Duration.toMillis("366 days")

const pad = (n: number): string => String(n).padStart(2, "0")

/** The calendar month or day (UTC) that holds an instant, and its partition's name. */
export const periodOf = (by: TablesConfig["partitionBy"], timeMs: number): Partition => {
  const time = new Date(timeMs)
  const year = time.getUTCFullYear()
  const month = time.getUTCMonth()
  const day = time.getUTCDate()
  const name = `${TABLE}_${String(year).padStart(4, "0")}_${pad(month + 1)}`
  return by === "month"
    ? { name, fromMs: Date.UTC(year, month), toMs: Date.UTC(year, month + 1) }
    : { name: `${name}_${pad(day)}`, fromMs: Date.UTC(year, month, day), toMs: Date.UTC(year, month, day + 1) }
}

const covers = (range: TimeRange, timeMs: number): boolean => range.fromMs <= timeMs && timeMs < range.toMs

/** What of a period is free around an instant that no existing range covers. */
export const freeAround = (period: TimeRange, existing: ReadonlyArray<TimeRange>, timeMs: number): TimeRange => {
  let { fromMs, toMs } = period
  for (const range of existing) {
    if (range.toMs <= timeMs) fromMs = Math.max(fromMs, range.toMs)
    else if (range.fromMs > timeMs) toMs = Math.min(toMs, range.fromMs)
  }
  return { fromMs, toMs }
}

/** The years 1 to 9999. */
const isWritable = (timeMs: number): boolean => timeMs >= -62_135_596_800_000 && timeMs < 253_402_300_800_000

const literal = (timeMs: number): string => `'${new Date(timeMs).toISOString().replace("T", " ").replace("Z", "")}'`

/** One at a time for the whole schema, held until the transaction ends. */
const lock = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('telemetra partitions ' || current_schema(), 0))`
})

/** The first of `name`, `name_2`, ... that no table has: somebody may have detached and kept a partition of that name. */
const freeName = Effect.fnUntraced(function* (name: string) {
  const sql = yield* SqlClient
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`
    const taken = yield* sql`SELECT 1 FROM pg_class
      WHERE relname = ${candidate} AND relnamespace = to_regnamespace(quote_ident(current_schema()))`
    if (taken.length === 0) return candidate
  }
})

export interface Partitions {
  /** Makes sure that a partition covers each of these instants; costs no query where that is known already. Not within a transaction. */
  readonly ensure: (timesMs: ReadonlyArray<number>) => Effect.Effect<void, SqlError>
  /** Forgets what is known: somebody else may have dropped a partition. */
  readonly forget: Effect.Effect<void>
  /** The partitions of this period and the next, by the wall clock. */
  readonly ahead: Effect.Effect<void, SqlError>
  /** Drops every partition wholly older than that, by the wall clock, and returns their names. */
  readonly dropExpired: (retention: Duration.Duration) => Effect.Effect<ReadonlyArray<string>, SqlError>
}

export const make = Effect.fnUntraced(function* (
  by: TablesConfig["partitionBy"]
): Effect.fn.Return<Partitions, never, SqlClient> {
  const sql = yield* SqlClient
  const provide = Effect.provideService(SqlClient, sql)
  // grows by what this process saw; `forget` empties it
  let known: ReadonlyArray<TimeRange> = []

  const periodNow = (timeMs: number): Effect.Effect<Partition> =>
    Effect.map(Clock.currentTimeMillis, (clockMs) =>
      periodOf(timeMs < clockMs - MAX_DAY_PARTITION_AGE_MS ? "month" : by, timeMs)
    )

  /** Makes what is missing around an instant and returns what covers it now. */
  const create = (timeMs: number): Effect.Effect<TimeRange, SqlError> =>
    sql
      .withTransaction(
        Effect.gen(function* () {
          yield* lock
          const existing = yield* attached
          const other = existing.find((range) => covers(range, timeMs))
          if (other !== undefined) return other
          const period = yield* periodNow(timeMs)
          const range = freeAround(period, existing, timeMs)
          const name = yield* freeName(period.name)
          const table = quoteIdentifier(name)
          const bounds = `FROM (${literal(range.fromMs)}) TO (${literal(range.toMs)})`
          yield* sql.unsafe(
            `CREATE TABLE ${table} (LIKE ${TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)`
          )
          yield* sql.unsafe(`ALTER TABLE ${TABLE} ATTACH PARTITION ${table} FOR VALUES ${bounds}`)
          yield* Effect.logInfo(`Partition ${name} made for windows ${bounds}`)
          return range
        }).pipe(provide)
      )
      .pipe(
        Effect.catchIf(
          // rows of that time lie in a default partition: there they may stay, and new ones go there too
          isHeldByDefaultPartition,
          () =>
            Effect.andThen(
              Effect.logWarning(
                `No partition made for ${literal(timeMs)}: the default partition of ${TABLE} holds rows of that time`
              ),
              periodNow(timeMs)
            )
        )
      )

  /** The first instant that no known partition covers; what PostgreSQL can't write as a date is left for the flush to refuse. */
  const firstUncovered = (timesMs: ReadonlyArray<number>): number | undefined => {
    let last: TimeRange | undefined
    return timesMs.find((timeMs) => {
      if (last !== undefined && covers(last, timeMs)) return false
      last = known.find((range) => covers(range, timeMs))
      return last === undefined && isWritable(timeMs)
    })
  }

  const ensure = Effect.fnUntraced(function* (timesMs: ReadonlyArray<number>) {
    if (firstUncovered(timesMs) === undefined) return
    known = yield* provide(attached)
    for (let timeMs = firstUncovered(timesMs); timeMs !== undefined; timeMs = firstUncovered(timesMs)) {
      known = [...known, yield* create(timeMs)]
    }
  })

  const ahead = Effect.gen(function* () {
    const now = periodOf(by, yield* Clock.currentTimeMillis)
    yield* ensure([now.fromMs, now.toMs])
  })

  const drop = (partition: Partition): Effect.Effect<void, SqlError> =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* lock
        // DROP locks the whole table: rather try again later than let flushes queue up behind it
        yield* sql`SELECT set_config('lock_timeout', '2s', true)`
        yield* sql.unsafe(`DROP TABLE IF EXISTS ${quoteIdentifier(partition.name)}`)
      }).pipe(provide)
    )

  const dropExpired = Effect.fnUntraced(function* (retention: Duration.Duration) {
    const oldestMs = (yield* Clock.currentTimeMillis) - Duration.toMillis(retention)
    const expired = (yield* provide(attached)).filter((partition) => partition.toMs <= oldestMs)
    for (const partition of expired) {
      yield* drop(partition)
      known = []
      yield* Effect.logInfo(`Partition ${partition.name} dropped: older than RETENTION`)
    }
    return expired.map(({ name }) => name)
  })

  return {
    ensure,
    forget: Effect.sync(() => {
      known = []
    }),
    ahead,
    dropExpired
  }
})
