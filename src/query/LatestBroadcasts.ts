/**
 * The latest broadcast of each stream, as a condition in two forms. One probes each row for a later
 * one: it costs the rows that are read until the page is full. The other one reads the index of
 * streams to its end: it costs the table, about a second for a million broadcasts.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import type { Direction } from "../api/Values.ts"
import { containing } from "./LiveStreams.ts"

/** Rows that are probed at most. */
const MOST_PROBED = 5_000

const PROBE =
  "NOT EXISTS (SELECT FROM broadcasts later WHERE later.stream_id = b.stream_id AND later.started_at > b.started_at)"

interface Wanted {
  readonly stream?: string
  readonly search?: string
}

/** Independent of the order in which rows are read. */
export const latestOfAll = (sql: SqlClient, { search, stream }: Wanted): Statement.Fragment =>
  stream !== undefined
    ? sql.literal(PROBE)
    : sql`(b.stream_id, b.started_at) IN (
      SELECT DISTINCT ON (l.stream_id) l.stream_id, l.started_at FROM broadcasts l
      WHERE ${search === undefined ? sql.literal("TRUE") : sql`l.stream_id ILIKE ${containing(search)}`}
      ORDER BY l.stream_id, l.started_at DESC)`

/** Only among the first rows in this direction, from a start on (closed bound). */
const latestAmongFirst = (sql: SqlClient, direction: Direction, fromMs: number): Statement.Fragment => {
  const [reached, beyond, end] = direction === "asc" ? ["<=", ">=", "infinity"] : [">=", "<=", "-infinity"]
  return sql`${sql.literal(PROBE)} AND b.started_at ${sql.literal(reached)} coalesce(
    (SELECT f.started_at FROM broadcasts f WHERE f.started_at ${sql.literal(beyond)} ${PgTypes.timestamp(fromMs)}
      ORDER BY f.started_at ${sql.literal(direction)} LIMIT 1 OFFSET ${PgTypes.int4(MOST_PROBED)}),
    ${end}::text::timestamp)`
}

/**
 * Reads latest broadcasts in a direction from a start on: by probes if they find `enough` rows,
 * otherwise by the index of streams.
 */
export const readLatest = Effect.fnUntraced(function* <A, E, R>(
  wanted: Wanted,
  { direction, enough, fromMs }: { readonly direction: Direction; readonly fromMs: number; readonly enough: number },
  read: (isLatest: Statement.Fragment) => Effect.Effect<ReadonlyArray<A>, E, R>
) {
  const sql = yield* SqlClient
  if (wanted.stream === undefined) {
    const found = yield* read(latestAmongFirst(sql, direction, fromMs))
    if (found.length >= enough) return found
  }
  return yield* read(latestOfAll(sql, wanted))
})
