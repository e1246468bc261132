/** Tables `sensitivity` and `sensitivity_applied`, as the worker reads and writes them. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { BEFORE_ALL, EventTimeMs } from "../../domain/EventTime.ts"
import {
  SENSITIVE_TYPES,
  type SensitivityApplied,
  type SensitivityChange,
  type SensitivityStep,
  stepsOf
} from "../../domain/Sensitivity.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import type { Writer } from "./Insert.ts"

const storedChanges = rowsOf(
  Schema.Struct({
    version: Schema.BigInt,
    stream_id: Schema.NullOr(Schema.String),
    moment_type: Schema.NullOr(Schema.Literals(SENSITIVE_TYPES)),
    threshold: Schema.NullOr(Schema.Finite)
  })
)

/** Changes after a version, ascending. At most MAX_CHANGES: the table holds no more. */
export const readChanges = Effect.fnUntraced(function* (afterVersion: number) {
  const sql = yield* SqlClient
  const rows = yield* storedChanges(
    sql`SELECT version, stream_id, moment_type, threshold FROM sensitivity
      WHERE version > ${int8(afterVersion)} ORDER BY version`
  )
  return rows.map((row): SensitivityChange => ({
    version: Number(row.version),
    stream: row.stream_id,
    type: row.moment_type,
    threshold: row.threshold
  }))
})

const storedApplied = rowsOf(Schema.Struct({ version: Schema.BigInt, from_ms: Schema.NullOr(Schema.Number) }))

/** The steps of a task, ascending. Without an applied version, the changes are not read. */
export const readSteps = Effect.fnUntraced(function* (sourcePartition: number, sinceMs: number) {
  const sql = yield* SqlClient
  const rows = yield* storedApplied(
    sql`SELECT version,
        CASE WHEN isfinite(from_end) THEN (extract(epoch FROM from_end) * 1000)::float8 END AS from_ms
      FROM sensitivity_applied WHERE source_partition = ${PgTypes.int4(sourcePartition)} ORDER BY version`
  )
  if (rows.length === 0) {
    const none: ReadonlyArray<SensitivityStep> = []
    return none
  }
  const applied = rows.map(({ from_ms, version }): SensitivityApplied => ({
    version: Number(version),
    fromEndMs: from_ms === null ? BEFORE_ALL : EventTimeMs(from_ms)
  }))
  return stepsOf(yield* readChanges(0), applied, sinceMs)
})

/** The same version again keeps its first window. */
const INSERT_APPLIED = `
INSERT INTO sensitivity_applied (source_partition, version, from_end, flush)
SELECT $3, a.version,
  CASE WHEN a.from_ms = '-Infinity' THEN '-infinity' ELSE timestamp 'epoch' + a.from_ms * interval '1 millisecond' END,
  $4
FROM unnest($1, $2) AS a (version, from_ms)
ON CONFLICT (source_partition, version) DO NOTHING`

/** Writes the versions that a task applied, within the transaction of its flush. */
export const insertApplied = (
  { flush, sourcePartition }: Writer,
  applied: ReadonlyArray<SensitivityApplied>
): Effect.Effect<void, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.unsafe(INSERT_APPLIED, [
      column(applied, OID.int8, ({ version }) => BigInt(version)),
      column(applied, OID.float8, ({ fromEndMs }) => fromEndMs),
      PgTypes.int4(sourcePartition),
      int8(flush)
    ])
  })
