/**
 * The partitions of table `local_log`, one per day (UTC) of append. They are created on demand and
 * dropped by age, oldest first.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { counted } from "../../domain/Wording.ts"
import { rowsOf } from "../../postgres/Rows.ts"

const DAY_MS = Duration.toMillis("1 day")

/** The day of an instant, such as `2026-11-30`. Days compare as their texts do. */
export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10)

const partitionOf = (day: string): string => `local_log_${day.replaceAll("-", "_")}`

/** One change of partitions at a time per schema; held until the end of the transaction. */
const lock = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('telemetra local log ' || current_schema(), 0))`
})

const daysOf = rowsOf(Schema.Struct({ name: Schema.String, day: Schema.String }))

/** The partitions, oldest first. Waits for no lock on a table. */
const attached = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* daysOf(sql`
    WITH partitions AS MATERIALIZED (
      SELECT c.relname::text AS name, pg_get_expr(c.relpartbound, 0) AS bound
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'local_log'::regclass
    )
    SELECT name, substring(bound FROM '\\(''([0-9]{4}-[0-9]{2}-[0-9]{2})''\\)') AS day FROM partitions
    WHERE bound ~ '^FOR VALUES IN \\(''[0-9]{4}-[0-9]{2}-[0-9]{2}''\\)$' ORDER BY day`)
})

/**
 * Creates the partition of a day, unless it exists. It is created first and then attached, which
 * blocks no append and no read.
 */
export const create = (day: string): Effect.Effect<void, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const work = Effect.gen(function* () {
      yield* lock
      if ((yield* attached).some((partition) => partition.day === day)) return
      const name = partitionOf(day)
      yield* sql.unsafe(`CREATE TABLE ${name} (LIKE local_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`)
      yield* sql.unsafe(`ALTER TABLE local_log ATTACH PARTITION ${name} FOR VALUES IN ('${day}')`)
      yield* Effect.logInfo(`Partition ${name} created for the local log`)
    })
    yield* sql.withTransaction(work)
  })

/**
 * The start moves to the first record after the day, or to the end. Heads are locked in the order
 * of appends.
 */
const MOVE_STARTS = `
WITH heads AS MATERIALIZED (
  SELECT topic, partition FROM local_log_heads ORDER BY topic, partition FOR UPDATE
)
UPDATE local_log_heads h SET start_offset = COALESCE(
  (SELECT min(m."offset") FROM local_log_marks m
   WHERE m.topic = h.topic AND m.partition = h.partition AND m.day > $1::date), h.next_offset)
FROM heads WHERE h.topic = heads.topic AND h.partition = heads.partition`

/** Drops the partition of a day that is the oldest one, with all records before its end. */
const drop = (name: string, day: string): Effect.Effect<void, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const work = Effect.gen(function* () {
      yield* lock
      // DROP locks the whole table. A short wait and a later retry keep appends from queueing.
      yield* sql`SELECT set_config('lock_timeout', '2s', true)`
      yield* sql.unsafe(MOVE_STARTS, [day])
      yield* sql`DELETE FROM local_log_marks WHERE day <= ${day}::date`
      yield* sql.unsafe(`DROP TABLE IF EXISTS ${name}`)
    })
    yield* sql.withTransaction(work)
  })

/** Writers that have ended need no number. A writer that repeats an append is never so old. */
const FORGET_WRITERS = "DELETE FROM local_log_writers WHERE at < LOCALTIMESTAMP - interval '30 days'"

/**
 * Drops the days that ended before the retention, by the wall clock, whether or not their records
 * were read. Returns the dropped days.
 */
export const dropExpired = (retention: Duration.Duration): Effect.Effect<ReadonlyArray<string>, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const oldestMs = (yield* Clock.currentTimeMillis) - Duration.toMillis(retention)
    const expired = (yield* attached).filter(({ day }) => Date.parse(day) + DAY_MS <= oldestMs)
    for (const { day, name } of expired) yield* drop(name, day)
    if (expired.length > 0) {
      yield* Effect.logInfo(
        `Local log: ${counted(expired.length, "day")} up to ${expired.at(-1)?.day} dropped, older than LOCAL_LOG_RETENTION`
      )
    }
    yield* sql.unsafe(FORGET_WRITERS)
    return expired.map(({ day }) => day)
  })
