/** Writes and deletes the content that moments quote: table `moment_samples`. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { ChatContent } from "../../domain/ChatContent.ts"
import type { Moment } from "../../domain/Moment.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { insertMoments, keysOf, repairMoments, storing, type Writer } from "./Insert.ts"

/** A moment in the step that brings its content. */
type Quoting = Moment & { readonly content: ChatContent }

/** The moments that bring their content. */
const quoting = (moments: ReadonlyArray<Moment>): ReadonlyArray<Quoting> =>
  moments.flatMap((moment) => (moment.content === undefined ? [] : [{ ...moment, content: moment.content }]))

const UPSERT = `
INSERT INTO moment_samples AS s (stream_id, timestamp, opened_as, peak_end, content, source_partition, flush)
SELECT r.*, $6, $7 FROM unnest($1, $2, $3, $4, $5) AS r (stream_id, timestamp, opened_as, peak_end, content)
ON CONFLICT (source_partition, stream_id, timestamp, opened_as) DO UPDATE
SET peak_end = EXCLUDED.peak_end, content = EXCLUDED.content, flush = EXCLUDED.flush`

const REPAIR = `${UPSERT}
WHERE (s.peak_end, s.content) IS DISTINCT FROM (EXCLUDED.peak_end, EXCLUDED.content)
RETURNING s.stream_id, s.timestamp::text AS timestamp, s.opened_as`

const write = Effect.fnUntraced(function* (
  statement: string,
  { flush, sourcePartition }: Writer,
  moments: ReadonlyArray<Quoting>
) {
  const sql = yield* SqlClient
  return sql.unsafe(statement, [
    column(moments, OID.text, (m) => m.stream),
    column(moments, OID.timestamp, (m) => m.timestampMs),
    column(moments, OID.text, (m) => m.openedAs),
    column(moments, OID.text, (m) => m.metadata.peak_end),
    column(moments, OID.jsonb, (m) => m.content),
    PgTypes.int4(sourcePartition),
    int8(flush)
  ])
})

/** Writes moments of different keys, and the content of those that bring one. */
export const insertQuotedMoments =
  (writer: Writer) =>
  (moments: ReadonlyArray<Moment>): Effect.Effect<void, SqlError, SqlClient> => {
    const written = insertMoments(writer)(moments)
    const quotes = quoting(moments)
    if (quotes.length === 0) return written
    return Effect.andThen(
      written,
      Effect.flatMap(write(UPSERT, writer, quotes), (statement) => storing("moment_samples", quotes.length, statement))
    )
  }

/**
 * Writes the moments whose row or content differs from the stored one, and returns their number. A
 * moment without content keeps the stored one: the replay quotes nothing.
 */
export const repairQuotedMoments = Effect.fnUntraced(function* (writer: Writer, moments: ReadonlyArray<Moment>) {
  const written = yield* repairMoments(writer, moments)
  const quotes = quoting(moments)
  if (quotes.length === 0) return written.length
  const quoted = yield* keysOf(Effect.flatten(write(REPAIR, writer, quotes)))
  return new Set([...written, ...quoted].map((key) => JSON.stringify([key.stream_id, key.timestamp, key.opened_as])))
    .size
})

/** Skips rows in use, so that it waits for no flush, and no flush for it in a circle. */
const DELETE_OLD = `
DELETE FROM moment_samples WHERE (source_partition, stream_id, timestamp, opened_as) IN (
  SELECT source_partition, stream_id, timestamp, opened_as FROM moment_samples
  WHERE timestamp < (now() AT TIME ZONE 'UTC') - $1 * interval '1 millisecond'
  FOR UPDATE SKIP LOCKED)`

/**
 * Deletes the samples of moments that began longer ago. Event time is compared with the clock:
 * people whose texts are stored count on it.
 */
export const deleteOldSamples = (retentionMs: number): Effect.Effect<void, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.unsafe(DELETE_OLD, [PgTypes.float8(retentionMs)])
  })
