/**
 * Finds columns that the worker's statements cannot write: missing, of another type, generated, or
 * with NOT NULL.
 */
import { type Catalog, type Column, SHAPES } from "./Catalog.ts"
import { bare, type Obstacle, qualified } from "./Obstacle.ts"
import { moveAway } from "./Relations.ts"
import { accepts, PARTITIONED, type TableShape } from "./Shape.ts"

/** Types that the migrations convert: ids of adopted tables. */
export const isGrowing = (table: string, column: string, type: string): boolean =>
  SHAPES[table]?.required !== undefined && column === "id" && (type === "integer" || type === "smallint")

const NUMBERS = /^(smallint|integer|bigint|real|double precision|numeric.*)$/
const TEXTS = /^(text|character varying.*|character\(.*|"char"|name)$/

/**
 * The expression that converts a column without loss; "" = an assignment suffices; `undefined` =
 * there is none.
 */
const conversion = (wanted: string, found: string, column: string): string | undefined => {
  switch (wanted) {
    case "timestamp without time zone":
      if (/^timestamp.* with time zone$/.test(found)) return ` USING ${column} AT TIME ZONE 'UTC'`
      return found === "date" || found.startsWith("timestamp") ? "" : undefined
    case "jsonb":
      return found === "json" || TEXTS.test(found) ? ` USING ${column}::jsonb` : undefined
    case "boolean":
      return found === "integer" || TEXTS.test(found) ? ` USING ${column}::boolean` : undefined
    case "text[]":
      return found.endsWith("[]") ? ` USING ${column}::text[]` : undefined
    case "integer":
    case "bigint":
    case "double precision":
      return NUMBERS.test(found) ? "" : undefined
    default:
      return wanted === "text" || wanted.startsWith("character varying") ? "" : undefined
  }
}

/** A default of the old type may have no cast to the new one. The worker needs no default. */
const KEEPS_DEFAULT = /^(timestamp|integer|bigint|double|character|text$)/

const alterType = ({ hasDefault, name, relation, type }: Column, wanted: string): string | undefined => {
  const column = bare(name)
  const using = conversion(wanted, type, column)
  if (using === undefined) return undefined
  const noDefault = hasDefault && !KEEPS_DEFAULT.test(wanted) ? `ALTER COLUMN ${column} DROP DEFAULT, ` : ""
  return `ALTER TABLE ${relation} ${noDefault}ALTER COLUMN ${column} TYPE ${wanted}${using}`
}

const isFixed = (table: string, column: string): boolean =>
  SHAPES[table]?.key.includes(column) === true || SHAPES[table]?.required?.includes(column) === true

/** `undefined` = only another table helps. */
const retype = (column: Column, wanted: string): ReadonlyArray<string> | undefined => {
  const { name, relation, table } = column
  if (table === PARTITIONED.table && name === PARTITIONED.column) return undefined
  const altered = alterType(column, wanted)
  if (altered !== undefined) return [altered]
  return isFixed(table, name) || SHAPES[table]?.required === undefined
    ? undefined
    : [
        `ALTER TABLE ${relation} RENAME COLUMN ${bare(name)} TO ${bare(`${name}_old`)}`,
        ...(column.notNull ? [`ALTER TABLE ${relation} ALTER COLUMN ${bare(`${name}_old`)} DROP NOT NULL`] : [])
      ]
}

/**
 * A fault of a column, with the statements that repair it; `undefined` = only another table helps.
 */
interface Fault {
  readonly problem: string
  readonly remedy: ReadonlyArray<string> | undefined
}

const ofOurs = (catalog: Catalog, column: Column, wanted: string, shape: TableShape): ReadonlyArray<Fault> => {
  const { name, relation, table, type } = column
  const alter = (what: string) => [`ALTER TABLE ${relation} ALTER COLUMN ${bare(name)} ${what}`]
  const label = `column ${table}.${name}`
  const faults: Array<Fault> = []
  if (!accepts(wanted, type) && !isGrowing(table, name, type)) {
    faults.push({ problem: `${label} is ${type}, not ${wanted}`, remedy: retype(column, wanted) })
  }
  if (column.generated !== "") {
    const remedy =
      column.generated === "s"
        ? alter("DROP EXPRESSION")
        : [`ALTER TABLE ${relation} RENAME COLUMN ${bare(name)} TO ${bare(`${name}_old`)}`]
    faults.push({ problem: `${label} is generated, so the worker can't write it`, remedy })
  }
  if (column.identity === "a" && name !== "id") {
    faults.push({ problem: `${label} is generated always as identity`, remedy: alter("DROP IDENTITY") })
  }
  const isKey = shape.key.includes(name)
  if (isKey && column.isFolding) {
    faults.push({
      problem: `${label} has a nondeterministic collation, which takes different texts for equal`,
      remedy: alter(`TYPE ${type} COLLATE "default"`)
    })
  }
  const takesNull = shape.keyless?.includes(name) === true
  if (shape.required !== undefined && (isKey || name === "id") && !column.notNull && !takesNull) {
    faults.push({ problem: `${label} takes NULL, and a key can't`, remedy: withoutNulls(catalog, column) })
  }
  if (shape.required !== undefined && name === "id" && !column.hasDefault && column.identity === "") {
    faults.push({
      problem: `${label} has no default, and the worker gives none`,
      remedy: alter("ADD GENERATED BY DEFAULT AS IDENTITY")
    })
  }
  return faults
}

/**
 * Rows without source_partition are from the earlier job. Rows without another part of the key
 * belong to no window: they are moved to a separate table.
 */
const withoutNulls = ({ schema }: Catalog, { name, relation, table }: Column): ReadonlyArray<string> => {
  const column = bare(name)
  if (name === "source_partition") {
    return [
      `UPDATE ${relation} SET ${column} = -1 WHERE ${column} IS NULL`,
      `ALTER TABLE ${relation} ALTER COLUMN ${column} SET DEFAULT -1, ALTER COLUMN ${column} SET NOT NULL`
    ]
  }
  return [
    `CREATE TABLE ${qualified(schema, `${table}_null_${name}`)} AS SELECT * FROM ${relation} WHERE ${column} IS NULL`,
    `DELETE FROM ${relation} WHERE ${column} IS NULL`,
    `ALTER TABLE ${relation} ALTER COLUMN ${column} SET NOT NULL`
  ]
}

const ofOthers = ({
  generated,
  hasDefault,
  identity,
  name,
  notNull,
  primaryKey,
  relation,
  table
}: Column): ReadonlyArray<Fault> => {
  if (!notNull || hasDefault || identity !== "" || generated !== "") return []
  const key = primaryKey === null ? "" : `DROP CONSTRAINT ${bare(primaryKey)}, `
  return [
    {
      problem: `column ${table}.${name} is NOT NULL without a default, and the worker doesn't write it`,
      remedy: [`ALTER TABLE ${relation} ${key}ALTER COLUMN ${bare(name)} DROP NOT NULL`]
    }
  ]
}

const ofNull = ({ name, notNull, relation, table }: Column, shape: TableShape): ReadonlyArray<Fault> =>
  notNull && shape.nullable.includes(name)
    ? [
        {
          problem: `column ${table}.${name} is NOT NULL, and the worker writes NULL`,
          remedy: [`ALTER TABLE ${relation} ALTER COLUMN ${bare(name)} DROP NOT NULL`]
        }
      ]
    : []

const ofMissing = (
  catalog: Catalog,
  table: string,
  shape: TableShape,
  columns: ReadonlyArray<Column>
): ReadonlyArray<Fault> =>
  (shape.required ?? Object.keys(shape.columns)).flatMap((name) => {
    if (columns.some((column) => column.name === name) || shape.added?.includes(name) === true) return []
    const problem = `column ${table}.${name} is missing`
    const other = columns.find((column) => column.name.toLowerCase() === name)
    if (other !== undefined) {
      const remedy = [`ALTER TABLE ${other.relation} RENAME COLUMN ${bare(other.name)} TO ${bare(name)}`]
      return [{ problem: `${problem} (there is ${bare(other.name)})`, remedy }]
    }
    const type = name === "id" ? "BIGSERIAL" : shape.nullable.includes(name) ? shape.columns[name] : undefined
    const remedy =
      type === undefined
        ? undefined
        : [`ALTER TABLE ${qualified(catalog.schema, table)} ADD COLUMN ${bare(name)} ${type}`]
    return [{ problem, remedy }]
  })

/** Returns a single obstacle instead of a list if the table must be moved. */
const ofTable = (catalog: Catalog, table: string): Obstacle | ReadonlyArray<Obstacle> => {
  const shape = SHAPES[table]
  const relation = catalog.relations.get(table)
  if (shape === undefined || relation === undefined) return []
  const all = catalog.columns.filter((column) => column.table === table)
  const own = all.filter(({ isPartition }) => !isPartition)
  // Only migrations write to a table without a key, and they write every column.
  const isWritten = shape.key.length > 0
  const faults: ReadonlyArray<Fault & { readonly relation?: string }> = [
    ...ofMissing(catalog, table, shape, own),
    ...own.flatMap((column) => {
      const wanted = shape.columns[column.name]
      if (wanted === undefined) return isWritten && !shape.columns[column.name.toLowerCase()] ? ofOthers(column) : []
      return ofOurs(catalog, column, wanted, shape)
    }),
    ...all.flatMap((column) => ofNull(column, shape).map((fault) => ({ ...fault, relation: column.relation })))
  ]
  const fatal = faults.filter(({ remedy }) => remedy === undefined)
  if (fatal.length > 0) return moveAway(catalog, relation, fatal.map(({ problem }) => problem).join(", "))
  return faults.map(({ problem, relation: of, remedy }) => ({
    object: of ?? qualified(catalog.schema, table),
    problem,
    remedy: remedy ?? []
  }))
}

const isList = (found: Obstacle | ReadonlyArray<Obstacle>): found is ReadonlyArray<Obstacle> => Array.isArray(found)

/** `moved`: tables that must be moved, so nothing else of them needs a check. */
export const columnObstacles = (catalog: Catalog, tables: ReadonlyArray<string>) => {
  const found = tables.map((table) => ({ table, obstacles: ofTable(catalog, table) }))
  return {
    moved: new Set(found.filter(({ obstacles }) => !isList(obstacles)).map(({ table }) => table)),
    obstacles: found.flatMap(({ obstacles }) => obstacles)
  }
}

/** Columns of each table whose type the migrations or a remedy change. */
export const changing = (
  catalog: Catalog,
  tables: ReadonlyArray<string>
): ReadonlyArray<readonly [table: string, column: string]> =>
  catalog.columns
    .filter(({ isPartition, name, table, type }) => {
      const wanted = SHAPES[table]?.columns[name]
      return !isPartition && tables.includes(table) && wanted !== undefined && !accepts(wanted, type)
    })
    .map(({ name, table }) => [table, name])
