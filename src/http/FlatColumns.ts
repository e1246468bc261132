/**
 * The columns of a CSV file: one for each value in an item. An object within an item becomes
 * several columns. Their names join the names of the fields:
 *
 *     metadata.parts.chat -> metadata_parts_chat
 */
import { Schema } from "effect"

export interface FlatColumn {
  readonly name: string
  /** The fields that lead to the value. */
  readonly path: ReadonlyArray<string>
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const REFERENCE = /^#\/\$defs\/(.+)$/

/** Columns of a field. A field that may be `null` has those of its other type. */
const columnsIn = (schema: unknown, definitions: Json, path: ReadonlyArray<string>): ReadonlyArray<FlatColumn> => {
  const own: ReadonlyArray<FlatColumn> = [{ name: path.join("_"), path }]
  if (!isObject(schema)) return own
  const { $ref, anyOf, properties } = schema
  if (typeof $ref === "string") {
    const [, name = ""] = REFERENCE.exec($ref) ?? []
    return columnsIn(
      definitions[decodeURIComponent(name.replaceAll("~1", "/").replaceAll("~0", "~"))],
      definitions,
      path
    )
  }
  if (Array.isArray(anyOf)) {
    const [only, ...others] = anyOf.filter((member) => !(isObject(member) && member["type"] === "null"))
    return others.length === 0 ? columnsIn(only, definitions, path) : own
  }
  if (!isObject(properties)) return own
  return Object.entries(properties).flatMap(([name, field]) => columnsIn(field, definitions, [...path, name]))
}

const known = new WeakMap<object, ReadonlyArray<FlatColumn>>()

/** The columns of an item, in the order of its fields. */
export const columnsOf = (item: Schema.Top): ReadonlyArray<FlatColumn> => {
  const found = known.get(item)
  if (found !== undefined) return found
  const { definitions, schema } = Schema.toJsonSchemaDocument(item)
  const columns = columnsIn(schema, definitions, [])
  known.set(item, columns)
  return columns
}

/** Lists of texts and numbers are joined with a space. Other lists are JSON. */
const textOf = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  return Array.isArray(value) && value.every((item) => typeof item !== "object")
    ? value.join(" ")
    : JSON.stringify(value)
}

/** The value of a column. It is empty if a field on the way is `null` or missing. */
export const cellOf = (item: object, { path }: FlatColumn): unknown =>
  textOf(path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), item))
