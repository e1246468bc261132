/**
 * The time axis of `chat_summary_minute` in pieces of few partitions: a statement locks every
 * partition that its times do not exclude, with all their indexes.
 */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { rowsOf } from "./Rows.ts"

/** Milliseconds since the epoch: from (closed) to (open). Unbounded sides are infinite. */
export interface TimeRange {
  readonly fromMs: number
  readonly toMs: number
}

export interface Partition extends TimeRange {
  readonly name: string
}

/** A partition takes about eight locks: its own and those of its indexes. */
const PARTITIONS_PER_SPAN = 8

/** The partitioned table. */
export const PARTITIONED = "chat_summary_minute"

const decodeBounds = rowsOf(Schema.Struct({ name: Schema.String, from: Schema.Number, to: Schema.Number }))

/** SQL for one bound in milliseconds since the epoch. */
const boundOf = (keyword: "FROM" | "TO", unbounded: string): string => {
  const time = `substring(bound FROM $re$${keyword} \\('([^']+)'\\)$re$)::timestamp`
  return `COALESCE(extract(epoch FROM ${time}) * 1000, '${unbounded}')::float8`
}

/**
 * The attached partitions without the default partition, which covers no range of its own.
 * The query waits for no lock on any table. MATERIALIZED keeps the planner from evaluating the
 * expression for the partitions of other tables. pg_get_expr with a relation would open that
 * relation: a bound contains no column, so it needs none.
 */
export const attached: Effect.Effect<ReadonlyArray<Partition>, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const found = yield* decodeBounds(
    sql.unsafe(`
    WITH partitions AS MATERIALIZED (
      SELECT c.relname::text AS name, c.relpartbound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = '${PARTITIONED}'::regclass
    ), bounds AS MATERIALIZED (
      SELECT name, pg_get_expr(relpartbound, 0) AS bound FROM partitions
    )
    SELECT name, ${boundOf("FROM", "-Infinity")} AS from, ${boundOf("TO", "Infinity")} AS to
    FROM bounds WHERE bound <> 'DEFAULT'`)
  )
  return found.map(({ name, from, to }) => ({ name, fromMs: from, toMs: to }))
})

/**
 * Splits the time axis into pieces, ascending and without gaps, from -Infinity to Infinity. Each
 * piece touches at most {@link PARTITIONS_PER_SPAN} partitions and the default partition: the
 * server's lock table is limited.
 */
export const spans: Effect.Effect<ReadonlyArray<TimeRange>, SqlError, SqlClient> = Effect.map(
  attached,
  (partitions) => {
    const starts = partitions.map(({ fromMs }) => fromMs).toSorted((a, b) => a - b)
    const cuts = starts.filter((_, index) => index > 0 && index % PARTITIONS_PER_SPAN === 0)
    return [Number.NEGATIVE_INFINITY, ...cuts].map((fromMs, index) => ({
      fromMs,
      toMs: cuts[index] ?? Number.POSITIVE_INFINITY
    }))
  }
)
