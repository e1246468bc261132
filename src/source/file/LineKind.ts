/** Which of the two kinds of event a line of a file is: files hold both, in any mixture. */
import type { InputKind } from "../../domain/Task.ts"

const NAME = Buffer.from('"viewer_count"')
/** An escape could spell the name, too. */
const ESCAPE = Buffer.from(String.raw`\u`)

/** A viewer sample is an object with a `viewer_count` and without a `message` (`null` counts as absent); everything else is a chat message, or at least judged as one. */
export const kindOf = (line: Uint8Array): InputKind => {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength)
  if (!bytes.includes(NAME) && !bytes.includes(ESCAPE)) return "chat"
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"))
    return has(value, "viewer_count") && !has(value, "message") ? "viewer" : "chat"
  } catch {
    return "chat" // which decoding refuses
  }
}

const has = (value: unknown, name: string): boolean => {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false
  const field: unknown = Reflect.get(value, name)
  return field !== null && field !== undefined
}
