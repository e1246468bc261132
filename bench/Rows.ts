/** The comparison of a system's rows with the expected rows, and the times of their commits. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { TOP_EMOTES } from "./Expected.ts"
import { present } from "../src/domain/Invariant.ts"
import { END_PREFIX } from "./Load.ts"
import type { Run } from "./Results.ts"

export interface Comparison {
  readonly rows: NonNullable<Run["rows"]>
  /** Commits of the first and the last transaction that wrote a row, in ms since the epoch. */
  readonly firstCommitMs: number
  readonly lastCommitMs: number
}

/** Tolerance for means: systems add them up in different orders, or as integers. */
const TOLERANCE = 1e-6

/** Some systems write 0 for the mean of nothing, others NULL. */
const wrong = [
  "a.window_end <> e.window_end",
  "a.chat_count <> e.chat_count",
  "a.unique_chatters <> e.unique_chatters",
  "a.positive_count <> e.positive_count",
  "a.negative_count <> e.negative_count",
  `abs(coalesce(a.avg_sentiment, 0) - coalesce(e.avg_sentiment, 0)) > ${TOLERANCE}`,
  "(a.avg_viewers IS NULL) <> (e.avg_viewers IS NULL)",
  `abs(a.avg_viewers - e.avg_viewers) > ${TOLERANCE}`,
  `coalesce(a.top_emotes[1:${TOP_EMOTES}], '{}') <> e.top_emotes`
].join(" OR ")

/**
 * Compares `schema.table` with `expectedSchema.expected`, row by row. The server must have
 * track_commit_timestamp on.
 */
export const compare = (expectedSchema: string, schema: string, table: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const real = `(SELECT * FROM ${schema}.${table} WHERE stream_id NOT LIKE '${END_PREFIX}%')`
    const both = `${expectedSchema}.expected AS e FULL JOIN ${real} AS a USING (stream_id, window_start)`
    const [counts] = yield* sql.unsafe<Record<"expected" | "missing" | "unexpected" | "different", number>>(
      `SELECT count(e.chat_count)::int AS expected, count(*) FILTER (WHERE a.chat_count IS NULL)::int AS missing,
        count(*) FILTER (WHERE e.chat_count IS NULL)::int AS unexpected,
        count(*) FILTER (WHERE a.chat_count IS NOT NULL AND e.chat_count IS NOT NULL AND (${wrong}))::int AS different
      FROM ${both}`
    )
    const [example] = yield* sql.unsafe<{ example: string }>(
      `SELECT concat_ws(' ', stream_id, window_start, 'expected', to_json(e), 'got', to_json(a)) AS example FROM ${both}
        WHERE a.chat_count IS NULL OR e.chat_count IS NULL OR ${wrong} ORDER BY stream_id, window_start LIMIT 1`
    )
    const [commits] = yield* sql.unsafe<Record<"first" | "last", number | null>>(
      `SELECT (extract(epoch FROM min(at)) * 1000)::float8 AS first,
        (extract(epoch FROM max(at)) * 1000)::float8 AS last
        FROM (SELECT pg_xact_commit_timestamp(xmin) AS at FROM ${schema}.${table}) AS commits`
    )
    const comparison: Comparison = {
      rows: { ...present(counts, "an aggregate has a row"), ...example },
      firstCommitMs: commits?.first ?? Number.NaN,
      lastCommitMs: commits?.last ?? Number.NaN
    }
    return comparison
  })
