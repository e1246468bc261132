/** Mappings of fields, and records whose members are where a mapping reads them. */
import {
  type FieldMap,
  type FieldMaps,
  fieldsOf,
  keysOf,
  parseFieldMap,
  SPELLINGS
} from "../../../src/domain/FieldMap.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import type { Random } from "../../harness/Random.ts"

/**
 * Keys that are names of other fields, indices, escapes, or trouble for prototypes and vectors. A
 * backslash and a quote alone are not among them. After a key `\\`, V8's JSON.parse takes any key
 * of one escaped character for it.
 */
const KEYS = [
  "a",
  "b",
  "c",
  "x",
  "y",
  "A",
  "K",
  "ts",
  "at",
  "id",
  "user",
  "name",
  "channel",
  "login",
  "msg",
  "meta",
  "data",
  "payload",
  "schema",
  "0",
  "1",
  "2",
  "10",
  "01",
  "00",
  "-",
  "-1",
  "1e0",
  "length",
  "a/b",
  "a~b",
  "~",
  "/",
  "~1",
  "~01",
  "é",
  "gr\u00f6\u00dfe",
  "\u{1f389}",
  "e\u0301",
  "\uffff",
  "__proto__",
  "constructor",
  "toString",
  "a b",
  '""',
  "\\\\",
  "\\u0061",
  "{",
  "k".repeat(15),
  "k".repeat(16),
  "k".repeat(17),
  "k".repeat(40),
  "stream_id",
  "channels",
  "timestamp",
  "message",
  "emotes",
  "user_id",
  "viewer_count"
] as const

const pointerOf = (keys: ReadonlyArray<string>): string =>
  keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

const keysFor = (random: Random, most: number): ReadonlyArray<string> =>
  Array.from({ length: random.between(1, most) }, () => random.pick(KEYS))

const ATTEMPTS = 6

/** A mapping that a configuration accepts. `undefined` = none of the drawn ones is. */
const mapOf = (kind: InputKind, random: Random): FieldMap | undefined => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const common = random.chance(0.5) ? [] : keysFor(random, random.pick([1, 1, 2, 5]))
    const share = random.pick([0.3, 0.6, 1])
    const entries = fieldsOf(kind)
      .filter(() => random.chance(share))
      .map(
        (field) =>
          `${field}=${pointerOf([...(random.chance(0.7) ? common : []), ...keysFor(random, random.pick([1, 1, 2, 3]))])}`
      )
    const parsed = parseFieldMap(kind, entries.join())
    if (parsed._tag === "Map") return parsed.map
  }
  return undefined
}

export const mapsOf = (random: Random): FieldMaps => {
  const [chat, viewer] = [mapOf("chat", random), mapOf("viewer", random)]
  return { ...(chat && { chat }), ...(viewer && { viewer }) }
}

/** A member: its key without escapes, and a value of JSON or an object of members. */
export type Node = readonly [key: string, value: string | Array<Node>]

/** How often a second object with the same key takes a member, so that the first is void. */
const SPLIT = 0.04

const placed = (root: Array<Node>, keys: ReadonlyArray<string>, value: string, random: Random): void => {
  let members = root
  for (const key of keys.slice(0, -1)) {
    const known = members.findLast(([name, inner]) => name === key && typeof inner !== "string")?.[1]
    if (typeof known === "object" && !random.chance(SPLIT)) members = known
    else {
      const made: Array<Node> = []
      members.push([key, made])
      members = made
    }
  }
  members.push([keys.at(-1) ?? "", value])
}

/** Values that void what is inside, or take its place. */
const VOIDS = ["null", "null", "0", '""', "[]", "{}", '"x"', "[null]", '{"a":1}'] as const

/** The flat members in the places of the map. Some places are void, and some members stay. */
export const mapped = (
  kind: InputKind,
  map: FieldMap,
  flat: ReadonlyArray<readonly [string, string]>,
  odd: number,
  random: Random
): Array<Node> => {
  const root: Array<Node> = []
  for (const [name, value] of flat) {
    const field = fieldsOf(kind).find((known) => SPELLINGS[kind][known]?.includes(name))
    const pointer = field === undefined ? undefined : map[field]
    if (pointer === undefined || random.chance(0.05)) root.push([name, value])
    if (pointer !== undefined && !random.chance(odd / 8)) placed(root, keysOf(pointer), value, random)
  }
  if (random.chance(odd)) {
    const pointer = random.among(Object.values(map))
    const keys = pointer === undefined ? [] : keysOf(pointer)
    const depth = random.between(1, Math.max(1, keys.length))
    if (keys.length > 0) placed(root, keys.slice(0, depth), random.pick(VOIDS), random)
  }
  if (random.chance(0.3)) shuffle(root, random)
  return root
}

const shuffle = (members: Array<Node>, random: Random): void => {
  for (let at = members.length - 1; at > 0; at--) {
    const other = random.between(0, at)
    const [one, two] = [members[at], members[other]]
    if (one !== undefined && two !== undefined) {
      members[at] = two
      members[other] = one
    }
  }
}

const INDEX = /^(?:0|[1-9]\d?)$/

/** The members as elements of an array, if their keys are small indices, each once. */
export const elementsOf = (members: ReadonlyArray<Node>): ReadonlyArray<Node | undefined> | undefined => {
  const keys = members.map(([key]) => key)
  if (keys.length === 0 || !keys.every((key) => INDEX.test(key)) || new Set(keys).size < keys.length) return undefined
  const length = Math.max(...keys.map(Number)) + 1
  return Array.from({ length }, (_, index) => members.find(([key]) => key === String(index)))
}
