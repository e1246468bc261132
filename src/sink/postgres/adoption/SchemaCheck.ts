/**
 * Lists the objects that the migrations would create in a schema: tables, columns, keys, indexes,
 * the view.
 */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { rowsOf } from "../../../postgres/Rows.ts"
import { accepts, KEY_NAMES, TABLES, VIEW, VIEW_COLUMNS } from "./Shape.ts"
import { isGrowing } from "./Columns.ts"

const allColumns = rowsOf(
  Schema.Struct({ relation: Schema.String, kind: Schema.String, column: Schema.String, type: Schema.String })
)
const allKeys = rowsOf(Schema.Struct({ relation: Schema.String, columns: Schema.Array(Schema.String) }))
const allIndexes = rowsOf(Schema.Struct({ relation: Schema.String, index: Schema.String }))

/**
 * `missing`: one phrase for each object to create, in a fixed order. `keyless`: existing tables
 * without their key. Reads only the catalog.
 */
export const missingObjects = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const columns = yield* allColumns(sql`
    SELECT c.relname::text AS relation, c.relkind::text AS kind, a.attname::text AS column,
      format_type(a.atttypid, a.atttypmod) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = to_regnamespace(quote_ident(${schema})) AND c.relkind IN ('r', 'p', 'v')`)
  // ON CONFLICT requires a unique, immediate and valid index over all rows.
  const keys = yield* allKeys(sql`
    SELECT c.relname::text AS relation,
      ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey)) AS columns
    FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
    WHERE x.indisunique AND x.indimmediate AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
      AND x.indnkeyatts = x.indnatts AND c.relnamespace = to_regnamespace(quote_ident(${schema}))`)
  const indexes = yield* allIndexes(sql`
    SELECT t.relname::text AS relation, i.relname::text AS index
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE x.indisvalid AND t.relnamespace = to_regnamespace(quote_ident(${schema}))`)

  const types = new Map(columns.map((c) => [`${c.relation}.${c.column}`, c.type]))
  const kinds = new Map(columns.map((c) => [c.relation, c.kind]))
  const keyNames = new Set(keys.map((k) => `${k.relation}(${k.columns.toSorted().join(",")})`))
  const indexNames = new Set(indexes.map((i) => `${i.relation}.${i.index}`))

  const missing: Array<string> = []
  const keyless: Array<string> = []
  for (const [table, shape] of Object.entries(TABLES)) {
    if (!kinds.has(table)) {
      missing.push(`table ${table} is missing`)
      continue
    }
    for (const [column, type] of Object.entries(shape.columns)) {
      const found = types.get(`${table}.${column}`)
      if (found === undefined) missing.push(`column ${table}.${column} is missing`)
      else if (!accepts(type, found) && isGrowing(table, column, found))
        missing.push(`column ${table}.${column} is ${found}, not ${type}`)
    }
    if (shape.key.length > 0 && !keyNames.has(`${table}(${shape.key.toSorted().join(",")})`)) {
      if (KEY_NAMES[table] === undefined) keyless.push(table)
      else missing.push(`unique constraint of ${table} on (${shape.key.join(", ")}) is missing`)
    }
    for (const index of shape.indexes) {
      if (!indexNames.has(`${table}.${index}`)) missing.push(`index ${index} on ${table} is missing`)
    }
  }
  const ofView =
    kinds.get(VIEW) === "v"
      ? VIEW_COLUMNS.filter((column) => !types.has(`${VIEW}.${column}`)).map((column) => `column ${VIEW}.${column}`)
      : [`view ${VIEW}`]
  return { missing: [...missing, ...ofView.map((what) => `${what} is missing`)], keyless }
})
