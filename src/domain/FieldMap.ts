/**
 * The places at which producers write the fields of events: the built-in spellings, or a JSON
 * pointer (RFC 6901) for each mapped field. docs/SEMANTICS.md, "Mapped fields", has the rules.
 */
import { outside, present } from "./Invariant.ts"
import type { InputKind } from "./Task.ts"

export type FieldName = "stream" | "time" | "id" | "user" | "text" | "emotes" | "viewers"

/** The pointers of the mapped fields, as configured. At least one. */
export type FieldMap = Readonly<Partial<Record<FieldName, string>>>

/** The mapping of each kind of event. Absent = the built-in spellings. */
export interface FieldMaps {
  readonly chat?: FieldMap
  readonly viewer?: FieldMap
}

/** The spellings of a field. The first that is neither absent nor null counts. */
export type Spellings = readonly [string, ...ReadonlyArray<string>]

/** The fields of each kind, in the order in which faults are reported. */
export const SPELLINGS: Readonly<Record<InputKind, Readonly<Partial<Record<FieldName, Spellings>>>>> = {
  chat: {
    stream: ["stream_id", "channel"],
    time: ["timestamp"],
    id: ["event_id", "message_id"],
    user: ["user_id", "username"],
    text: ["message"],
    emotes: ["emotes"]
  },
  viewer: {
    stream: ["stream_id", "channel"],
    time: ["timestamp"],
    id: ["event_id"],
    viewers: ["viewer_count"]
  }
}

/** The fields of a kind. */
export const fieldsOf = (kind: InputKind): ReadonlyArray<FieldName> =>
  // Cast: the keys of a table whose type has no others.
  Object.keys(SPELLINGS[kind]) as ReadonlyArray<FieldName>

/** Bounds of a pointer: characters (UTF-16) and keys. */
const MAX_CHARACTERS = 255
const MAX_KEYS = 8

/** The keys of a valid pointer, without its escapes. */
export const keysOf = (pointer: string): ReadonlyArray<string> =>
  pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))

const INDEX = /^(?:0|[1-9]\d*)$/

/** The value at the keys; `undefined` if there is none. Members that are inherited are none. */
export const valueAt = (json: unknown, keys: ReadonlyArray<string>): unknown => {
  let value = json
  for (const key of keys) {
    if (typeof value !== "object" || value === null) return undefined
    if (Array.isArray(value) ? !INDEX.test(key) : !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}

/** Whether the envelope of Kafka Connect stays: pointers name its members. */
export const keepsEnvelope = (map: FieldMap): boolean =>
  Object.values(map).some((pointer) =>
    ["schema", "payload"].includes(present(keysOf(pointer)[0], "a pointer has keys"))
  )

/** The places at which a field is read, as keys. */
const placesOf = (kind: InputKind, map: FieldMap, field: FieldName): ReadonlyArray<ReadonlyArray<string>> => {
  const pointer = map[field]
  return pointer === undefined ? (SPELLINGS[kind][field] ?? outside()).map((name) => [name]) : [keysOf(pointer)]
}

/** The problem of a pointer, as a phrase after "expected"; `undefined` = it is valid. */
const pointerProblem = (field: string, pointer: string): string | undefined => {
  if (!pointer.startsWith("/")) {
    const keys = pointer.split(/[./]/).filter((key) => key !== "" && key !== "$")
    return `a JSON pointer for ${field}, which begins with /, such as ${field}=/${keys.length === 0 ? "name" : keys.join("/")}`
  }
  if (/[\p{Cc}\p{Cs}\ufffd]/u.test(pointer)) return `a pointer for ${field} in UTF-8 without control characters`
  if (pointer.length > MAX_CHARACTERS) return `at most ${MAX_CHARACTERS} characters in the pointer for ${field}`
  if (/~(?![01])/.test(pointer)) return `~0 for each ~ in the pointer for ${field}, and ~1 for each / in a key`
  const keys = keysOf(pointer)
  if (keys.includes("")) return `a key after each / in the pointer for ${field}`
  return keys.length > MAX_KEYS ? `at most ${MAX_KEYS} keys in the pointer for ${field}` : undefined
}

/** Whether one place is the other, or inside it. */
const overlap = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): boolean => {
  const length = Math.min(one.length, other.length)
  return one.slice(0, length).every((key, index) => key === other[index])
}

const placeOf = (keys: ReadonlyArray<string>): string => `/${keys.join("/")}`

/** Problems between the fields of a map: what could be read in two ways. */
const overlapProblems = (kind: InputKind, map: FieldMap): ReadonlyArray<string> => {
  const places = fieldsOf(kind).flatMap((field) => placesOf(kind, map, field).map((keys) => ({ field, keys })))
  return places.flatMap((one, index) =>
    places.slice(index + 1).flatMap((other) => {
      if (one.field === other.field || !overlap(one.keys, other.keys)) return []
      const unnamed = [one, other].find(({ field }) => map[field] === undefined)
      const why = `${one.field} is read from ${placeOf(one.keys)}, and ${other.field} from ${placeOf(other.keys)}`
      return [
        unnamed === undefined
          ? `separate places for ${one.field} and ${other.field}: ${why}`
          : `an entry for ${unnamed.field} too: ${why}`
      ]
    })
  )
}

/** The map of an environment variable, or its problems as phrases after "expected". */
export type ParsedMap =
  | { readonly _tag: "Map"; readonly map: FieldMap }
  | { readonly _tag: "Problems"; readonly problems: ReadonlyArray<string> }

/** Parses `stream=/channel/login,time=/ts`. */
export const parseFieldMap = (kind: InputKind, text: string): ParsedMap => {
  const problems: Array<string> = []
  const map: Partial<Record<FieldName, string>> = {}
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
  for (const entry of entries) {
    const at = entry.indexOf("=")
    const name = at < 0 ? entry : entry.slice(0, at).trimEnd()
    const pointer = at < 0 ? "" : entry.slice(at + 1).trimStart()
    const field = fieldsOf(kind).find((known) => known === name)
    const problem =
      field === undefined
        ? `entries of the form field=/pointer with the fields ${fieldsOf(kind).join(", ")}; a pointer cannot contain a comma`
        : map[field] === undefined
          ? pointerProblem(field, pointer)
          : `one entry for ${field}`
    if (problem !== undefined) problems.push(problem)
    else if (field !== undefined) map[field] = pointer
  }
  if (entries.length === 0) problems.push("at least one entry, such as stream=/channel/login")
  const all = problems.length > 0 ? [...new Set(problems)] : overlapProblems(kind, map)
  return all.length > 0 ? { _tag: "Problems", problems: all } : { _tag: "Map", map }
}
