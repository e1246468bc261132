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

const StoredChange = Schema.Struct({
  version: Schema.BigInt,
  stream_id: Schema.NullOr(Schema.String),
  moment_type: Schema.NullOr(Schema.Literals(SENSITIVE_TYPES)),
  threshold: Schema.NullOr(Schema.Finite)
})

const storedChanges = rowsOf(StoredChange)

const changeOf = ({ moment_type, stream_id, threshold, version }: typeof StoredChange.Type): SensitivityChange => ({
  version: Number(version),
  stream: stream_id,
  type: moment_type,
  threshold
})

/** Changes after a version, ascending. At most MAX_CHANGES: the table holds no more. */
export const readChanges = Effect.fnUntraced(function* (afterVersion: number) {
  const sql = yield* SqlClient
  const rows = yield* storedChanges(
    sql`SELECT version, stream_id, moment_type, threshold FROM sensitivity
      WHERE version > ${int8(afterVersion)} ORDER BY version`
  )
  return rows.map(changeOf)
})

/** Newest changes of each key up to version $1, and all those after it up to version $2. */
const NEEDED = `
SELECT version, stream_id, moment_type, threshold FROM (
  SELECT DISTINCT ON (stream_id, moment_type) version, stream_id, moment_type, threshold FROM sensitivity
  WHERE version <= $1 ORDER BY stream_id, moment_type, version DESC) newest
WHERE threshold IS NOT NULL
UNION ALL
SELECT version, stream_id, moment_type, threshold FROM sensitivity WHERE version > $1 AND version <= $2
ORDER BY version`

/**
 * The changes that a task needs, ascending: the overrides in force at its first step, and the
 * changes after it up to its last step. The former are at most MAX_OVERRIDES.
 */
export const readNeeded = Effect.fnUntraced(function* (firstVersion: number, lastVersion: number) {
  const sql = yield* SqlClient
  const rows = yield* storedChanges(sql.unsafe(NEEDED, [int8(firstVersion), int8(lastVersion)]))
  return rows.map(changeOf)
})

const NO_STEPS: ReadonlyArray<SensitivityStep> = []

const storedApplied = rowsOf(Schema.Struct({ version: Schema.BigInt, from_ms: Schema.NullOr(Schema.Number) }))

/** The steps of a task, ascending. Only the changes that they need are read. */
export const readSteps = Effect.fnUntraced(function* (sourcePartition: number, sinceMs: number) {
  const sql = yield* SqlClient
  const rows = yield* storedApplied(
    sql`SELECT version,
        CASE WHEN isfinite(from_end) THEN (extract(epoch FROM from_end) * 1000)::float8 END AS from_ms
      FROM sensitivity_applied WHERE source_partition = ${PgTypes.int4(sourcePartition)} ORDER BY version`
  )
  const applied = rows.map(({ from_ms, version }): SensitivityApplied => ({
    version: Number(version),
    fromEndMs: from_ms === null ? BEFORE_ALL : EventTimeMs(from_ms)
  }))
  const first = applied.findLast(({ fromEndMs }) => fromEndMs < sinceMs) ?? applied[0]
  const last = applied.at(-1)
  if (first === undefined || last === undefined) return NO_STEPS
  return stepsOf(yield* readNeeded(first.version, last.version), applied, sinceMs)
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
