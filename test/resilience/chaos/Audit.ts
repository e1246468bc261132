/**
 * Every change of a checkpoint, recorded by a trigger in the transaction that makes it. Rows are
 * upserts of values that depend only on the log. So the tables may be right at the end although two
 * owners wrote at once. The history of the checkpoints reveals it.
 */
import { Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import * as PostgresStore from "../../../src/sink/postgres/PostgresStore.ts"
import { storeConfig } from "../../harness/PostgresTables.ts"
import type { OracleCounts } from "../../oracle/Recount.ts"

/** The counts of a flush, which include every record once. */
const COUNTED = ["records", "events", "late", "deadLetters", "tombstones", "droppedChatPairs"] as const

/** One change of a checkpoint. */
export interface Change {
  readonly task: number
  readonly epoch: number
  readonly flush: number
  readonly owner: string
  readonly counts: Readonly<Record<(typeof COUNTED)[number], number>>
}

/** Makes the tables and puts the trigger on them. To be called before the first worker starts. */
export const install = (sql: SqlClient, postgres: PostgresConfig, schema: string) =>
  Effect.gen(function* () {
    yield* Effect.scoped(Layer.build(PostgresStore.layer({ postgres, store: storeConfig(schema) })))
    yield* sql.unsafe(
      `CREATE TABLE ${schema}.chaos_history (id BIGINT GENERATED ALWAYS AS IDENTITY, task INTEGER, epoch BIGINT, flush BIGINT, status JSONB)`
    )
    yield* sql.unsafe(
      `CREATE FUNCTION ${schema}.chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ${schema}.chaos_history (task, epoch, flush, status)
        VALUES (NEW.source_partition, NEW.epoch, NEW.flush, NEW.status);
        RETURN NULL;
      END $$`
    )
    yield* sql.unsafe(
      `CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON ${schema}.checkpoints
        FOR EACH ROW EXECUTE FUNCTION ${schema}.chaos_note()`
    )
  })

/**
 * All changes, each task's in the order in which they were committed: the lock on the checkpoint's
 * row makes one.
 */
export const history = (sql: SqlClient, schema: string) =>
  sql.unsafe<Change>(
    `SELECT task, epoch::float8 AS epoch, flush::float8 AS flush, coalesce(status ->> 'owner', '') AS owner,
      jsonb_build_object(
        ${COUNTED.map((name) => `'${name}', coalesce((status ->> '${name}')::float8, 0)`).join(", ")}
      ) AS counts
    FROM ${schema}.chaos_history ORDER BY id`
  )

/** Errors in one task's history, and in the sums of its flushes' counts. Empty = none. */
export const audit = (
  task: number,
  changes: ReadonlyArray<Change>,
  expected: Pick<OracleCounts, (typeof COUNTED)[number]>
): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const sums = { records: 0, events: 0, late: 0, deadLetters: 0, tombstones: 0, droppedChatPairs: 0 }
  let before: Change | undefined
  for (const change of changes) {
    const { epoch, flush, owner } = change
    if (before !== undefined) {
      const isTakeOver = epoch === before.epoch + 1 && flush === before.flush
      const isFlush = epoch === before.epoch && flush === before.flush + 1 && owner === before.owner
      if (!isTakeOver && !isFlush) {
        problems.push(
          `task ${task}: epoch ${epoch}, flush ${flush} of ${owner} came after epoch ${before.epoch}, flush ${before.flush} of ${before.owner}`
        )
      }
      if (flush !== before.flush) for (const name of COUNTED) sums[name] += change.counts[name]
    }
    before = change
  }
  for (const name of COUNTED) {
    if (sums[name] !== expected[name]) {
      problems.push(`task ${task}: its flushes counted ${sums[name]} ${name}, the log holds ${expected[name]}`)
    }
  }
  return problems
}
