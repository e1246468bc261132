/**
 * Everything that a schema holds, as text: definitions from the catalogs and every row with its
 * place. Two equal snapshots mean an untouched schema.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

const DEFINITIONS: ReadonlyArray<string> = [
  `SELECT (c.relname, c.relkind, c.relpersistence, c.relreplident, c.relfilenode, c.relowner, c.relrowsecurity,
    c.relforcerowsecurity, c.relacl,
    pg_get_expr(c.relpartbound, c.oid))::text FROM pg_class c WHERE c.relnamespace = $1::regnamespace`,
  `SELECT (c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
    a.attidentity, a.attgenerated,
    a.attcollation)::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = $1::regnamespace AND a.attnum > 0`,
  `SELECT (conrelid, conname, pg_get_constraintdef(oid))::text FROM pg_constraint WHERE connamespace = $1::regnamespace`,
  `SELECT (i.indexrelid, x.indisvalid, pg_get_indexdef(x.indexrelid))::text FROM pg_index x
    JOIN pg_stat_all_indexes i USING (indexrelid)
    WHERE i.schemaname = $1`,
  `SELECT (g.tgrelid, g.tgname, g.tgenabled)::text FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE c.relnamespace = $1::regnamespace`,
  `SELECT (w.ev_class, w.rulename, w.ev_enabled)::text FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class WHERE c.relnamespace = $1::regnamespace`,
  `SELECT i::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relnamespace = $1::regnamespace`,
  `SELECT (sequencename, data_type, max_value, cycle, last_value)::text FROM pg_sequences WHERE schemaname = $1`,
  `SELECT (proname, pg_get_function_identity_arguments(oid))::text FROM pg_proc WHERE pronamespace = $1::regnamespace`,
  `SELECT typname::text FROM pg_type WHERE typnamespace = $1::regnamespace`
]

export const snapshot = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const definitions = yield* Effect.forEach(DEFINITIONS, (query) =>
    Effect.map(sql.unsafe(query, [schema]).values, (rows) => rows.map(String).toSorted())
  )
  const tables = yield* sql<{ name: string }>`SELECT c.oid::regclass::text AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${schema} AND c.relkind IN ('r', 'm') ORDER BY 1`
  const rows = yield* Effect.forEach(tables, ({ name }) =>
    Effect.map(sql.unsafe(`SELECT ctid::text || xmin::text || t::text FROM ONLY ${name} t`).values, (found) => [
      name,
      ...found.map(String).toSorted()
    ])
  )
  return { definitions, rows }
})
