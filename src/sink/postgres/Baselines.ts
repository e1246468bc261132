/**
 * Table `baselines`: the usual numbers and the latest broadcast of each stream of a task, as of the
 * slide `window_end`.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { baselineEnd, type BaselineRow, REMEMBERED_MS, STREAM_NUMBERS } from "../../domain/Baseline.ts"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import type { EventTimeMs } from "../../domain/EventTime.ts"
import type { WindowSettings } from "../../domain/WindowSettings.ts"
import { column, int8, OID, part, parts } from "../../postgres/Column.ts"
import type { Writer } from "./Insert.ts"
import { inPages } from "./Pages.ts"
import { writeItems } from "./Items.ts"

const WIDTH = STREAM_NUMBERS.length

/** Assigns no indexed column, so an update can stay in its page. */
const UPSERT = `
INSERT INTO baselines (source_partition, stream_id, size_ms, slide_ms, window_end, numbers, flush)
SELECT $4, r.stream_id, $5, $6, r.window_end, ${part("$3", WIDTH)}, $7
FROM unnest($1, $2) WITH ORDINALITY AS r (stream_id, window_end, n)
ON CONFLICT (source_partition, stream_id) DO UPDATE SET
  size_ms = EXCLUDED.size_ms, slide_ms = EXCLUDED.slide_ms, window_end = EXCLUDED.window_end,
  numbers = EXCLUDED.numbers, flush = EXCLUDED.flush`

/** Writes baselines within a transaction. Returns a line for each that was left out. */
export const writeBaselines = (
  { flush, sourcePartition }: Writer,
  { sizeMs, slideMs }: WindowSettings,
  baselines: ReadonlyArray<BaselineRow>
): Effect.Effect<ReadonlyArray<string>, SqlError, SqlClient> =>
  writeItems({
    items: baselines,
    order: (a, b) => byCodeUnit(a.stream, b.stream),
    weigh: () => WIDTH * 8,
    name: ({ stream }) => `baseline of stream ${JSON.stringify(stream)}`,
    write: Effect.fnUntraced(function* (some) {
      const sql = yield* SqlClient
      yield* sql.unsafe(UPSERT, [
        column(some, OID.text, ({ stream }) => stream),
        column(some, OID.timestamp, baselineEnd),
        parts(some, WIDTH, ({ numbers }) => numbers),
        PgTypes.int4(sourcePartition),
        PgTypes.int4(sizeMs),
        PgTypes.int4(slideMs),
        int8(flush)
      ])
    })
  })

/**
 * Selects arrays with the length of this version. A baseline that ends after the written windows is
 * from an earlier start of the same history.
 */
const SELECT = `
SELECT stream_id, numbers FROM baselines
WHERE source_partition = $1 AND size_ms = $2 AND slide_ms = $3 AND window_end >= $4 AND window_end <= $5
  AND cardinality(numbers) = ${WIDTH}`

type BaselineValues = readonly [stream: string, numbers: ReadonlyArray<number>]

/**
 * Passes baselines of the checkpoint's task, size and slide to `take`. Their ends are between
 * `sinceMs` and the end of the written windows (closed bounds).
 */
export const readBaselines = (
  checkpoint: Checkpoint,
  sinceMs: EventTimeMs,
  take: (baselines: ReadonlyArray<BaselineRow>) => void
) => {
  const { sizeMs, slideMs } = checkpoint.window
  return inPages(
    "baselines_read",
    SELECT,
    [
      PgTypes.int4(checkpoint.sourcePartition),
      PgTypes.int4(sizeMs),
      PgTypes.int4(slideMs),
      PgTypes.timestamp(sinceMs),
      PgTypes.timestamp(checkpoint.emitted?.endMs ?? checkpoint.watermarkMs)
    ],
    (fetch) =>
      Effect.map(fetch.values, (page) => {
        // Hot: up to millions of streams. The schema check has seen the types of these columns.
        const rows = page as unknown as ReadonlyArray<BaselineValues>
        if (rows.length > 0) take(rows.map(([stream, numbers]) => ({ stream, numbers })))
        return rows.length
      })
  )
}

/**
 * Compares with each task's watermark: a task that catches up is in the past. Skips rows in use.
 */
const DELETE_UNUSED = `
DELETE FROM baselines WHERE (source_partition, stream_id) IN (
  SELECT b.source_partition, b.stream_id FROM baselines b JOIN checkpoints c ON c.source_partition = b.source_partition
  WHERE isfinite(c.watermark) AND b.window_end < c.watermark - interval '${REMEMBERED_MS} milliseconds'
  FOR UPDATE OF b SKIP LOCKED)`

/** Deletes the baselines that no later slide uses. */
export const deleteUnused: Effect.Effect<void, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql.unsafe(DELETE_UNUSED)
})
