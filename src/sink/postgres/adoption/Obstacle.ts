/** Something in the schema that the worker can't work with, and the SQL that removes it. */
import { quoteIdentifier } from "../../../postgres/Identifier.ts"

export interface Obstacle {
  /** Schema-qualified, quoted as SQL needs it. */
  readonly object: string
  /** One phrase. */
  readonly problem: string
  /** Statements for the objects' owner, in order. Empty if SQL alone can't help; then `note` says what does. */
  readonly remedy: ReadonlyArray<string>
  readonly note?: string
}

/** One line: the object, the problem, the statements. */
export const describe = ({ note, object, problem, remedy }: Obstacle): string => {
  const sql = remedy.length === 0 ? [] : [`run ${remedy.join("; ")}`]
  return `${object}: ${problem}: ${[...sql, ...(note === undefined ? [] : [note])].join("; ")}`
}

/** A schema-qualified name as SQL needs it. */
export const qualified = (schema: string, name: string): string => `${bare(schema)}.${bare(name)}`

/** Quotes only the names that need it, as `format('%I')` does but for keywords, which get quotes that they may not need. */
export const bare = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name) ? name : quoteIdentifier(name)

/** The keywords among our own names. */
const KEYWORDS = new Set(["timestamp", "partition"])
