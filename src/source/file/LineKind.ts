/** The kind of event of a line: files hold both kinds, in any mixture. */
import type { InputKind } from "../../domain/Task.ts"

const NAME = Buffer.from('"viewer_count"')
/** An escape sequence could spell the name, too. */
const ESCAPE = Buffer.from(String.raw`\u`)

/**
 * A viewer sample is an object with a `viewer_count` and without a `message` (`null` counts as
 * absent). Every other line is decoded as a chat message.
 */
export const kindOf = (line: Uint8Array): InputKind => {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  if (!bytes.includes(NAME) && !bytes.includes(ESCAPE)) return "chat"
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"))
    return has(value, "viewer_count") && !has(value, "message") ? "viewer" : "chat"
  } catch {
    return "chat" // decoding rejects it
  }
}

const has = (value: unknown, name: string): boolean => {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false
  const field: unknown = Reflect.get(value, name)
  return field !== null && field !== undefined
}
