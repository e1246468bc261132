/** Finds streams with rows from several tasks: their producers do not agree on the key. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { present } from "../domain/Invariant.ts"
import { rowsOf } from "./Rows.ts"

const SplitStreams = Schema.Struct({
  streams: Schema.Int,
  /** At most three streams, sorted by name, each with its tasks. */
  examples: Schema.Array(Schema.Struct({ stream: Schema.String, tasks: Schema.Array(Schema.Int) }))
})
export type SplitStreams = typeof SplitStreams.Type

const splitStreamsOf = rowsOf(SplitStreams)

/** Uses the unique key: costs the rows of one window. */
const SELECT_SPLIT = `
WITH split AS (
  SELECT stream_id COLLATE "C" AS stream, array_agg(source_partition ORDER BY source_partition) AS tasks
  FROM checkpoints JOIN chat_summary_minute USING (source_partition)
  WHERE source_partition >= 0 AND window_start = $1 AND window_end = $2
  GROUP BY stream_id HAVING count(*) > 1 AND min(source_partition) = ANY($3::text::int[])
)
SELECT (SELECT count(*) FROM split)::float8 AS streams,
  to_json(ARRAY(SELECT split FROM split ORDER BY stream LIMIT 3)) AS examples`

/**
 * Returns the streams with rows from several tasks in the window. Only streams whose lowest task is
 * one of `tasks` are returned, so that exactly one worker finds each.
 */
export const readSplitStreams = Effect.fnUntraced(function* (
  window: { readonly startMs: number; readonly endMs: number },
  tasks: ReadonlyArray<number>
) {
  const sql = yield* SqlClient
  const [found] = yield* splitStreamsOf(
    sql.unsafe(SELECT_SPLIT, [
      PgTypes.timestamp(window.startMs),
      PgTypes.timestamp(window.endMs),
      PgTypes.text(`{${tasks.join(",")}}`)
    ]).unprepared
  )
  return present(found, "a SELECT without FROM returns one row")
})
