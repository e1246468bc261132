/**
 * Finds relations that have one of the worker's names and another kind: another partitioning, or an
 * index of another table.
 */
import { type Catalog, INDEX_NAMES, type Relation, SHAPES } from "./Catalog.ts"
import { bare, type Obstacle, qualified } from "./Obstacle.ts"
import { MIGRATIONS_TABLE, VIEW, VIEW_COLUMNS } from "./Shape.ts"

const KINDS: Readonly<Record<string, { readonly noun: string; readonly command: string }>> = {
  r: { noun: "a table", command: "TABLE" },
  p: { noun: "a partitioned table", command: "TABLE" },
  v: { noun: "a view", command: "VIEW" },
  m: { noun: "a materialized view", command: "MATERIALIZED VIEW" },
  f: { noun: "a foreign table", command: "FOREIGN TABLE" },
  S: { noun: "a sequence", command: "SEQUENCE" },
  c: { noun: "a type", command: "TYPE" },
  i: { noun: "an index", command: "INDEX" },
  I: { noun: "an index", command: "INDEX" }
}

const kindOf = ({ kind }: Relation) => KINDS[kind] ?? { noun: "another object", command: "TABLE" }

/** The first of `name_old`, `name_old_2`, ... that is free. */
const oldName = ({ oldNames }: Catalog, name: string): string => {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? `${name}_old` : `${name}_old_${n}`
    if (!oldNames.has(candidate)) return candidate
  }
}

const rename = (catalog: Catalog, relation: Relation): string =>
  `ALTER ${kindOf(relation).command} ${qualified(catalog.schema, relation.name)} RENAME TO ${bare(oldName(catalog, relation.name))}`

/** Makes every migration run again. Migrations do not change existing objects. */
export const forgetMigrations = ({ schema }: Catalog): string => `DELETE FROM ${qualified(schema, MIGRATIONS_TABLE)}`

/** Renames a relation, and its indexes whose names the new table needs. */
export const moveAway = (catalog: Catalog, relation: Relation, problem: string): Obstacle => {
  const indexes = [...INDEX_NAMES.keys()].flatMap((name) => {
    const index = catalog.relations.get(name)
    return index?.indexOf === relation.name ? [index] : []
  })
  return {
    object: qualified(catalog.schema, relation.name),
    problem,
    remedy: [
      ...[relation, ...indexes].map((one) => rename(catalog, one)),
      ...(catalog.lastMigration > 0 && relation.name !== MIGRATIONS_TABLE ? [forgetMigrations(catalog)] : [])
    ],
    note: "its rows stay under the new name, and docs/migration.md describes how to copy them. Or set POSTGRES_SCHEMA to another schema"
  }
}

const ofTable = (catalog: Catalog, name: string, relation: Relation): ReadonlyArray<Obstacle> => {
  const by = SHAPES[name]?.partitioning
  const wanted = by === undefined ? "r" : "p"
  if (relation.kind !== wanted) {
    const article = wanted === "p" ? "a partitioned table" : "a plain table"
    const found =
      relation.kind === "r"
        ? ""
        : `${kindOf(relation).noun}${relation.partitioning === null ? "" : ` (by ${relation.partitioning})`}, `
    return [moveAway(catalog, relation, `${name} is ${found}not ${article}, so it can't be adopted`)]
  }
  if (by !== undefined && relation.partitioning !== by) {
    return [
      moveAway(
        catalog,
        relation,
        `${name} is partitioned by ${relation.partitioning}, not by ${by}, so it can't be adopted`
      )
    ]
  }
  const object = qualified(catalog.schema, name)
  return [
    ...(relation.isUnlogged
      ? [
          {
            object,
            problem: `${name} is unlogged: a crash of the server empties it`,
            remedy: [`ALTER TABLE ${object} SET LOGGED`]
          }
        ]
      : []),
    ...(relation.isTyped
      ? [
          {
            object,
            problem: `${name} is a typed table, which takes no further column`,
            remedy: [`ALTER TABLE ${object} NOT OF`]
          }
        ]
      : [])
  ]
}

/** A table that the migrations created was dropped, with its rows. */
const ofLost = (catalog: Catalog, name: string): ReadonlyArray<Obstacle> => [
  {
    object: qualified(catalog.schema, name),
    problem: `table ${name} is missing, although the migrations created it`,
    remedy: [],
    note: `restore it from a backup together with all other tables of the schema, or accept the loss: run ${forgetMigrations(catalog)}, and it is created empty`
  }
]

/** A key that was created with its table: no migration creates it again. */
export const keyObstacle = ({ schema }: Catalog, table: string): Obstacle => {
  const object = qualified(schema, table)
  const key = (SHAPES[table]?.key ?? []).map(bare).join(", ")
  return {
    object,
    problem: `${table} has no primary key on (${key})`,
    remedy: [`ALTER TABLE ${object} ADD PRIMARY KEY (${key})`],
    note: "stop the workers first; if it fails because of rows with the same key, delete all but one of each"
  }
}

/** A missing table must be created, which also needs its name as a type. */
const ofName = ({ schema, types }: Catalog, name: string): ReadonlyArray<Obstacle> =>
  types.has(name)
    ? [
        {
          object: qualified(schema, name),
          problem: `the name of table ${name} belongs to a type`,
          remedy: [`ALTER TYPE ${qualified(schema, name)} RENAME TO ${bare(`${name}_old`)}`]
        }
      ]
    : []

const ofIndex = (catalog: Catalog, name: string, table: string): ReadonlyArray<Obstacle> => {
  const found = catalog.relations.get(name)
  if (found === undefined) return []
  const object = qualified(catalog.schema, name)
  if (found.indexOf !== table) {
    const what = found.indexOf === null ? kindOf(found).noun : `an index of ${found.indexOf}`
    const problem = `the name of index ${name} on ${table} belongs to ${what}`
    return [{ object, problem, remedy: [rename(catalog, found)] }]
  }
  if (found.isValid) return []
  return [
    { object, problem: `index ${name} is invalid`, remedy: [`DROP INDEX ${object}`], note: "it is created again" }
  ]
}

const ofView = (catalog: Catalog, columns: ReadonlyArray<string>): ReadonlyArray<Obstacle> => {
  const found = catalog.relations.get(VIEW)
  if (found === undefined) return ofName(catalog, VIEW)
  const object = qualified(catalog.schema, VIEW)
  if (found.kind !== "v") {
    return [{ object, problem: `${VIEW} is ${kindOf(found).noun}, not a view`, remedy: [rename(catalog, found)] }]
  }
  // CREATE OR REPLACE VIEW keeps the leading columns of the existing view; further columns are
  // harmless.
  return VIEW_COLUMNS.some((column, at) => at < columns.length && columns[at] !== column)
    ? [{ object, problem: `view ${VIEW} is another view`, remedy: [rename(catalog, found)] }]
    : []
}

/** `moved`: tables that must be moved, so nothing else of them needs a check. */
export const relationObstacles = (catalog: Catalog, view: ReadonlyArray<string>) => {
  const tables = Object.keys(SHAPES).map((name) => {
    const relation = catalog.relations.get(name)
    const obstacles =
      relation !== undefined
        ? ofTable(catalog, name, relation)
        : catalog.lastMigration >= (SHAPES[name]?.since ?? 1)
          ? ofLost(catalog, name)
          : ofName(catalog, name)
    return { name, obstacles, isMoved: obstacles.some(({ remedy }) => remedy[0]?.includes(" RENAME TO ")) }
  })
  const moved = new Set(tables.filter(({ isMoved }) => isMoved).map(({ name }) => name))
  const indexes = [...INDEX_NAMES].filter(([name]) => !moved.has(catalog.relations.get(name)?.indexOf ?? ""))
  return {
    moved,
    obstacles: [
      ...tables.flatMap(({ obstacles }) => obstacles),
      ...indexes.flatMap(([name, table]) => ofIndex(catalog, name, table)),
      ...ofView(catalog, view)
    ]
  }
}
