/**
 * The statements of a comparison. Each window of either job is one row with the columns of both.
 * PostgreSQL joins, counts and ranks, on disk if necessary. Only counts and a few examples are
 * transferred.
 */
import { quoteIdentifier } from "../postgres/Identifier.ts"
import { RISES, TURNS } from "../domain/Moment.ts"
import { COLUMNS, type ComparedColumn, type Edges, verdictSql } from "./Columns.ts"
import type { Verdict } from "./Reasons.ts"

/** The Spark job's tables. */
export interface Theirs {
  readonly schema: string
  readonly table: string
  /** The zone of the times in them, as `pg_timezone_names` has it; `undefined` = UTC. */
  readonly zone: string | undefined
}

/** First and last start of a table's windows, milliseconds since 1970; both closed. */
export interface Extent {
  readonly firstMs: number
  readonly lastMs: number
}

/** The compared windows, by their starts, and the facts that decide about those at the edges. */
export interface Scope {
  /** Closed. */
  readonly fromMs: number
  /** Open. */
  readonly toMs: number
  readonly ours: Extent
  readonly theirs: Extent
  readonly sizeMs: number
  /**
   * Every task of ours has closed the windows that end here or before. Infinite where nothing is
   * open.
   */
  readonly watermarkMs: number
}

/** Compares the presence of a window in both jobs, as if it were a column. */
export const PRESENCE = "window"
/** Compares how many rows the Spark job wrote for a window, as if it were a column. */
export const COPIES = "copies"

export interface Tally {
  readonly name: string
  readonly verdict: Verdict
  readonly windows: number
  readonly largest: number | null
}

export interface Example {
  readonly name: string
  readonly verdict: Verdict
  readonly stream: string
  readonly startMs: number
  readonly difference: number | null
  readonly ours: string | null
  readonly theirs: string | null
}

export interface Moments {
  readonly both: number
  readonly only_ours: number
  /** Within an moment of ours, which is one row here and a row a window there. */
  readonly theirs_in_moments: number
  readonly only_theirs: number
  /** Written several times by the Spark job. */
  readonly duplicated_theirs: number
}

/** As a literal: `timestamp` columns are UTC. */
const at = (ms: number): string =>
  Number.isFinite(ms)
    ? `'${new Date(ms).toISOString().slice(0, -1)}'::timestamp`
    : `'${ms < 0 ? "-" : ""}infinity'::timestamp`

const epochMs = (value: string): string => `(extract(epoch FROM ${value}) * 1000)::float8`

export const tableOf = ({ schema, table }: Pick<Theirs, "schema" | "table">): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`

/**
 * A time of theirs in UTC. The session's zone is UTC, so a column with a zone comes out right, too.
 */
const utc = (column: string, { zone }: Theirs): string =>
  zone === undefined
    ? `${column}::timestamp`
    : `(${column}::timestamp AT TIME ZONE '${zone.replaceAll("'", "''")}' AT TIME ZONE 'UTC')`

const between = (column: string, { fromMs, toMs }: Pick<Scope, "fromMs" | "toMs">): string =>
  `${column} >= ${at(fromMs)} AND ${column} < ${at(toMs)}`

/** Which of the columns both have. */
export const commonColumns = (present: ReadonlySet<string>): ReadonlyArray<ComparedColumn> =>
  COLUMNS.filter(({ name }) => present.has(name))

const edgesOf = ({ ours, sizeMs, theirs }: Scope): Edges => ({
  "ours-beginning": `window_start < ${at(ours.firstMs + sizeMs)}`,
  "theirs-beginning": `window_start < ${at(theirs.firstMs + sizeMs)}`,
  "theirs-end": `window_start > ${at(theirs.lastMs - sizeMs)}`
})

const presence = (scope: Scope, edges: Edges): string => `CASE
  WHEN o_parts IS NOT NULL AND t_copies IS NOT NULL THEN 'equal'
  WHEN o_parts IS NOT NULL THEN ${verdictSql(
    [
      [edges["theirs-beginning"], "theirs-beginning"],
      [edges["theirs-end"], "theirs-end"],
      ["o_chat_count = 0", "viewers-only"]
    ],
    "only-ours"
  )}
  ELSE ${verdictSql(
    [
      [edges["ours-beginning"], "ours-beginning"],
      [`window_end > ${at(scope.watermarkMs)}`, "ours-open"],
      [
        "EXISTS (SELECT FROM gaps WHERE window_end > COALESCE(events_from, '-infinity') AND window_start <= COALESCE(events_to, 'infinity'))",
        "gap"
      ]
    ],
    "only-theirs"
  )} END`

/** Each window with, of each column, a verdict. */
const verdicts = (theirs: Theirs, scope: Scope, columns: ReadonlyArray<ComparedColumn>): string => {
  const edges = edgesOf(scope)
  const names = columns.map(({ name }) => name)
  const key = "stream_id, window_start, window_end"
  const judged = columns.map(
    ({ difference, name, otherwise, rules }) =>
      `('${name}', CASE WHEN o_parts IS NOT NULL AND t_copies IS NOT NULL THEN ${verdictSql(rules(edges), otherwise)} END, ${difference})`
  )
  return `WITH ours AS (
  SELECT ${key}, complete AS o_complete, parts AS o_parts, ${names.map((name) => `${name} AS o_${name}`).join(", ")}
  FROM chat_summary WHERE ${between("window_start", scope)}
), written AS (
  SELECT id, stream_id::text AS stream_id, ${utc("window_start", theirs)} AS window_start,
    ${utc("window_end", theirs)} AS window_end, ${names.join(", ")}
  FROM ${tableOf(theirs)}
), ranked AS (
  SELECT ${key}, ${names.map((name) => `${name} AS t_${name}`).join(", ")},
    count(*) OVER (PARTITION BY ${key}) AS t_copies,
    row_number() OVER (PARTITION BY ${key} ORDER BY id DESC) AS rank
  FROM written WHERE ${between("window_start", scope)}
), theirs AS (
  SELECT * FROM ranked WHERE rank = 1
), pairs AS (
  SELECT * FROM ours FULL JOIN theirs USING (${key})
), verdicts AS (
  SELECT pairs.*, judged.name, judged.verdict, judged.difference
  FROM pairs CROSS JOIN LATERAL (VALUES
    ('${PRESENCE}', ${presence(scope, edges)}, ${"NULL::float8"}),
    ('${COPIES}', CASE WHEN t_copies > 1 THEN 'appended' END, (t_copies - 1)::float8),
    ${judged.join(",\n    ")}
  ) AS judged (name, verdict, difference)
  WHERE judged.verdict IS NOT NULL
)`
}

/** {@link Tally} rows. */
export const tallies = (theirs: Theirs, scope: Scope, columns: ReadonlyArray<ComparedColumn>): string =>
  `${verdicts(theirs, scope, columns)}
SELECT name, verdict, count(*)::float8 AS windows, max(difference) AS largest FROM verdicts GROUP BY name, verdict`

/** {@link Example} rows: of each column and reason the `limit` with the largest differences. */
export const examples = (
  theirs: Theirs,
  scope: Scope,
  columns: ReadonlyArray<ComparedColumn>,
  limit: number
): string => {
  const text = (side: "o" | "t") =>
    `CASE name WHEN '${PRESENCE}' THEN ${side}_chat_count::text ${columns.map(({ name }) => `WHEN '${name}' THEN ${side}_${name}::text`).join(" ")} END`
  return `${verdicts(theirs, scope, columns)}
SELECT name, verdict, stream_id AS stream, ${epochMs("window_start")} AS "startMs", difference,
  ${text("o")} AS ours, ${text("t")} AS theirs
FROM (
  SELECT *, row_number()
    OVER (PARTITION BY name, verdict ORDER BY difference DESC NULLS LAST, window_start, stream_id) AS place
  FROM verdicts WHERE verdict <> 'equal'
) AS placed
WHERE place <= ${limit} AND name <> '${COPIES}' ORDER BY name, verdict, place`
}

/**
 * One row: the extents of both tables, the size of their windows, and the point up to which the
 * worker has closed windows. Values of an empty table are NULL.
 */
export const facts = (theirs: Theirs): string =>
  `SELECT ${epochMs("o.first")} AS "oursFirst", ${epochMs("o.last")} AS "oursLast", ${epochMs("o.size")} AS "oursSize",
  ${epochMs("t.first")} AS "theirsFirst", ${epochMs("t.last")} AS "theirsLast", ${epochMs("t.size")} AS "theirsSize",
  ${epochMs("(SELECT min(watermark) FROM checkpoints WHERE source_partition <> -3)")} AS watermark
FROM (SELECT min(window_start) AS first, max(window_start) AS last, max(window_end - window_start) AS size
    FROM chat_summary_minute) AS o,
  (SELECT min(${utc("window_start", theirs)}) AS first, max(${utc("window_start", theirs)}) AS last,
    max(window_end - window_start) AS size FROM ${tableOf(theirs)}) AS t`

/** The number of their busiest windows that {@link shift} searches for among ours. */
export const SHIFT_SAMPLE = 20

/**
 * At most one row, found with a sample of their windows. Moved by `minutes`, most of them meet one
 * of ours with equally many messages; `hits` counts these. Zones are whole quarters of an hour, and
 * at most 14 hours from UTC.
 */
export const shift = (theirs: Theirs, { firstMs, lastMs }: Extent): string => {
  const zones = 14 * 3_600_000
  return `WITH written AS (
  SELECT stream_id::text AS stream_id, ${utc("window_start", theirs)} AS window_start, chat_count
  FROM ${tableOf(theirs)}
), sample AS (
  SELECT stream_id, window_start, chat_count FROM written
  WHERE chat_count > 0 AND ${between("window_start", { fromMs: firstMs - zones, toMs: lastMs + zones })}
  ORDER BY chat_count DESC LIMIT ${SHIFT_SAMPLE}
)
SELECT (extract(epoch FROM o.window_start - s.window_start) / 60)::float8 AS minutes,
  count(DISTINCT (s.stream_id, s.window_start))::float8 AS hits
FROM sample AS s JOIN chat_summary_minute AS o ON o.stream_id = s.stream_id AND o.chat_count = s.chat_count
  AND o.window_start BETWEEN s.window_start - INTERVAL '14 hours' AND s.window_start + INTERVAL '14 hours'
WHERE mod(extract(epoch FROM o.window_start - s.window_start), 900) = 0
GROUP BY 1 ORDER BY hits DESC, abs(extract(epoch FROM min(o.window_start - s.window_start))) LIMIT 1`
}

const listed = (types: ReadonlyArray<string>): string => types.map((type) => `'${type}'`).join(", ")

/**
 * Whether our moment `m` can hold theirs, `t`: one rise of ours holds what several detectors of
 * theirs report.
 */
const HOLDS = `(t.moment_type = m.moment_type OR (m.moment_type IN (${listed(RISES)}) AND t.moment_type IN (${listed([...RISES, ...TURNS])})))`

/** One row, {@link Moments}. */
export const moments = (theirs: Theirs, scope: Scope): string => {
  const key = "stream_id, moment_type, timestamp"
  return `WITH ours AS (
  SELECT ${key} FROM moments WHERE ${between("timestamp", scope)} GROUP BY ${key}
), written AS (
  SELECT stream_id::text AS stream_id, moment_type::text AS moment_type, ${utc("timestamp", theirs)} AS timestamp
  FROM ${tableOf({ ...theirs, table: "moments" })}
), theirs AS (
  SELECT ${key}, count(*) AS copies FROM written WHERE ${between("timestamp", scope)} GROUP BY ${key}
), pairs AS (
  SELECT t.copies, o.stream_id IS NOT NULL AS is_ours, t.stream_id IS NOT NULL AS is_theirs,
    EXISTS (SELECT FROM moments AS m WHERE m.stream_id = t.stream_id AND ${HOLDS}
      AND t.timestamp BETWEEN m.timestamp - INTERVAL '${scope.sizeMs} milliseconds'
        AND COALESCE(m.ended_at, m.timestamp)) AS in_moment
  FROM ours AS o FULL JOIN theirs AS t
    ON o.stream_id = t.stream_id AND o.moment_type = t.moment_type AND o.timestamp = t.timestamp
)
SELECT count(*) FILTER (WHERE is_ours AND is_theirs)::float8 AS both,
  count(*) FILTER (WHERE NOT is_theirs)::float8 AS only_ours,
  count(*) FILTER (WHERE NOT is_ours AND in_moment)::float8 AS theirs_in_moments,
  count(*) FILTER (WHERE NOT is_ours AND NOT in_moment)::float8 AS only_theirs,
  count(*) FILTER (WHERE copies > 1)::float8 AS duplicated_theirs
FROM pairs`
}
