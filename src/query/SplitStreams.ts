/** Streams that came through several tasks: their producers do not agree on the key. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

export interface SplitStreams {
  readonly streams: number
  /** At most three of them, in their order, each with its tasks. */
  readonly examples: ReadonlyArray<{ readonly stream: string; readonly tasks: ReadonlyArray<number> }>
}

/** By the index of (source_partition, window_start): costs the rows of one window. */
const SELECT_SPLIT = `
WITH split AS (
  SELECT stream_id COLLATE "C" AS stream, array_agg(source_partition ORDER BY source_partition) AS tasks
  FROM checkpoints JOIN chat_summary_minute USING (source_partition)
  WHERE source_partition >= 0 AND window_start = $1 AND window_end = $2
  GROUP BY stream_id HAVING count(*) > 1 AND min(source_partition) = ANY($3::text::int[])
)
SELECT (SELECT count(*) FROM split)::float8 AS streams, to_json(ARRAY(SELECT split FROM split ORDER BY stream LIMIT 3)) AS examples`

/** Those with rows of several tasks in that window, of which the first is among `tasks`: so each is found by one worker. */
export const readSplitStreams = Effect.fnUntraced(function* (
  window: { readonly startMs: number; readonly endMs: number },
  tasks: ReadonlyArray<number>
) {
  const sql = yield* SqlClient
  const [found] = yield* sql.unsafe<SplitStreams>(SELECT_SPLIT, [
    PgTypes.timestamp(window.startMs),
    PgTypes.timestamp(window.endMs),
    PgTypes.text(`{${tasks.join(",")}}`)
  ]).unprepared
  return found ?? { streams: 0, examples: [] }
})
