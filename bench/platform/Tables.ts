/**
 * Queries over the worker's tables: rows by window and transaction, progress of the tasks, disk
 * space.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** Rows of one task and window that one transaction wrote. */
export interface Commit {
  readonly task: number
  readonly endMs: number
  readonly rows: number
  readonly chats: number
  /** As PostgreSQL keeps it: when the transaction was about to write its commit to the disk. */
  readonly committedMs: number
}

/** The server keeps the times of commits. */
export const readCommits = (sql: SqlClient, schema: string) =>
  sql.unsafe<Commit>(
    `SELECT source_partition AS task, (extract(epoch FROM window_end) * 1000)::float8 AS "endMs",
      count(*)::float8 AS rows, sum(chat_count)::float8 AS chats,
      (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS "committedMs"
    FROM ${schema}.chat_summary_minute GROUP BY source_partition, window_end, xmin`
  )

export interface Standing {
  readonly tasks: number
  /** Committed records. */
  readonly records: number
  /** Whether a task has emitted a window in part: more rows of the records follow. */
  readonly emitting: boolean
  readonly flushes: number
  /** The lowest watermark of all tasks; -Infinity before its first event. */
  readonly watermarkMs: number
  readonly lastCommitMs: number
}

/** Reports no tasks if the table does not exist yet. */
export const readStanding = (sql: SqlClient, schema: string) =>
  Effect.gen(function* () {
    const [found] = yield* sql.unsafe<{ made: boolean }>(
      `SELECT to_regclass('${schema}.checkpoints') IS NOT NULL AS made`
    )
    const none: Standing = {
      tasks: 0,
      records: 0,
      emitting: false,
      flushes: 0,
      watermarkMs: Number.NEGATIVE_INFINITY,
      lastCommitMs: Number.NaN
    }
    if (found?.made !== true) return none
    const [standing] = yield* sql.unsafe<Standing>(
      `SELECT count(*)::float8 AS tasks, coalesce(sum(flush), 0)::float8 AS flushes,
        coalesce(sum((
          SELECT sum((input ->> 'nextOffset')::float8) FROM jsonb_array_elements(inputs) AS input)), 0) AS records,
        coalesce(bool_or(settings ? 'emitted'), false) AS emitting,
        CASE WHEN count(watermark) < count(*) OR count(*) = 0 THEN '-Infinity'
          ELSE (extract(epoch FROM min(watermark)) * 1000)::float8 END AS "watermarkMs",
        coalesce((extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) * 1000)::float8, 'NaN') AS "lastCommitMs"
      FROM ${schema}.checkpoints`
    )
    return standing ?? none
  })

export interface Room {
  /** Bytes of the rows' table, indexes included. */
  readonly total: number
  readonly indexes: number
}

export const readRoom = (sql: SqlClient, schema: string) =>
  Effect.map(
    sql.unsafe<Room>(
      `SELECT sum(pg_total_relation_size(inhrelid))::float8 AS total, sum(pg_indexes_size(inhrelid))::float8 AS indexes
      FROM pg_inherits WHERE inhparent = '${schema}.chat_summary_minute'::regclass`
    ),
    ([room]): Room => room ?? { total: Number.NaN, indexes: Number.NaN }
  )

/** Bytes that the server has written into its write-ahead log since it was made. */
export const readWal = (sql: SqlClient) =>
  Effect.map(
    sql.unsafe<{ bytes: number }>("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS bytes"),
    ([row]) => row?.bytes ?? Number.NaN
  )
