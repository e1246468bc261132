/**
 * A store in a schema of its own, with the contents of its tables, for tests against a real server.
 * The schema is dropped at the end.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { TablesConfig } from "../../src/config/AppConfig.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import type { DeadLetter } from "../../src/domain/DeadLetter.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import { slideOf } from "../../src/domain/Slide.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { PAYLOAD } from "../../src/query/DeadLetterRows.ts"
import type { RepairTables } from "../../src/sink/RepairTables.ts"
import type { ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"
import { decode } from "../../src/sink/postgres/PackedSums.ts"
import * as Database from "../../src/postgres/Database.ts"
import { quoteIdentifier } from "../../src/postgres/Identifier.ts"
import type { PostgresError } from "../../src/postgres/PostgresError.ts"
import * as PostgresRepair from "../../src/sink/postgres/PostgresRepair.ts"
import * as PostgresStore from "../../src/sink/postgres/PostgresStore.ts"
import { ResultTables, type StoredSample, type StoredNotification } from "../contract/ResultStoreContract.ts"
import { Postgres } from "./Postgres.ts"

export const storeConfig = (schema: string, over: Partial<TablesConfig> = {}): TablesConfig => ({
  schema,
  migrate: "auto",
  partitionBy: "month",
  retention: undefined,
  ...over
})

/** A pool and nothing else. It has room for the test's own sessions. */
export const pool = (options: Database.DatabaseOptions) =>
  Database.layer({ ...options, limits: { poolSize: 10, ...options.limits } })

/** A pool for a schema that is dropped with the layer. The schema itself is not made. */
export const database = (
  schema: string,
  limits: Partial<Database.SessionLimits> = {}
): Layer.Layer<SqlClient, PostgresError, Postgres> =>
  Layer.unwrap(
    Effect.map(Postgres, ({ postgres }) => {
      const dropped = Layer.effectDiscard(
        Effect.flatMap(SqlClient, (sql) =>
          Effect.addFinalizer(() =>
            sql.unsafe(`DROP SCHEMA IF EXISTS ${quoteIdentifier(schema)} CASCADE`).pipe(Effect.orDie)
          )
        )
      )
      return Layer.provideMerge(dropped, pool({ postgres, store: { schema }, limits }))
    })
  )

/** Repairs over the pool that is given. Its tables must exist. */
const repairs: Layer.Layer<RepairTables, ResultStoreError, Postgres | SqlClient> = Layer.unwrap(
  Effect.map(Postgres, ({ postgres }) => PostgresRepair.layerNoDeps({ postgres, store: storeConfig("") }))
)

/** The store over the pool that is given. */
export const store = (
  schema: string,
  over: Partial<TablesConfig> = {}
): Layer.Layer<ResultStore, ResultStoreError, Postgres | SqlClient> =>
  Layer.unwrap(
    Effect.map(Postgres, ({ postgres }) => PostgresStore.layerNoDeps({ postgres, store: storeConfig(schema, over) }))
  )

const epochMs = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

const sumsOf = (packed: Uint8Array): ReadonlyArray<number> => {
  const sums = decode(packed)
  if (sums === undefined) throw new Error("slide_sums do not decode")
  return sums
}

/** Reads the tables of the pool's schema. */
export const tables: Layer.Layer<ResultTables, never, SqlClient> = Layer.effect(
  ResultTables,
  Effect.map(SqlClient, (sql) => ({
    rows: sql
      .unsafe<SummaryRow & { packed: Uint8Array; sourcePartition: number; flush: bigint }>(
        `SELECT stream_id AS "stream", ${epochMs("window_start")} AS "startMs",
          ${epochMs("window_end")} AS "endMs", chat_count AS "chatCount",
          unique_chatters AS "uniqueChatters", avg_sentiment AS "avgSentiment",
          scored_count AS "scoredCount", positive_count AS "positiveCount",
          negative_count AS "negativeCount", chat_rate AS "chatRate",
          avg_viewers AS "avgViewers", top_emotes AS "topEmotes",
          COALESCE(emote_counts, '{}') AS "emoteCounts", complete AS "complete",
          z_score AS "zScore", is_anomaly AS "isAnomaly", slide_sums AS "packed",
          source_partition AS "sourcePartition", flush AS "flush"
        FROM chat_summary_minute`
      )
      .pipe(
        Effect.map((rows) =>
          rows
            .map(({ packed, ...row }) => ({
              ...row,
              ...slideOf(row.stream, row.endMs, sumsOf(packed)),
              flush: Number(row.flush)
            }))
            .toSorted(
              (a, b) =>
                a.endMs - b.endMs ||
                (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.sourcePartition - b.sourcePartition)
            )
        ),
        Effect.orDie
      ),
    samples: sql
      .unsafe<StoredSample & { sourcePartition: number; flush: bigint }>(
        `SELECT stream_id AS "stream", ${epochMs("timestamp")} AS "timestampMs", opened_as AS "openedAs",
          peak_end AS "peakEnd", content, source_partition AS "sourcePartition", flush
        FROM moment_samples ORDER BY timestamp, stream_id COLLATE "C", opened_as COLLATE "C", source_partition`
      )
      .pipe(
        Effect.map((samples) => samples.map((sample) => ({ ...sample, flush: Number(sample.flush) }))),
        Effect.orDie
      ),
    moments: sql
      .unsafe<Moment & { sourcePartition: number; flush: bigint }>(
        `SELECT stream_id AS "stream", moment_type AS "type", opened_as AS "openedAs",
          ${epochMs("timestamp")} AS "timestampMs", ${epochMs("ended_at")} AS "endedAtMs",
          intensity AS "intensity", description AS "description",
          metadata - 'z_score' AS "metadata", source_partition AS "sourcePartition",
          flush AS "flush"
        FROM moments`
      )
      .pipe(
        Effect.map((moments) =>
          moments
            .map((moment) => ({ ...moment, flush: Number(moment.flush) }))
            .toSorted(
              (a, b) =>
                a.timestampMs - b.timestampMs ||
                (a.stream < b.stream
                  ? -1
                  : a.stream > b.stream
                    ? 1
                    : a.openedAs < b.openedAs
                      ? -1
                      : a.openedAs > b.openedAs
                        ? 1
                        : 0)
            )
        ),
        Effect.orDie
      ),
    baselines: sql
      .unsafe<{
        stream: string
        numbers: ReadonlyArray<number>
        sizeMs: number
        slideMs: number
        sourcePartition: number
        flush: bigint
      }>(
        `SELECT stream_id AS "stream", numbers AS "numbers", size_ms AS "sizeMs",
          slide_ms AS "slideMs", source_partition AS "sourcePartition", flush AS "flush"
        FROM baselines ORDER BY source_partition, stream_id COLLATE "C"`
      )
      .pipe(
        Effect.map((baselines) =>
          baselines.map(({ flush, sizeMs, slideMs, ...baseline }) => ({
            ...baseline,
            window: { sizeMs, slideMs },
            flush: Number(flush)
          }))
        ),
        Effect.orDie
      ),
    broadcasts: sql
      .unsafe<Broadcast & { sourcePartition: number; flush: bigint }>(
        `SELECT stream_id AS "stream", ${epochMs("started_at")} AS "startedAtMs",
          ${epochMs("ended_at")} AS "endedAtMs", messages::float8 AS "messages", scored::float8 AS "scored",
          avg_sentiment AS "avgSentiment", avg_viewers AS "avgViewers", peak_viewers AS "peakViewers",
          ${epochMs("peak_viewers_at")} AS "peakViewersAtMs", peak_messages AS "peakMessages",
          ${epochMs("peak_messages_at")} AS "peakMessagesAtMs", peak_people AS "peakPeople",
          ${epochMs("peak_people_at")} AS "peakPeopleAtMs", source_partition AS "sourcePartition",
          flush AS "flush"
        FROM broadcasts`
      )
      .pipe(
        Effect.map((broadcasts) =>
          broadcasts
            .map((broadcast) => ({ ...broadcast, flush: Number(broadcast.flush) }))
            .toSorted(
              (a, b) =>
                a.startedAtMs - b.startedAtMs ||
                (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.sourcePartition - b.sourcePartition)
            )
        ),
        Effect.orDie
      ),
    gaps: sql
      .unsafe<
        Record<"topic", string> &
          Record<"partition", number> &
          Record<"fromOffset" | "toOffset", bigint> &
          Record<"from" | "to", number | null>
      >(
        `SELECT topic AS "topic", partition AS "partition", from_offset AS "fromOffset",
          to_offset AS "toOffset", ${epochMs("events_from")} AS "from",
          ${epochMs("events_to")} AS "to"
        FROM gaps ORDER BY topic COLLATE "C", partition, from_offset`
      )
      .pipe(
        Effect.map((gaps) =>
          gaps.map(({ from, to, ...gap }) => ({
            ...gap,
            eventsFromMs: from === null ? BEFORE_ALL : EventTimeMs(from),
            eventsToMs: to === null ? AFTER_ALL : EventTimeMs(to)
          }))
        ),
        Effect.orDie
      ),
    notifications: sql
      .unsafe<StoredNotification>(
        `SELECT target AS "target", id AS "id", source_partition AS "sourcePartition", stream_id AS "stream",
          ${epochMs("timestamp")} AS "timestampMs", opened_as AS "openedAs", moment_type AS "type",
          ${epochMs("ended_at")} AS "endedAtMs", intensity AS "intensity", description AS "description",
          flush::int4 AS "flush"
        FROM notifications ORDER BY created_at, target, id`
      )
      .pipe(Effect.orDie),
    deadLetters: sql
      .unsafe<DeadLetter>(
        `SELECT topic AS "topic", partition AS "partition", kafka_offset AS "offset",
          reason AS "reason", path AS "path", ${epochMs("record_timestamp")} AS "recordTimestampMs",
          ${PAYLOAD} AS "payload", payload_bytes AS "payloadBytes"
        FROM dead_letters d ORDER BY topic COLLATE "C", partition, kafka_offset`
      )
      .pipe(Effect.orDie),
    setSensitivity: ({ stream, threshold, type }) =>
      sql<{ readonly version: bigint }>`INSERT INTO sensitivity (version, stream_id, moment_type, threshold)
        SELECT coalesce(max(version), 0) + 1, ${stream}, ${type}, ${PgTypes.float8(threshold)} FROM sensitivity
        RETURNING version`.pipe(
        Effect.map(([row]) => ({ stream, threshold, type, version: Number(row?.version) })),
        Effect.orDie
      ),
    sensitivityApplied: sql
      .unsafe<{ sourcePartition: number; version: bigint; text: string; ms: number; flush: bigint }>(
        `SELECT source_partition AS "sourcePartition", version, from_end::text AS text,
          CASE WHEN isfinite(from_end) THEN ${epochMs("from_end")} END AS ms, flush
        FROM sensitivity_applied ORDER BY source_partition, version`
      )
      .pipe(
        Effect.map((all) =>
          all.map(({ flush, ms, sourcePartition, text, version }) => ({
            version: Number(version),
            fromEndMs: text === "-infinity" ? BEFORE_ALL : EventTimeMs(ms),
            sourcePartition,
            flush: Number(flush)
          }))
        ),
        Effect.orDie
      )
  }))
)

/** Store, repairs, tables and pool in a fresh schema. */
export const fresh = (
  over: Partial<TablesConfig> = {}
): Layer.Layer<ResultStore | RepairTables | ResultTables | SqlClient, PostgresError | ResultStoreError, Postgres> =>
  Layer.unwrap(
    Effect.map(Postgres, ({ freshSchema }) => {
      const schema = freshSchema()
      return Layer.mergeAll(repairs, tables).pipe(
        Layer.provideMerge(store(schema, over)),
        Layer.provideMerge(database(schema))
      )
    })
  )

/** Runs `body` with store, tables and pool in a fresh schema that no other test shares. */
export const inSchema = <A, E, R>(body: (schema: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const schema = (yield* Postgres).freshSchema()
    const layer = Layer.mergeAll(store(schema), tables).pipe(Layer.provideMerge(database(schema)))
    return yield* Effect.scoped(body(schema)).pipe(Effect.provide(Layer.fresh(layer)))
  })
