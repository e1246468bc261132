/** The statement that ranks the live streams. It returns one page and its place in the list. */
import { Schema } from "effect"
import type { STREAM_ORDERS } from "../api/Streams.ts"
import type { Direction } from "../api/Values.ts"
import { comparing, opposite } from "./ListPosition.ts"
import { cutByBytes, Found } from "./PageBytes.ts"
import { rowsOf } from "./Rows.ts"
import { finiteSql, StoredSummary, SUMMARY_BYTES, SUMMARY_COLUMNS } from "./StoredSummary.ts"

export type StreamOrder = (typeof STREAM_ORDERS)[number]

/** Names ascend, numbers descend. */
export const defaultOrder = (sort: StreamOrder): Direction => (sort === "stream_id" ? "asc" : "desc")

/** The value of the part with the most messages, as in the view. */
const ofGreatestPart = (name: string): string =>
  `(array_agg(${name} ORDER BY chat_count DESC, source_partition DESC))[1]`

/**
 * The values that streams are ranked by, over all parts of a stream in its latest window. They
 * equal those of the view `chat_summary`.
 */
const RANKS: Record<Exclude<StreamOrder, "stream_id">, string> = {
  chat_count: "sum(chat_count)",
  unique_chatters: "sum(unique_chatters)",
  avg_viewers: ofGreatestPart("avg_viewers"),
  z_score: ofGreatestPart("z_score"),
  avg_sentiment: `CASE WHEN count(*) = 1 THEN max(avg_sentiment)
    ELSE sum(avg_sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE avg_sentiment IS NOT NULL), 0) END`
}

/** The place of the page. Every row of it repeats these columns. */
const Placed = Schema.Struct({
  total: Schema.Int,
  before: Schema.Int,
  previous_rank: Schema.NullOr(Schema.Finite),
  previous_stream: Schema.NullOr(Schema.String)
})

export const rankedOf = rowsOf(
  Schema.Struct({ ...StoredSummary.fields, ...Found.fields, ...Placed.fields, rank: Schema.NullOr(Schema.Finite) })
)

const NAME = 'stream_id COLLATE "C"'

interface RankingSql {
  readonly rank: string
  readonly order: string
  /** From the last row to the first. */
  readonly reverse: string
  /** Whether a row follows the cursor. It is never NULL. */
  readonly after: string
}

/** Nulls last, equal values by name, in both directions. */
const rankingSql = (sort: StreamOrder, direction: Direction): RankingSql => {
  const { after } = comparing(direction)
  const reversed = opposite(direction)
  return sort === "stream_id"
    ? {
        rank: "NULL::float8",
        order: `${NAME} ${direction}`,
        reverse: `${NAME} ${reversed}`,
        after: `${NAME} ${after} $6`
      }
    : {
        rank: `(${RANKS[sort]})::float8`,
        order: `rank ${direction} NULLS LAST, ${NAME}`,
        reverse: `rank ${reversed} NULLS FIRST, ${NAME} DESC`,
        after: `CASE WHEN $5::float8 IS NULL THEN rank IS NULL AND ${NAME} > $6
          ELSE rank IS NULL OR rank ${after} $5 OR (rank = $5 AND ${NAME} > $6) END`
      }
}

/**
 * The parameters:
 *
 * - $1 to $3: tasks, starts and ends of their latest windows.
 * - $4: a pattern of names, or NULL.
 * - $5 and $6: rank and name of the last stream of the page before, or NULL.
 * - $7: the page's limit plus one.
 * - $8: the least number of scored messages.
 */
export const rankSql = (sort: StreamOrder, direction: Direction): string => {
  const { after, order, rank, reverse } = rankingSql(sort, direction)
  const query = `
WITH parts AS (
  SELECT s.*, rank() OVER (PARTITION BY s.stream_id ORDER BY s.window_start DESC, s.window_end DESC) AS age
  FROM unnest($1, $2, $3) AS t (source_partition, window_start, window_end)
  JOIN chat_summary_minute s USING (source_partition, window_start, window_end)
  WHERE s.window_start = ANY ($2) AND ($4::text IS NULL OR s.stream_id ILIKE $4)
), valued AS (
  SELECT stream_id, window_start, window_end, ${rank} AS value
  FROM parts WHERE age = 1 GROUP BY stream_id, window_start, window_end
  HAVING $8 = 0 OR sum(scored_count) >= $8
), ranked AS (
  SELECT stream_id, window_start, window_end, ${finiteSql("value")} AS rank FROM valued
), shown AS (
  SELECT * FROM ranked WHERE $6::text IS NULL OR (${after}) ORDER BY ${order} LIMIT $7
), counted AS (
  SELECT count(*)::float8 AS total, (count(*) FILTER (WHERE NOT ($6::text IS NULL OR (${after}))))::float8 AS before
  FROM ranked
), previous AS (
  -- the page before has $7 - 1 streams and begins after this one
  SELECT rank AS previous_rank, stream_id AS previous_stream
  FROM ranked WHERE NOT ($6::text IS NULL OR (${after})) ORDER BY ${reverse} LIMIT 1 OFFSET $7 - 1
)
SELECT shown.rank, summary.*, counted.*, previous.*
-- OFFSET 0 keeps the planner from reading the whole view and joining it
FROM shown CROSS JOIN LATERAL (
  SELECT ${SUMMARY_COLUMNS} FROM chat_summary c
  WHERE c.stream_id = shown.stream_id AND c.window_start = shown.window_start AND c.window_end = shown.window_end
    AND c.window_start = ANY ($2) OFFSET 0
) summary CROSS JOIN counted LEFT JOIN previous ON true
`
  return cutByBytes(query, SUMMARY_BYTES, order)
}
