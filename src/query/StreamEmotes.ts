/** Reads how often emotes occur in one stream over a time range, step by step. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { StreamEmotes } from "../api/Emotes.ts"
import { BadRequest } from "../api/Problems.ts"
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { column, OID } from "../postgres/Column.ts"
import type { TimeRange } from "../postgres/PartitionSpans.ts"
import { boundsOf, rangeOf, spansWithin, type StreamRange } from "./InSpans.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

interface EmotesQuery extends StreamRange {
  /** Seconds. */
  readonly step?: number
  /** Without them: the most frequent ones. */
  readonly emote?: ReadonlyArray<string>
}

const MOST_STEPS = 1000
/** Emotes that are shown if the request names none. */
const SHOWN = 5
const MOST_FOUND = 30
const STANDARD_STEPS = 360
/** The slide by default. A step is a multiple of it, so that every step contains a window. */
const SLIDE_S = 10

const standardStep = ({ fromMs, toMs }: TimeRange): number =>
  Math.max(1, Math.ceil((toMs - fromMs) / 1000 / STANDARD_STEPS / SLIDE_S)) * SLIDE_S

/** $1 to $3: the stream and the range of its windows. */
const OF_STREAM = "stream_id = $1 AND window_start >= $2 AND window_start < $3"

/** The parts of a split stream are added up. */
const SELECT_FOUND = `
SELECT emote, max(count) AS count FROM (
  SELECT e.emote, sum(e.count)::float8 AS count
  FROM chat_summary_minute, LATERAL unnest(top_emotes, emote_counts) AS e (emote, count)
  WHERE ${OF_STREAM} AND e.emote IS NOT NULL
  GROUP BY window_start, window_end, e.emote
) AS windows
GROUP BY emote ORDER BY count DESC NULLS LAST, emote COLLATE "C" LIMIT $4`

const Found = Schema.Struct({ emote: Schema.String, count: Schema.NullOr(Schema.Int) })
const foundOf = rowsOf(Found)

/**
 * $4: the step in seconds, $5: the emotes. A step without any of them has one row, without emote.
 * `counted` is false if all windows of the step lack counts.
 */
const SELECT_COUNTS = `
SELECT step, emote, max(count) AS count, bool_or(counted) AS counted FROM (
  SELECT date_bin($4 * interval '1 second', window_start, TIMESTAMP '1970-01-01') AS step, e.emote,
    sum(e.count)::float8 AS count, bool_or(emote_counts IS NOT NULL OR top_emotes = '{}') AS counted
  FROM chat_summary_minute
  LEFT JOIN LATERAL (
    SELECT * FROM unnest(top_emotes, emote_counts) AS u (emote, count) WHERE u.emote = ANY ($5)
  ) AS e ON TRUE
  WHERE ${OF_STREAM}
  GROUP BY window_start, window_end, e.emote
) AS windows
GROUP BY step, emote`

const countsOf = rowsOf(
  Schema.Struct({
    step: Timestamp,
    emote: Schema.NullOr(Schema.String),
    count: Schema.NullOr(Schema.Int),
    counted: Schema.NullOr(Schema.Boolean)
  })
)

/** The most frequent emotes of the range, each with its greatest count in one window. */
const readFound = Effect.fnUntraced(function* (stream: string, spans: ReadonlyArray<TimeRange>) {
  const sql = yield* SqlClient
  const found = new Map<string, number | null>()
  for (const span of spans) {
    const rows = yield* foundOf(
      sql.unsafe(SELECT_FOUND, [PgTypes.text(stream), ...boundsOf(span), PgTypes.int4(MOST_FOUND)]).unprepared
    )
    for (const { count, emote } of rows) found.set(emote, greater(found.get(emote), count))
  }
  return [...found]
    .map(([emote, count]) => ({ emote, count }))
    .toSorted((a, b) => (b.count ?? -1) - (a.count ?? -1) || byCodeUnit(a.emote, b.emote))
    .slice(0, MOST_FOUND)
})

const greater = (known: number | null | undefined, count: number | null): number | null =>
  known === undefined || known === null ? count : Math.max(known, count ?? known)

interface Step {
  /** Whether any window of the step has counts. */
  counted: boolean
  readonly counts: Map<string, number | null>
}

/** The steps that contain a window, ascending by start. */
const readCounts = Effect.fnUntraced(function* (
  stream: string,
  spans: ReadonlyArray<TimeRange>,
  step: number,
  emotes: ReadonlyArray<string>
) {
  const sql = yield* SqlClient
  const steps = new Map<number, Step>()
  for (const span of spans) {
    const rows = yield* countsOf(
      sql.unsafe(SELECT_COUNTS, [
        PgTypes.text(stream),
        ...boundsOf(span),
        PgTypes.float8(step),
        column(emotes, OID.text, (emote) => emote)
      ]).unprepared
    )
    for (const { count, counted, emote, step: startMs } of rows) {
      const known = steps.get(startMs) ?? { counted: false, counts: new Map<string, number | null>() }
      steps.set(startMs, known)
      known.counted ||= counted === true
      if (emote !== null) known.counts.set(emote, greater(known.counts.get(emote), count))
    }
  }
  return [...steps].toSorted(([a], [b]) => a - b)
})

/**
 * Reads the emotes twice over the stream's windows in the range: once to find the most frequent
 * ones, once to count the shown ones. Windows overlap, so a step has the greatest count of one
 * window: a sum would count a message several times.
 */
export const readEmotes = Effect.fnUntraced(function* (query: EmotesQuery) {
  const { stream } = query
  const range = yield* rangeOf(query)
  const step = query.step ?? standardStep(range)
  if ((range.toMs - range.fromMs) / 1000 > step * MOST_STEPS) {
    return yield* new BadRequest({
      detail: `step: the range has more than ${MOST_STEPS} steps; use at least ${Math.ceil((range.toMs - range.fromMs) / 1000 / MOST_STEPS)} seconds`
    })
  }
  const spans = yield* spansWithin(range.fromMs, range.toMs)
  const found = yield* readFound(stream, spans)
  const emotes = [...new Set(query.emote ?? found.slice(0, SHOWN).map(({ emote }) => emote))]
  const steps = yield* readCounts(stream, spans, step, emotes)
  const answer: StreamEmotes = {
    step,
    starts: steps.map(([startMs]) => startMs),
    emotes: emotes.map((emote) => ({
      emote,
      counts: steps.map(([, { counted, counts }]) => counts.get(emote) ?? (counted ? 0 : null))
    })),
    found
  }
  return answer
})
