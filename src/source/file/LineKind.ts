/** The kind of event of a line: files hold both kinds, in any mixture. */
import { type FieldMap, type FieldMaps, keepsEnvelope, keysOf, valueAt } from "../../domain/FieldMap.ts"
import type { InputKind } from "../../domain/Task.ts"
import { unwrapped, withoutPrefix } from "../../domain/Wrapping.ts"

/** An escape sequence could spell a name, and a text could hold another JSON text. */
const BACKSLASH = 0x5c

/** A key of an object, rather than an index. */
const isName = (key: string): boolean => !/^\d+$/.test(key)

const placeOf = (pointer: string | undefined, name: string): ReadonlyArray<string> =>
  pointer === undefined ? [name] : keysOf(pointer)

const has = (json: unknown, map: FieldMap | undefined, place: ReadonlyArray<string>): boolean => {
  const value = valueAt(unwrapped(json, map !== undefined && keepsEnvelope(map)), place)
  return value !== undefined && value !== null
}

/**
 * A viewer sample is an object with a number of viewers and without a message (`null` counts as
 * absent), each at its place. Every other line is decoded as a chat message.
 */
export const kindOf = (line: Uint8Array, fields: FieldMaps | undefined): InputKind => {
  const { buffer, byteLength, byteOffset } = withoutPrefix(line)
  const bytes = Buffer.from(buffer, byteOffset, byteLength)
  const viewers = placeOf(fields?.viewer?.viewers, "viewer_count")
  const mayHave = viewers.filter(isName).every((key) => bytes.includes(JSON.stringify(key)))
  if (!mayHave && !bytes.includes(BACKSLASH)) return "chat"
  try {
    const json: unknown = JSON.parse(bytes.toString("utf8"))
    const isSample =
      has(json, fields?.viewer, viewers) && !has(json, fields?.chat, placeOf(fields?.chat?.text, "message"))
    return isSample ? "viewer" : "chat"
  } catch {
    return "chat" // decoding rejects it
  }
}
