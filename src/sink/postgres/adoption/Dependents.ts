/**
 * Finds objects that block the change of a column's type: views, functions, policies, and columns
 * of a table's row type.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type Member, parametersOf, RELATION } from "./Catalog.ts"
import { rowsOf } from "../../../postgres/Rows.ts"
import { Obstacle } from "./Obstacle.ts"

const obstacles = rowsOf(Obstacle)

/**
 * Views and materialized views on the columns, and views on these. The outermost is first, so each
 * can be dropped.
 */
const VIEWS = `, used AS (
  SELECT w.ev_class AS oid, r.identity || '.' || a.attname AS column, 1 AS level
  FROM relation r
  JOIN pg_attribute a ON a.attrelid = r.oid AND (r.name, a.attname) IN (SELECT * FROM unnest($4::text[], $5::text[]))
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = a.attnum
    AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid
  UNION
  SELECT w.ev_class, u.column, u.level + 1
  FROM used u
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> u.oid
), dependent AS (
  SELECT u.oid, max(u.level) AS level, min(u.column) AS column FROM used u GROUP BY u.oid
)
SELECT format('%I.%I', n.nspname, c.relname) AS object,
  format('this %s depends on column %s, whose type has to change', k.kind, d.column) AS problem,
  ARRAY[format('DROP %s %I.%I', upper(k.kind), n.nspname, c.relname)] AS remedy,
  format('keep its definition first, SELECT pg_get_viewdef(%L::regclass), and create it again after the migration',
    format('%I.%I', n.nspname, c.relname)) AS note
FROM dependent d JOIN pg_class c ON c.oid = d.oid AND c.relkind IN ('v', 'm')
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind) AS k
ORDER BY d.level DESC, 1`

const OTHERS = `
SELECT CASE WHEN g.attname IS NULL THEN i.identity ELSE format('%s.%I', r.identity, g.attname) END AS object,
  format('this %s depends on column %s.%s, whose type has to change',
    CASE WHEN g.attname IS NULL THEN i.type ELSE 'generated column' END, r.identity, a.attname) AS problem,
  ARRAY[CASE WHEN d.classid = 'pg_publication_rel'::regclass
    THEN (SELECT format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, r.identity) FROM pg_publication_rel o
      JOIN pg_publication p ON p.oid = o.prpubid WHERE o.oid = d.objid)
    WHEN d.classid = 'pg_attrdef'::regclass THEN format('ALTER TABLE %s DROP COLUMN %I', r.identity, g.attname)
    ELSE format('DROP %s %s', i.type, i.identity) END] AS remedy,
  'keep its definition first, and create it again after the migration' AS note
FROM relation r
JOIN pg_attribute a ON a.attrelid = r.oid AND (r.name, a.attname) IN (SELECT * FROM unnest($4::text[], $5::text[]))
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = a.attnum
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS i
LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adnum <> a.attnum AND r.depth = 0
LEFT JOIN pg_attribute g ON g.attrelid = f.adrelid AND g.attnum = f.adnum
WHERE d.classid IN ('pg_proc'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_publication_rel'::regclass)
  OR g.attname IS NOT NULL
ORDER BY 1`

const ROW_TYPES = `
SELECT format('%I.%I', n.nspname, c.relname) AS object,
  format('column %s has the row type of %s, a column of which has to change', a.attname, r.identity) AS problem,
  ARRAY[format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE jsonb USING to_jsonb(%I)',
    n.nspname, c.relname, a.attname, a.attname)] AS remedy
FROM relation r JOIN pg_type t ON t.oid = r.reltype
JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.name = ANY ($4::text[])
ORDER BY 1`

/**
 * `columns` are those whose type changes, by the migrations or by the remedy of another obstacle.
 */
export const dependentObstacles = Effect.fnUntraced(function* (
  members: ReadonlyArray<Member>,
  columns: ReadonlyArray<readonly [table: string, column: string]>
) {
  if (columns.length === 0) return []
  const sql = yield* SqlClient
  const tables = columns.map(([table]) => table)
  const parameters = parametersOf(members)
  const both = [...parameters, tables, columns.map(([, column]) => column)]
  const views = yield* obstacles(sql.unsafe(`WITH RECURSIVE ${RELATION}${VIEWS}`, both))
  const others = yield* obstacles(sql.unsafe(`WITH ${RELATION}${OTHERS}`, both))
  const rowTypes = yield* obstacles(sql.unsafe(`WITH ${RELATION}${ROW_TYPES}`, [...parameters, tables]))
  return [...views, ...others, ...rowTypes]
})
