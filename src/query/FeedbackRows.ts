/**
 * Verdicts on moments: table `moment_feedback`. They have the key of the moment, so they stay if
 * its type changes or a replay writes its row again.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Verdict } from "../api/Moments.ts"
import { int8Of } from "./Cursor.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

/** The verdict on a row of table `moments`: the rest of a SELECT. */
const OF_MOMENT = `FROM moment_feedback f
  WHERE f.stream_id = moments.stream_id AND f.timestamp = moments.timestamp
    AND f.opened_as = moments.opened_as AND f.source_partition = moments.source_partition`

/** The verdict on a row of table `moments`, as SQL; NULL without one. */
export const FEEDBACK = `(SELECT f.verdict ${OF_MOMENT})`

/**
 * SQL for whether a row of table `moments` has the verdict, or none. PostgreSQL joins the tables: a
 * comparison with {@link FEEDBACK} would look up the verdict of every moment.
 */
export const isJudged = (verdict: Verdict | "none"): string =>
  verdict === "none" ? `NOT EXISTS (SELECT ${OF_MOMENT})` : `EXISTS (SELECT ${OF_MOMENT} AND f.verdict = '${verdict}')`

const storedOf = rowsOf(Schema.Struct({ verdict: Verdict, set_at: Timestamp }))

/**
 * Stores the verdict on a moment; the last one counts. `undefined` if the moment does not exist, or
 * has no key because an earlier job wrote it.
 */
export const putFeedback = Effect.fnUntraced(function* (id: string, verdict: Verdict, setBy: string) {
  const wanted = int8Of(id)
  if (wanted === undefined) return undefined
  const sql = yield* SqlClient
  const [stored] = yield* storedOf(sql`
    INSERT INTO moment_feedback (source_partition, stream_id, timestamp, opened_as, verdict, set_by)
    SELECT source_partition, stream_id, timestamp, opened_as, ${verdict}, ${setBy} FROM moments
    WHERE id = ${PgTypes.int8(wanted)} AND opened_as IS NOT NULL
    ON CONFLICT (stream_id, timestamp, opened_as, source_partition) DO UPDATE
    SET verdict = EXCLUDED.verdict, set_by = EXCLUDED.set_by, set_at = now() AT TIME ZONE 'UTC'
    RETURNING verdict, set_at`)
  return stored
})

/** Deletes the verdict on a moment. Returns whether there was one. */
export const deleteFeedback = Effect.fnUntraced(function* (id: string) {
  const wanted = int8Of(id)
  if (wanted === undefined) return false
  const sql = yield* SqlClient
  const deleted = yield* sql`
    DELETE FROM moment_feedback f USING moments m
    WHERE m.id = ${PgTypes.int8(wanted)} AND f.stream_id = m.stream_id AND f.timestamp = m.timestamp
      AND f.opened_as = m.opened_as AND f.source_partition = m.source_partition
    RETURNING 1`
  return deleted.length > 0
})
