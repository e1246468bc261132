/** CHAT_FIELDS and VIEWER_FIELDS: where a producer writes the fields of events. */
import { type FieldMap, type FieldMaps, parseFieldMap } from "../domain/FieldMap.ts"
import type { InputKind } from "../domain/Task.ts"
import type { Draft } from "./Draft.ts"

const mapOf = (draft: Draft, name: "CHAT_FIELDS" | "VIEWER_FIELDS", kind: InputKind): FieldMap | undefined => {
  const text = draft.values[name]
  if (text === undefined) return undefined
  if (draft.isSet("COLLECT")) {
    draft.refuse(name, "no value, because COLLECT is set: the collector writes the built-in names")
    return undefined
  }
  const parsed = parseFieldMap(kind, text)
  if (parsed._tag === "Map") return parsed.map
  for (const problem of parsed.problems) draft.refuse(name, problem)
  return undefined
}

/** The mapping of both kinds; `undefined` = every field has its built-in spellings. */
export const toFields = (draft: Draft): FieldMaps | undefined => {
  const chat = mapOf(draft, "CHAT_FIELDS", "chat")
  const viewer = mapOf(draft, "VIEWER_FIELDS", "viewer")
  if (chat === undefined && viewer === undefined) return undefined
  return { ...(chat === undefined ? {} : { chat }), ...(viewer === undefined ? {} : { viewer }) }
}
