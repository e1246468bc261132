/**
 * Finds objects on the worker's tables and partitions that change or refuse its rows: constraints,
 * unique indexes, triggers, rules, row security and inheritance. Also partitions that take no rows,
 * and replica identities.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Member, parametersOf, RELATION, SHAPES } from "./Catalog.ts"
import { rowsOf } from "../../../postgres/Rows.ts"
import { Obstacle } from "./Obstacle.ts"
import { EARLIER_MOMENTS_KEY, KEY_NAMES, PARTITIONED, PARTITIONED_TABLES } from "./Shape.ts"

const partitioned = PARTITIONED_TABLES.map((name) => `'${name}'`).join(", ")

const ownChecks = Object.entries(SHAPES)
  .flatMap(([table, { checks = [] }]) => checks.map((name) => `('${table}', '${name}')`))
  .join(", ")

/** Each query returns object, problem, remedy. `relation` is the tree of the worker's tables. */
const CONSTRAINTS = `
SELECT r.identity, format('%s %I may refuse rows of the worker', CASE k.contype WHEN 'c' THEN 'check constraint'
    WHEN 'x' THEN 'exclusion constraint' ELSE 'foreign key' END, k.conname),
  ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %I', r.identity, k.conname)]
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
WHERE k.contype IN ('c', 'x', 'f') AND k.coninhcount = 0 AND k.conparentid = 0
  AND NOT (k.contype = 'c' AND (r.name, k.conname) IN (${ownChecks}))
  -- The usual way to attach a partition without a scan is a CHECK of its bounds.
  AND NOT (k.contype = 'c' AND r.depth > 0 AND k.conkey = ARRAY(
    SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attname = '${PARTITIONED.column}'))`

const REFERENCES = `
SELECT format('%I.%I', n.nspname, c.relname),
  format('foreign key %I refers to %s, whose rows the worker replaces', k.conname, r.identity),
  ARRAY[format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname)]
FROM relation r JOIN pg_constraint k ON k.confrelid = r.oid AND k.contype = 'f' AND k.conparentid = 0
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace`

const keyCase = Object.entries(SHAPES)
  .filter(([, { key }]) => key.length > 0)
  .map(([table, { key }]) => `WHEN '${table}' THEN '{${key.join(",")}}'::text[]`)
  .join(" ")

const adoptable = Object.entries(SHAPES)
  .flatMap(([table, { required }]) => (required === undefined ? [] : [`'${table}'`]))
  .join(", ")

/**
 * Harmless: a unique index that the worker's key or a generated id satisfies, and the earlier key
 * until migrations replace it.
 */
const UNIQUE = `
SELECT r.identity,
  format('unique index %I refuses rows that differ in (%s)', i.relname, array_to_string(u.needed, ', ')),
  ARRAY[CASE WHEN k.conname IS NULL THEN format('DROP INDEX %I.%I', n.nspname, i.relname)
    ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', r.identity, k.conname) END]
FROM relation r
JOIN pg_index x ON x.indrelid = r.oid AND x.indisunique
JOIN pg_class i ON i.oid = x.indexrelid AND NOT i.relispartition
JOIN pg_namespace n ON n.oid = i.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = r.oid AND k.contype IN ('p', 'u')
CROSS JOIN LATERAL (SELECT CASE r.name ${keyCase} END AS needed, ARRAY(
  SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS c (attnum, place)
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.attnum WHERE c.place <= x.indnkeyatts) AS columns) AS u
WHERE u.needed IS NOT NULL AND NOT u.columns @> u.needed AND NOT 'id' = ANY (u.columns)
  AND NOT (r.name = 'moments' AND i.relname = '${EARLIER_MOMENTS_KEY}' AND NOT EXISTS (
    SELECT FROM pg_constraint o WHERE o.conrelid = r.oid AND o.conname = '${KEY_NAMES["moments"]}'))`

/** Tables that migrations create get no key afterwards. */
const OWN_KEYS = `
SELECT r.identity, format('unique constraint of %s on (%s) is missing', r.name, array_to_string(u.needed, ', ')),
  ARRAY[format('ALTER TABLE %s ADD PRIMARY KEY (%s)', r.identity,
    (SELECT string_agg(quote_ident(c), ', ') FROM unnest(u.needed) AS c))]
FROM relation r CROSS JOIN LATERAL (SELECT CASE r.name ${keyCase} END AS needed) AS u
WHERE r.depth = 0 AND r.name NOT IN (${adoptable}) AND u.needed IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_index x WHERE x.indrelid = r.oid AND x.indisunique AND x.indimmediate AND x.indisvalid
    AND x.indpred IS NULL
    AND x.indnkeyatts = cardinality(u.needed) AND u.needed @> ARRAY(
      SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum = ANY (x.indkey)))`

/** Migrations identify the key only by its name. */
const KEYS = `
SELECT r.identity, format('constraint %I is not the unique key that the worker needs', k.conname),
  ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %I', r.identity, k.conname)]
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid AND k.conname IN (${Object.values(KEY_NAMES)
  .map((name) => `'${name}'`)
  .join(", ")})
WHERE r.depth = 0 AND (k.contype NOT IN ('p', 'u') OR k.condeferrable)`

/** A BEFORE ROW trigger can change or drop a row without an error. Other triggers cannot. */
const TRIGGERS = `
SELECT r.identity, format('trigger %I runs before each row and may change or drop it', g.tgname),
  ARRAY[format('ALTER TABLE %s DISABLE TRIGGER %I', r.identity, g.tgname)]
FROM relation r JOIN pg_trigger g ON g.tgrelid = r.oid
WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled IN ('O', 'A') AND g.tgtype & 3 = 3`

const RULES = `
SELECT r.identity, format('rule %I rewrites the statements of the worker', w.rulename),
  ARRAY[format('ALTER TABLE %s DISABLE RULE %I', r.identity, w.rulename)]
FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid
WHERE r.depth = 0 AND w.ev_type IN ('2', '3', '4') AND w.ev_enabled IN ('O', 'A')`

const ROW_SECURITY = `
SELECT r.identity, format('row-level security hides rows from role %I', current_user),
  ARRAY[format('ALTER TABLE %s %s', r.identity, CASE WHEN pg_has_role(r.relowner, 'USAGE')
    THEN 'NO FORCE ROW LEVEL SECURITY' ELSE 'DISABLE ROW LEVEL SECURITY' END)]
FROM relation r WHERE r.depth = 0 AND row_security_active(r.oid)`

const PARTITIONS = `
SELECT r.identity, CASE WHEN i.inhdetachpending THEN 'its detachment has not ended'
    WHEN r.kind = 'p' THEN 'this partition has partitions of its own, and the worker makes none of these'
    ELSE 'this partition is a foreign table, which no unique key covers' END,
  ARRAY[format('ALTER TABLE %I.%I DETACH PARTITION %s', n.nspname, c.relname, r.identity)
    || CASE WHEN i.inhdetachpending THEN ' FINALIZE' ELSE '' END]
FROM relation r JOIN pg_inherits i ON i.inhrelid = r.oid
JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.name IN (${partitioned}) AND r.depth = 1 AND (i.inhdetachpending OR r.kind <> 'r')`

const UNLOGGED = `
SELECT r.identity, 'this partition is unlogged: a crash of the server empties it', ARRAY[format('ALTER TABLE %s SET LOGGED', r.identity)]
FROM relation r WHERE r.depth > 0 AND r.persistence = 'u' AND r.kind = 'r'`

const CHILDREN = `
SELECT r.identity, format('this table inherits from %I.%I, and no unique key covers both', n.nspname, c.relname),
  ARRAY[format('ALTER TABLE %s NO INHERIT %I.%I', r.identity, n.nspname, c.relname)]
FROM relation r JOIN pg_inherits i ON i.inhrelid = r.oid
JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.name NOT IN (${partitioned}) AND r.depth > 0`

const PARENTS = `
SELECT r.identity, format('it is part of %I.%I, which decides about its columns', n.nspname, c.relname),
  ARRAY[CASE WHEN c.relkind = 'p' THEN format('ALTER TABLE %I.%I DETACH PARTITION %s', n.nspname, c.relname, r.identity)
    ELSE format('ALTER TABLE %s NO INHERIT %I.%I', r.identity, n.nspname, c.relname) END]
FROM relation r JOIN pg_inherits i ON i.inhrelid = r.oid
JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.depth = 0`

/** PostgreSQL refuses UPDATE and DELETE on a published table if it cannot identify the rows. */
const REPLICA_IDENTITY = `
SELECT r.identity, 'it is published without a replica identity, so PostgreSQL refuses to update it',
  ARRAY[CASE WHEN EXISTS (SELECT FROM pg_index x WHERE x.indrelid = r.oid AND x.indisprimary)
    THEN format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', r.identity)
    ELSE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', r.identity, CASE r.name WHEN 'moments' THEN 'id'
      WHEN '${PARTITIONED.table}' THEN 'id, ${PARTITIONED.column}' ELSE (
        SELECT string_agg(quote_ident(c), ', ') FROM unnest(CASE r.name ${keyCase} END) AS c) END) END]
FROM relation r
WHERE r.kind IN ('r', 'p') AND r.name NOT LIKE '%\\_duplicates' AND r.name <> 'dead_letters'
  AND (r.kind = 'r' OR r.depth = 0)
  AND NOT (r.relreplident = 'f' OR EXISTS (SELECT FROM pg_index x WHERE x.indrelid = r.oid
    AND CASE r.relreplident WHEN 'd' THEN x.indisprimary WHEN 'i' THEN x.indisreplident ELSE false END))
  -- Partitions inherit a primary key, so its absence is reported for the parent.
  AND NOT (r.depth > 0 AND r.relreplident = 'd')
  AND EXISTS (SELECT FROM pg_publication p WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables
    OR EXISTS (SELECT FROM pg_publication_rel o WHERE o.prpubid = p.oid AND o.prrelid IN (
      r.oid, (SELECT t.oid FROM relation t WHERE t.name = r.name AND t.depth = 0)))
    OR EXISTS (SELECT FROM pg_publication_namespace o JOIN pg_class c ON c.relnamespace = o.pnnspid
      WHERE o.pnpubid = p.oid AND c.oid = r.oid)))`

/**
 * PostgreSQL refuses UPDATE and DELETE in two cases. A row filter uses columns outside of the
 * replica identity, or a column list lacks a part of it.
 */
const PUBLISHED_COLUMNS = `
SELECT r.identity,
  format('publication %I has a %s that does not fit its replica identity, so PostgreSQL refuses to update it',
    p.pubname, CASE WHEN u.is_list THEN 'column list' ELSE 'row filter' END),
  ARRAY[format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, r.identity)]
FROM relation r JOIN pg_publication_rel o ON o.prrelid = r.oid
JOIN pg_publication p ON p.oid = o.prpubid AND (p.pubupdate OR p.pubdelete)
CROSS JOIN LATERAL (SELECT ARRAY(SELECT k.attnum FROM pg_index x CROSS JOIN unnest(x.indkey::int2[]) AS k (attnum)
  WHERE x.indrelid = r.oid
    AND CASE r.relreplident WHEN 'd' THEN x.indisprimary WHEN 'i' THEN x.indisreplident ELSE false END) AS columns) AS i
CROSS JOIN LATERAL (SELECT
  o.prattrs IS NOT NULL AND (r.relreplident = 'f' OR NOT o.prattrs::int2[] @> i.columns) AS is_list,
  r.relreplident <> 'f' AND EXISTS (
    SELECT FROM regexp_matches(o.prqual::text, ':varattno (-?[0-9]+)', 'g') AS v (attnum)
    WHERE v.attnum[1]::int2 <> ALL (i.columns)) AS is_filter) AS u
WHERE (u.is_list OR u.is_filter) AND r.name NOT LIKE '%\\_duplicates' AND r.name <> 'dead_letters'`

/** Only an owner may alter a table. Checked while migrations are pending. */
const OWNERSHIP = `
SELECT r.identity,
  format('it belongs to role %I, so role %I can''t alter it', pg_get_userbyid(r.relowner), current_user),
  ARRAY[format('ALTER TABLE %s OWNER TO %I', r.identity, current_user)]
FROM relation r WHERE NOT pg_has_role(r.relowner, 'USAGE')`

/** The sequence behind a default of an id gets 64 bits. */
const SEQUENCES = `
SELECT DISTINCT format('%I.%I', n.nspname, c.relname),
  format('this sequence of %s.id belongs to role %I, so role %I can''t alter it', r.name,
    pg_get_userbyid(c.relowner), current_user),
  ARRAY[format('ALTER SEQUENCE %I.%I OWNER TO %I', n.nspname, c.relname, current_user)]
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = 'id'
JOIN pg_attrdef f ON f.adrelid = r.oid AND f.adnum = a.attnum
JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.depth = 0 AND NOT pg_has_role(c.relowner, 'USAGE') AND pg_has_role(r.relowner, 'USAGE')`

const obstacles = rowsOf(Obstacle)

const ALWAYS = [
  PARENTS,
  CHILDREN,
  PARTITIONS,
  UNLOGGED,
  CONSTRAINTS,
  REFERENCES,
  UNIQUE,
  KEYS,
  OWN_KEYS,
  TRIGGERS,
  RULES,
  ROW_SECURITY,
  REPLICA_IDENTITY,
  PUBLISHED_COLUMNS
]

/** `isChanging`: whether migrations are about to alter the tables. */
export const attachmentObstacles = Effect.fnUntraced(function* (members: ReadonlyArray<Member>, isChanging: boolean) {
  const sql = yield* SqlClient
  const probes = isChanging ? [...ALWAYS, OWNERSHIP, SEQUENCES] : ALWAYS
  const numbered = probes.map(
    (probe, at) => `SELECT ${at} AS place, p.* FROM (${probe}) AS p (object, problem, remedy)`
  )
  const found = numbered.join("\nUNION ALL\n")
  return yield* obstacles(
    sql.unsafe(
      `WITH ${RELATION}\nSELECT object, problem, remedy FROM (${found}) AS found ORDER BY place, object, problem`,
      parametersOf(members)
    )
  )
})
