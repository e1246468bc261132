/**
 * Reads the objects of a schema under the worker's names. Reads only the system catalogs, which
 * takes no lock on any table.
 */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { onlyOf, rowsOf } from "../../../postgres/Rows.ts"
import { qualified } from "./Obstacle.ts"
import { KEY_NAMES, MIGRATIONS_SHAPE, MIGRATIONS_TABLE, TABLES, type TableShape, VIEW } from "./Shape.ts"

/** Every table that the worker uses. */
export const SHAPES: Readonly<Record<string, TableShape>> = { ...TABLES, [MIGRATIONS_TABLE]: MIGRATIONS_SHAPE }

export const Relation = Schema.Struct({
  name: Schema.String,
  /** As `pg_class.relkind`. */
  kind: Schema.String,
  /** Such as "range of window_start"; `null` = not partitioned. */
  partitioning: Schema.NullOr(Schema.String),
  isUnlogged: Schema.Boolean,
  /** Created with `OF type`. */
  isTyped: Schema.Boolean,
  /** For an index: its table, and whether it is valid. */
  indexOf: Schema.NullOr(Schema.String),
  isValid: Schema.Boolean
})
export type Relation = typeof Relation.Type

export const Column = Schema.Struct({
  /** The worker's table, also for the columns of its partitions. */
  table: Schema.String,
  /** Schema-qualified. */
  relation: Schema.String,
  isPartition: Schema.Boolean,
  name: Schema.String,
  type: Schema.String,
  notNull: Schema.Boolean,
  hasDefault: Schema.Boolean,
  /** "s" stored, "v" virtual, "" not generated. */
  generated: Schema.String,
  /** "a" always, "d" by default, "" no identity. */
  identity: Schema.String,
  /** A nondeterministic collation, in which different texts are equal. */
  isFolding: Schema.Boolean,
  /** The constraint's name if the column is part of the primary key. */
  primaryKey: Schema.NullOr(Schema.String)
})
export type Column = typeof Column.Type

export interface Catalog {
  readonly schema: string
  /** The latest migration that ran here; 0 = none. */
  readonly lastMigration: number
  readonly members: ReadonlyArray<Member>
  readonly relations: ReadonlyMap<string, Relation>
  readonly columns: ReadonlyArray<Column>
  /** Types that are no relations, by name. */
  readonly types: ReadonlySet<string>
  /** Names that end in `_old` or `_old_` and a number. */
  readonly oldNames: ReadonlySet<string>
}

const literals = (names: ReadonlyArray<string>): string => names.map((name) => `'${name}'`).join(", ")

/** Indexes that migrations create by name. */
export const INDEX_NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TABLES).flatMap(([table, { indexes }]) => indexes.map((index) => [index, table] as const)),
  ...Object.entries(KEY_NAMES).map(([table, key]) => [key, table] as const)
])

const TREE = `
WITH RECURSIVE tree AS (
  SELECT c.oid, c.relname::text AS name, 0 AS depth FROM pg_class c
  WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relkind IN ('r', 'p')
    AND c.relname IN (${literals(Object.keys(SHAPES))})
  UNION
  SELECT i.inhrelid, t.name, t.depth + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT oid::text, name, depth::text FROM tree`

/**
 * A table of the worker, or a partition or inheritance child of one. `name` is that of the
 * worker's table, `depth` the distance to it.
 */
export const Member = Schema.Struct({
  oid: Schema.String,
  name: Schema.String,
  depth: Schema.String
})
export type Member = typeof Member.Type

/**
 * CTE `relation`: the members given by {@link parametersOf}. Their oids are parameters, so every
 * query finds its rows by index. With a recursive CTE the planner knows no row count, and reads
 * whole catalogs for each of hundreds of partitions.
 */
export const RELATION = `
relation AS MATERIALIZED (
  SELECT t.oid, t.name, t.depth, format('%I.%I', n.nspname, c.relname) AS identity, c.relkind::text AS kind,
    c.relpersistence::text AS persistence, c.relowner, c.relreplident, c.reltype, c.relnamespace
  FROM unnest($1::text[]::oid[], $2::text[], $3::text[]::int4[]) AS t (oid, name, depth)
  JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
)`

export const parametersOf = (members: ReadonlyArray<Member>) => [
  members.map(({ oid }) => oid),
  members.map(({ name }) => name),
  members.map(({ depth }) => depth)
]

const RELATIONS = `
SELECT c.relname::text AS name, c.relkind::text AS kind,
  c.relpersistence = 'u' AS "isUnlogged", c.reloftype <> 0 AS "isTyped",
  (SELECT CASE p.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' ELSE 'hash' END || ' of ' || (
    SELECT string_agg(COALESCE(a.attname, 'an expression'), ', ' ORDER BY k.place)
    FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (attnum, place)
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0)
  FROM pg_partitioned_table p WHERE p.partrelid = c.oid) AS partitioning,
  (SELECT t.relname::text FROM pg_class t WHERE t.oid = x.indrelid) AS "indexOf",
  COALESCE(x.indisvalid, true) AS "isValid"
FROM pg_class c LEFT JOIN pg_index x ON x.indexrelid = c.oid
WHERE c.relnamespace = to_regnamespace(quote_ident($1))
  AND (c.relname ~ '_old(_[0-9]+)?$'
    OR c.relname IN (${literals([...Object.keys(SHAPES), VIEW, ...INDEX_NAMES.keys()])}))`

/** For partitions: only properties that may be stricter than in their parent. */
const COLUMNS = `WITH ${RELATION}
SELECT r.name AS table, r.identity AS relation, r.depth > 0 AS "isPartition", a.attname::text AS name,
  format_type(a.atttypid, a.atttypmod) AS type,
  a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS "notNull", a.atthasdef AND a.attgenerated = '' AS "hasDefault",
  a.attgenerated::text AS generated, a.attidentity::text AS identity,
  NOT COALESCE(l.collisdeterministic, true) AS "isFolding",
  (SELECT k.conname::text FROM pg_constraint k
    WHERE k.conrelid = r.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) AS "primaryKey"
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE r.depth = 0 OR a.attnotnull
ORDER BY r.name, r.depth, r.identity, a.attnum`

const VIEW_COLUMNS = `
SELECT a.attname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relname = '${VIEW}' AND c.relkind = 'v' ORDER BY a.attnum`

const allRelations = rowsOf(Relation)
const allMembers = rowsOf(Member)
const allColumns = rowsOf(Column)
const allNames = rowsOf(Schema.Struct({ name: Schema.String }))
const latestId = onlyOf(Schema.Struct({ id: Schema.Int }))

export const readCatalog = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const relations = yield* allRelations(sql.unsafe(RELATIONS, [schema]))
  const members = yield* allMembers(sql.unsafe(TREE, [schema]))
  const columns = yield* allColumns(sql.unsafe(COLUMNS, parametersOf(members)))
  const view = yield* allNames(sql.unsafe(VIEW_COLUMNS, [schema]))
  const types = yield* allNames(sql`SELECT t.typname::text AS name FROM pg_type t
    WHERE t.typnamespace = to_regnamespace(quote_ident(${schema})) AND t.typrelid = 0 AND t.typelem = 0`)
  const isTable = relations.some(({ kind, name }) => name === MIGRATIONS_TABLE && kind === "r")
  const isOurs = isTable && columns.some(({ name, table }) => table === MIGRATIONS_TABLE && name === "migration_id")
  const { id: lastMigration } = isOurs
    ? yield* latestId(
        sql.unsafe(`SELECT COALESCE(max(migration_id), 0)::int4 AS id FROM ${qualified(schema, MIGRATIONS_TABLE)}`)
      )
    : { id: 0 }
  const catalog: Catalog = {
    schema,
    lastMigration,
    members,
    relations: new Map(relations.map((relation) => [relation.name, relation])),
    columns,
    types: new Set(types.map(({ name }) => name)),
    oldNames: new Set(relations.map(({ name }) => name).filter((name) => name.includes("_old")))
  }
  return { catalog, view: view.map(({ name }) => name) }
})
