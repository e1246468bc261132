/** The tables of a month, filled by SQL. A worker would need a month to write them. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import * as Partitions from "../../src/sink/postgres/Partitions.ts"
import { startTask } from "../../test/harness/ApiWorld.ts"

const SLIDE_MS = 10_000
const SIZE_MS = 60_000
const DAY_MS = 86_400_000

/** Windows that start in the last hour and in the last thirty days. */
const HOUR = 360
const MONTH = 30 * 8640

export interface Month {
  readonly streams: number
  /** Streams that were live all month. */
  readonly always: number
  /** Windows that each of the others was live for some time ago. */
  readonly past: number
  readonly tasks: number
  readonly moments: number
  readonly deadLetters: number
}

export interface Filled {
  /** End of the last window. */
  readonly endMs: number
  readonly rows: number
  readonly bytes: number
}

/** A number from 0 (closed) to `below` (open) that follows from the others. */
const drawn = (below: number | string, ...from: ReadonlyArray<string>): string =>
  `(abs(hashint8((${from.join(")::bigint * 1000003 + (")})::bigint)::bigint) % (${below}))`

const name = (stream: string): string => `'stream_' || lpad((${stream})::text, 6, '0')`

/** `w` numbers the windows of the month from 0, `s` the streams. */
const rowsOf = (month: Month, endMs: number, from: string): string => `
INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count, unique_chatters,
  avg_sentiment, positive_count, negative_count, chat_rate, avg_viewers,
  top_emotes, z_score, is_anomaly, source_partition, flush, complete)
SELECT ${name("s")}, start, start + interval '1 minute', n, n / 2 + 1,
  ${drawn(2000, "s", "w")} / 1000.0 - 1, n / 3, n / 5, n / 60.0, n * 7.5,
  CASE ${drawn(4, "s", "w")} WHEN 0 THEN '{}'::text[] WHEN 1 THEN '{Kappa}' ELSE '{Kappa,LUL,PogChamp}' END,
  z, abs(z) >= 3, s % ${month.tasks}, w + 1, TRUE
FROM (
  SELECT s, w, TIMESTAMP '1970-01-01'
      + (${endMs - SIZE_MS - (MONTH - 1) * SLIDE_MS} + w::bigint * ${SLIDE_MS}) * interval '1 millisecond' AS start,
    ${drawn(`200 + 20000 / (s + 1)`, "s", "w")}::int AS n, ${drawn(7000, "w", "s")} / 1000.0 - 3.5 AS z
  FROM (${from}) AS windows (s, w)
) AS drawn`

const sources = (month: Month): ReadonlyArray<string> => [
  `SELECT s, w FROM generate_series(0, ${month.streams - 1}) s, generate_series(${MONTH - HOUR}, ${MONTH - 1}) w`,
  `SELECT s, w FROM generate_series(0, ${month.always - 1}) s, generate_series(0, ${MONTH - HOUR - 1}) w`,
  `SELECT s, first + n FROM generate_series(${month.always}, ${month.streams - 1}) s,
    LATERAL (SELECT ${drawn(MONTH - HOUR - month.past, "s", "7")} AS first) f,
    generate_series(0, ${month.past - 1}) n`
]

const TYPES = "(ARRAY['chat_spike', 'chat_drop', 'viewer_surge', 'viewer_drop', 'sentiment_shift', 'raid', 'hype'])"

/** One in ten thousand is strong. */
const momentsOf = (month: Month, endMs: number): string => `
INSERT INTO moments (stream_id, timestamp, ended_at, moment_type, opened_as, description, intensity, metadata,
  detected_at, source_partition, flush)
SELECT ${name("s")}, at, at + interval '1 minute', type, type,
  '412 messages in 20 seconds, 4.2 times the usual 98, from 200 people; half of them laughed.',
  CASE WHEN ${drawn(10_000, "n", "3")} = 0 THEN 50 ELSE 3 + ${drawn(1000, "n", "5")} / 100.0 END,
  jsonb_build_object('peak_end', '2026-01-01T00:01:00.000Z', 'peak_start', '2026-01-01T00:00:50.000Z',
    'span_seconds', 20,
    'parts', jsonb_build_object('chat', 4.5), 'people', 200, 'usual_people', 61.5,
    'people_deviation', 12.5, 'messages', 412, 'usual_messages', 98.3,
    'unison', 104, 'usual_unison', 6.1, 'shared', 'LAUGHTER',
    'repeated_text', 'KEKW', 'repeated_messages', 90, 'repeated_people', 81,
    'viewers', NULL, 'usual_viewers', NULL, 'mood', NULL, 'usual_mood', NULL,
    'broadcast_start', NULL),
  at, s % ${month.tasks}, w + 1
FROM (
  SELECT n, s, w, ${TYPES}[1 + n % 7] AS type,
    TIMESTAMP '1970-01-01' + (${endMs - (MONTH - 1) * SLIDE_MS} + w * ${SLIDE_MS}) * interval '1 millisecond' AS at
  FROM (SELECT n, ${drawn(month.streams, "n", "11")} AS s, n * ${MONTH - 1}::bigint / ${month.moments} AS w
    FROM generate_series(1, ${month.moments}) n) AS drawn
) AS moments
ON CONFLICT DO NOTHING`

/** One in a hundred thousand is too large: the rare reason. */
const deadLettersOf = (month: Month, endMs: number): string => `
INSERT INTO dead_letters (topic, partition, kafka_offset, reason, path, record_timestamp, payload,
  payload_bytes, dead_at)
SELECT CASE WHEN n % 1000 = 0 THEN 'telemetra.events.viewer' ELSE 'telemetra.events.chat' END, n % ${month.tasks}, n,
  CASE WHEN n % 100000 = 7 THEN 'too-large' WHEN n % 3 = 0 THEN 'invalid-json' ELSE 'invalid-event' END,
  'user_id', at, '\\x7b7d', 2, at
FROM (
  SELECT n, TIMESTAMP '1970-01-01'
    + (${endMs} - (${month.deadLetters} - n)::bigint
    * ${Math.floor((30 * DAY_MS) / month.deadLetters)}) * interval '1 millisecond' AS at
  FROM generate_series(1, ${month.deadLetters}) n
) AS letters`

/**
 * Fills the schema's tables, whose tasks have committed nothing yet, in minutes: no statement
 * timeout may be shorter. `endMs` is a multiple of ten seconds.
 */
export const fill = Effect.fn("bench.fill")(function* (month: Month, endMs: number) {
  const sql = yield* SqlClient
  const partitions = yield* Partitions.make("day")
  yield* partitions.ensure(Array.from({ length: 32 }, (_, days) => endMs - days * DAY_MS))
  for (let task = 0; task < month.tasks; task++) {
    const { commit } = yield* startTask({ sourcePartition: task })
    yield* commit({}, { watermarkMs: EventTimeMs(endMs) })
  }
  const statements = [
    ...sources(month).map((from) => rowsOf(month, endMs, from)),
    momentsOf(month, endMs),
    deadLettersOf(month, endMs),
    `UPDATE checkpoints SET flush = ${MONTH}`
  ]
  for (const statement of statements) yield* sql.unsafe(statement)
  // Autovacuum does the same over time.
  yield* sql.unsafe("VACUUM ANALYZE")
  const [size] = yield* sql.unsafe<{ rows: number; bytes: number }>(`
    SELECT (SELECT count(*) FROM chat_summary_minute)::float8 AS rows,
      (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r')::float8 AS bytes`)
  return { endMs, rows: size?.rows ?? 0, bytes: size?.bytes ?? 0 } satisfies Filled
})
