/**
 * The partitions of `chat_summary_minute`: created ahead of time and on demand, in short separate
 * transactions, and dropped when they expire. A new table is created first and then attached:
 * ATTACH does not block the flushes of other tasks, CREATE TABLE ... PARTITION OF waits for them
 * and blocks them.
 */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { TablesConfig } from "../../config/AppConfig.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { attached, type Partition, PARTITIONED as TABLE, type TimeRange } from "../../postgres/PartitionSpans.ts"
import { isHeldByDefaultPartition } from "../../postgres/SqlErrors.ts"

/**
 * Under PARTITION_BY=day, older windows get partitions of a month: old events must not create a
 * partition for each day since 2000.
 */
const MAX_DAY_PARTITION_AGE_MS = Duration.toMillis("366 days")

const pad = (n: number): string => String(n).padStart(2, "0")

/** The calendar month or day (UTC) that contains an instant, with the name of its partition. */
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

/** The free part of a period around an instant that no existing range covers. */
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

/** One change at a time per schema; held until the end of the transaction. */
const lock = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('telemetra partitions ' || current_schema(), 0))`
})

/**
 * The first of `name`, `name_2`, ... that no table has: a detached partition may still have the
 * name.
 */
const freeName = Effect.fnUntraced(function* (name: string) {
  const sql = yield* SqlClient
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`
    const taken = yield* sql`SELECT 1 FROM pg_class
      WHERE relname = ${candidate} AND relnamespace = to_regnamespace(quote_ident(current_schema()))`
    if (taken.length === 0) return candidate
  }
})

export class Partitions {
  readonly #by: TablesConfig["partitionBy"]
  readonly #sql: SqlClient
  /** The ranges that this process read or created. */
  #known: ReadonlyArray<TimeRange> = []

  constructor(by: TablesConfig["partitionBy"], sql: SqlClient) {
    this.#by = by
    this.#sql = sql
  }

  /** Discards the known ranges: a partition may have been dropped. */
  readonly forget: Effect.Effect<void> = Effect.sync(() => {
    this.#known = []
  })

  /** Creates the partitions of this period and the next, by the wall clock. */
  readonly ahead: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
      const { fromMs, toMs } = periodOf(this.#by, nowMs)
      return this.ensure([fromMs, toMs])
    })
  )

  /**
   * Ensures that a partition covers each of these instants. Known ranges cost no query. Not within
   * a transaction.
   */
  ensure(timesMs: ReadonlyArray<number>): Effect.Effect<void, SqlError> {
    if (this.#firstUncovered(timesMs) === undefined) return Effect.void
    return Effect.gen({ self: this }, function* () {
      this.#known = yield* this.#provide(attached)
      let timeMs = this.#firstUncovered(timesMs)
      while (timeMs !== undefined) {
        this.#known = [...this.#known, yield* this.#create(timeMs)]
        timeMs = this.#firstUncovered(timesMs)
      }
    })
  }

  /**
   * Drops every partition that ended before the retention, by the wall clock. Returns their names.
   */
  dropExpired(retention: Duration.Duration): Effect.Effect<ReadonlyArray<string>, SqlError> {
    return Effect.gen({ self: this }, function* () {
      const oldestMs = (yield* Clock.currentTimeMillis) - Duration.toMillis(retention)
      const expired = (yield* this.#provide(attached)).filter((partition) => partition.toMs <= oldestMs)
      for (const { name } of expired) {
        yield* this.#drop(name)
        yield* this.forget
        yield* Effect.logInfo(`Partition ${name} dropped: older than RETENTION`)
      }
      return expired.map(({ name }) => name)
    })
  }

  #provide<A, E>(effect: Effect.Effect<A, E, SqlClient>): Effect.Effect<A, E> {
    return Effect.provideService(effect, SqlClient, this.#sql)
  }

  /**
   * The first instant that no known partition covers. An instant that PostgreSQL cannot write as a
   * date is skipped: the flush refuses its row.
   */
  #firstUncovered(timesMs: ReadonlyArray<number>): number | undefined {
    let last: TimeRange | undefined
    return timesMs.find((timeMs) => {
      if (last !== undefined && covers(last, timeMs)) return false
      last = this.#known.find((range) => covers(range, timeMs))
      return last === undefined && isWritable(timeMs)
    })
  }

  #periodOf(timeMs: number): Effect.Effect<Partition> {
    return Effect.map(Clock.currentTimeMillis, (nowMs) =>
      periodOf(timeMs < nowMs - MAX_DAY_PARTITION_AGE_MS ? "month" : this.#by, timeMs)
    )
  }

  /** Creates the partition around an instant and returns the range that now covers it. */
  #create(timeMs: number): Effect.Effect<TimeRange, SqlError> {
    return Effect.catchIf(
      this.#sql.withTransaction(this.#provide(this.#attach(timeMs))),
      // Rows of that time are in a default partition: they stay there, and new ones join them.
      isHeldByDefaultPartition,
      () =>
        Effect.andThen(
          Effect.logWarning(
            `No partition created for ${literal(timeMs)}: the default partition of ${TABLE} holds rows of that time`
          ),
          this.#periodOf(timeMs)
        )
    )
  }

  #attach(timeMs: number): Effect.Effect<TimeRange, SqlError, SqlClient> {
    return Effect.gen({ self: this }, function* () {
      yield* lock
      const existing = yield* attached
      const other = existing.find((range) => covers(range, timeMs))
      if (other !== undefined) return other
      const period = yield* this.#periodOf(timeMs)
      const range = freeAround(period, existing, timeMs)
      const name = yield* freeName(period.name)
      const table = quoteIdentifier(name)
      const bounds = `FROM (${literal(range.fromMs)}) TO (${literal(range.toMs)})`
      yield* this.#sql.unsafe(
        `CREATE TABLE ${table} (LIKE ${TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)`
      )
      yield* this.#sql.unsafe(`ALTER TABLE ${TABLE} ATTACH PARTITION ${table} FOR VALUES ${bounds}`)
      yield* Effect.logInfo(`Partition ${name} created for windows ${bounds}`)
      return range
    })
  }

  #drop(name: string): Effect.Effect<void, SqlError> {
    const work = Effect.gen({ self: this }, function* () {
      yield* lock
      // DROP locks the whole table. A short wait and a later retry keep flushes from queueing.
      yield* this.#sql`SELECT set_config('lock_timeout', '2s', true)`
      yield* this.#sql.unsafe(`DROP TABLE IF EXISTS ${quoteIdentifier(name)}`)
    })
    return this.#sql.withTransaction(this.#provide(work))
  }
}

export const make = (by: TablesConfig["partitionBy"]): Effect.Effect<Partitions, never, SqlClient> =>
  Effect.map(SqlClient, (sql) => new Partitions(by, sql))
