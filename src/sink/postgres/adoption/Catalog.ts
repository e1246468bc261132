/** What a schema holds under our names. Reads the system catalogs only, which takes no lock on any table. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { qualified } from "./Obstacle.ts"
import { KEY_NAMES, MIGRATIONS_SHAPE, MIGRATIONS_TABLE, TABLES, type TableShape, VIEW } from "./Shape.ts"

/** Every table that the worker uses. */
export const SHAPES: Readonly<Record<string, TableShape>> = { ...TABLES, [MIGRATIONS_TABLE]: MIGRATIONS_SHAPE }

export interface Relation {
  readonly name: string
  /** As `pg_class.relkind`. */
  readonly kind: string
  /** Such as "range of window_start"; `null` = not partitioned. */
  readonly partitioning: string | null
  readonly isUnlogged: boolean
  /** Created with `OF type`. */
  readonly isTyped: boolean
  /** Of an index: its table, and whether it is valid. */
  readonly indexOf: string | null
  readonly isValid: boolean
}

export interface Column {
  /** Of the table of ours, also for the columns of its partitions. */
  readonly table: string
  /** Schema-qualified. */
  readonly relation: string
  readonly isPartition: boolean
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** "s" stored, "v" virtual, "" not generated. */
  readonly generated: string
  /** "a" always, "d" by default, "" no identity. */
  readonly identity: string
  /** A nondeterministic collation, which takes different texts for equal. */
  readonly isFolding: boolean
  /** The constraint's name if the column is part of the primary key. */
  readonly primaryKey: string | null
}

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
  WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relkind IN ('r', 'p') AND c.relname IN (${literals(Object.keys(SHAPES))})
  UNION
  SELECT i.inhrelid, t.name, t.depth + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid
)
SELECT oid::text, name, depth::text FROM tree`

/** A table of ours, or a partition or inheritance child of one: its oid, the name of ours, and the distance to it. */
export interface Member {
  readonly oid: string
  readonly name: string
  readonly depth: string
}

/**
 * CTE `relation`: the members given by {@link parametersOf}. Their oids come as parameters, so that every query on them looks its rows up by index; with a
 * recursive CTE the planner knows no number and reads whole catalogs for each of hundreds of partitions.
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
SELECT c.relname::text AS name, c.relkind::text AS kind, c.relpersistence = 'u' AS "isUnlogged", c.reloftype <> 0 AS "isTyped",
  (SELECT CASE p.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' ELSE 'hash' END || ' of ' || (
    SELECT string_agg(COALESCE(a.attname, 'an expression'), ', ' ORDER BY k.place)
    FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (attnum, place)
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum > 0)
  FROM pg_partitioned_table p WHERE p.partrelid = c.oid) AS partitioning,
  (SELECT t.relname::text FROM pg_class t WHERE t.oid = x.indrelid) AS "indexOf", COALESCE(x.indisvalid, true) AS "isValid"
FROM pg_class c LEFT JOIN pg_index x ON x.indexrelid = c.oid
WHERE c.relnamespace = to_regnamespace(quote_ident($1))
  AND (c.relname IN (${literals([...Object.keys(SHAPES), VIEW, ...INDEX_NAMES.keys()])}) OR c.relname ~ '_old(_[0-9]+)?$')`

/** Of partitions only what may be stricter than in their parent. */
const COLUMNS = `WITH ${RELATION}
SELECT r.name AS table, r.identity AS relation, r.depth > 0 AS "isPartition", a.attname::text AS name,
  format_type(a.atttypid, a.atttypmod) AS type,
  a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS "notNull", a.atthasdef AND a.attgenerated = '' AS "hasDefault",
  a.attgenerated::text AS generated, a.attidentity::text AS identity, NOT COALESCE(l.collisdeterministic, true) AS "isFolding",
  (SELECT k.conname::text FROM pg_constraint k WHERE k.conrelid = r.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) AS "primaryKey"
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE r.depth = 0 OR a.attnotnull
ORDER BY r.name, r.depth, r.identity, a.attnum`

const VIEW_COLUMNS = `
SELECT c.relname::text AS table, a.attname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relname = '${VIEW}' AND c.relkind = 'v' ORDER BY a.attnum`

export const readCatalog = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const relations = yield* sql.unsafe<Relation>(RELATIONS, [schema])
  const members = yield* sql.unsafe<Member>(TREE, [schema])
  const columns = yield* sql.unsafe<Column>(COLUMNS, parametersOf(members))
  const view = yield* sql.unsafe<{ name: string }>(VIEW_COLUMNS, [schema])
  const types = yield* sql<{ name: string }>`SELECT t.typname::text AS name FROM pg_type t
    WHERE t.typnamespace = to_regnamespace(quote_ident(${schema})) AND t.typrelid = 0 AND t.typelem = 0`
  const isTable = relations.some(({ kind, name }) => name === MIGRATIONS_TABLE && kind === "r")
  const isOurs = isTable && columns.some(({ name, table }) => table === MIGRATIONS_TABLE && name === "migration_id")
  const [latest] = isOurs
    ? yield* sql.unsafe<{ id: number }>(
        `SELECT COALESCE(max(migration_id), 0)::int4 AS id FROM ${qualified(schema, MIGRATIONS_TABLE)}`
      )
    : []
  const catalog: Catalog = {
    schema,
    lastMigration: latest?.id ?? 0,
    members,
    relations: new Map(relations.map((relation) => [relation.name, relation])),
    columns,
    types: new Set(types.map(({ name }) => name)),
    oldNames: new Set(relations.map(({ name }) => name).filter((name) => name.includes("_old")))
  }
  return { catalog, view: view.map(({ name }) => name) }
})
