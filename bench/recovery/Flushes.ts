/**
 * Every flush with its size and time: from a trigger in its transaction, and from the worker's log
 * line when it is durable.
 */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { linesWith } from "../../test/harness/WorkerLog.ts"

export interface FlushSize {
  readonly task: number
  readonly flush: number
  readonly records: number
  readonly rows: number
  /** Start of its transaction. */
  readonly begunAtMs: number
  /** When it was durable, and Kafka durable. */
  readonly doneAtMs: number
}

/** Call it before the worker starts. */
export const noteFlushes = Effect.fnUntraced(function* (sql: SqlClient, schema: string) {
  yield* sql.unsafe(
    `CREATE TABLE ${schema}.bench_flushes (task INTEGER, flush BIGINT, records BIGINT, begun_at TIMESTAMPTZ)`
  )
  yield* sql.unsafe(
    `CREATE FUNCTION ${schema}.bench_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO ${schema}.bench_flushes VALUES (
        NEW.source_partition, NEW.flush, (NEW.status ->> 'records')::bigint, clock_timestamp());
      RETURN NULL;
    END $$`
  )
  yield* sql.unsafe(
    `CREATE TRIGGER bench_note AFTER UPDATE ON ${schema}.checkpoints
      FOR EACH ROW WHEN (NEW.flush > OLD.flush) EXECUTE FUNCTION ${schema}.bench_note()`
  )
})

const DURABLE = /^Task (\d+) committed flush (\d+): (\d+) rows$/

/** All flushes that the worker has durable of, in the order of their transactions. */
export const readFlushes = Effect.fnUntraced(function* (sql: SqlClient, schema: string, output: string) {
  const durable = new Map(
    linesWith(output, " committed flush ").flatMap(({ atMs, message }) => {
      const [, task, flush, rows] = DURABLE.exec(message) ?? []
      return task === undefined ? [] : [[`${task}:${flush}`, { doneAtMs: atMs, rows: Number(rows) }] as const]
    })
  )
  const noted = yield* sql.unsafe<Omit<FlushSize, "rows" | "doneAtMs">>(
    `SELECT task, flush::float8 AS flush, records::float8 AS records,
      (extract(epoch FROM begun_at) * 1000)::float8 AS "begunAtMs"
    FROM ${schema}.bench_flushes ORDER BY begun_at`
  )
  return noted.flatMap((flush): ReadonlyArray<FlushSize> => {
    const line = durable.get(`${flush.task}:${flush.flush}`)
    return line === undefined ? [] : [{ ...flush, ...line }]
  })
})
