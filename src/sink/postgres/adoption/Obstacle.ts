/** A problem in the schema that blocks the worker, and the SQL that removes it. */
import { Schema } from "effect"
import { quoteIdentifier } from "../../../postgres/Identifier.ts"

export const Obstacle = Schema.Struct({
  /** Schema-qualified, quoted as SQL needs it. */
  object: Schema.String,
  /** One phrase. */
  problem: Schema.String,
  /**
   * Statements for the objects' owner, in order. Empty if SQL alone cannot help; then `note`
   * explains.
   */
  remedy: Schema.Array(Schema.String),
  note: Schema.optionalKey(Schema.String)
})
export type Obstacle = typeof Obstacle.Type

/** One line: the object, the problem, the statements. */
export const describe = ({ note, object, problem, remedy }: Obstacle): string => {
  const sql = remedy.length === 0 ? [] : [`run ${remedy.join("; ")}`]
  return `${object}: ${problem}: ${[...sql, ...(note === undefined ? [] : [note])].join("; ")}`
}

/** Qualifies a name with its schema, quoted if necessary. */
export const qualified = (schema: string, name: string): string => `${bare(schema)}.${bare(name)}`

/** Quotes only names that need it, like `format('%I')`. Keywords are quoted even if unnecessary. */
export const bare = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name) ? name : quoteIdentifier(name)

/** The keywords among the worker's names. */
const KEYWORDS = new Set(["timestamp", "partition"])
