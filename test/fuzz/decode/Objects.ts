/** Records as JSON objects in every spelling, and records that only resemble them. */
import type { FieldMap } from "../../../src/domain/FieldMap.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import type { Random } from "../../harness/Random.ts"
import { utf8 } from "./Bytes.ts"
import { elementsOf, mapped, type Node } from "./Mapped.ts"
import { number, oddTime, time, timeForm, viewers } from "./Numbers.ts"
import type { Taste } from "./Taste.ts"
import { message, name } from "./Texts.ts"
import { wrapped } from "./Wrapped.ts"

type Member = readonly [name: string, value: string]

const JSON_BLANKS = [" ", " ", "  ", "\n", "\t", "\r\n", " \t ", " ".repeat(16), "\n".repeat(33)] as const
/** White space elsewhere, but not in JSON. */
const OTHER_BLANKS = ["\v", "\f", "\0", "\x1f", utf8("\u00a0"), utf8("\ufeff"), utf8("\u0085"), "/**/", ","] as const

const blank = (random: Random, taste: Taste): string =>
  !random.chance(taste.blank)
    ? ""
    : random.chance(taste.odd / 50)
      ? random.pick(OTHER_BLANKS)
      : random.pick(JSON_BLANKS)

const EMOTES = ["Kappa", "LUL", "PogChamp", "BibleThump", "catJAM"] as const

const emote = (random: Random, taste: Taste): string => {
  if (random.chance(taste.odd / 50)) return random.pick(["1", "null", "[]", "{}", "true", "", '"', '"a" "b"'])
  return `"${random.chance(0.8) ? random.pick(EMOTES) : random.chance(0.05) ? "" : name(random, taste, "e")}"`
}

const COUNTS = [0, 1, 2, 40, 254, 255, 256, 257, 258, 300] as const

const emotes = (random: Random, taste: Taste): string => {
  if (random.chance(taste.odd / 4))
    return random.pick(["null", '"Kappa"', "[[]]", "[,]", '["a",]', "[", "]", "{}", "0"])
  const count = random.chance(taste.crowded) ? random.pick(COUNTS) : random.between(0, 3)
  let elements = ""
  for (let index = 0; index < count; index++)
    elements += `${index > 0 ? "," : ""}${blank(random, taste)}${emote(random, taste)}${blank(random, taste)}`
  return `[${count > 0 ? elements : blank(random, taste)}]`
}

const nested = (random: Random): string => {
  const depth = random.pick([1, 2, 7, 8, 9, 10, 100, 3000])
  const closed = random.chance(0.95) ? depth : depth - 1
  return random.chance(0.5)
    ? `${"[".repeat(depth)}${"]".repeat(closed)}`
    : `${'{"user_id":'.repeat(depth)}1${"}".repeat(closed)}`
}

const WORDS = [
  "null",
  "true",
  "false",
  "falsx",
  "fals",
  "nuls",
  "truf",
  "nul",
  "True",
  "nulll",
  "none",
  "undefined",
  "t",
  "",
  "'a'"
] as const

/** Any value of JSON, or what resembles one. */
const anyValue = (random: Random, taste: Taste): string => {
  switch (random.between(0, 7)) {
    case 0:
      return number(random)
    case 1:
      return random.pick(WORDS)
    case 2:
      return nested(random)
    case 3:
      return emotes(random, taste)
    case 4:
      return `{"a":${blank(random, taste)}[${number(random)},null],"message":"${message(random, taste)}"}`
    case 5:
      return `"${name(random, taste, "x")}"`
    case 6:
      return random.pick(['""', '"\\""', '"}{"', '"\\\\"', '"],\\"user_id\\":\\"x"', '":"', '","'])
    default:
      return `"${message(random, taste)}"`
  }
}

/** A value of a member that no event has. */
const unusedValue = (random: Random, taste: Taste): string =>
  random.chance(taste.odd)
    ? anyValue(random, taste)
    : random.pick([
        "null",
        "true",
        "false",
        "0",
        "17",
        '"twitch"',
        "[]",
        "{}",
        '{"a":[1,{"b":null}]}',
        "[1, 2]",
        '[["x"],{}]',
        '"}{][,:"'
      ])

const CHAT_NAMES = [
  "stream_id",
  "channel",
  "timestamp",
  "event_id",
  "message_id",
  "user_id",
  "username",
  "message",
  "emotes"
] as const
const VIEWER_NAMES = ["stream_id", "channel", "timestamp", "event_id", "viewer_count"] as const

/** Names that differ from an event's by a little. */
const UNKNOWN_NAMES = [
  "platform",
  "mod",
  "",
  "x",
  "Stream_id",
  "stream_ie",
  "stream_i",
  "stream_id ",
  "channels",
  "xhannel",
  "timestamps",
  "timestanp",
  "user_if",
  "userid",
  "usernamf",
  "massage",
  "messagf",
  "emotet",
  "viewer_counu",
  "message_ie",
  "event_ie",
  "__proto__",
  "constructor",
  "toString",
  "id",
  "_tag",
  "timeMs",
  utf8("gr\u00f6\u00dfe"),
  utf8("emot\u00e9s"),
  "n".repeat(16),
  "n".repeat(300)
] as const

/** The value that a member should have. */
const valueOf = (field: string, random: Random, taste: Taste, timeMs: number): string => {
  switch (field) {
    case "timestamp":
      if (random.chance(taste.odd)) return oddTime(random)
      return random.chance(taste.timeForms) ? timeForm(random, timeMs) : time(random, timeMs)
    case "viewer_count":
      return random.chance(taste.odd) ? number(random) : viewers(random)
    case "message":
      return `"${message(random, taste)}"`
    case "emotes":
      return emotes(random, taste)
    default:
      return random.chance(taste.odd / 4)
        ? number(random)
        : random.chance(0.05)
          ? String(random.between(0, 99_999_999))
          : `"${name(random, taste, field.slice(0, 1))}"`
  }
}

const usualMembers = (kind: InputKind, random: Random, taste: Taste, timeMs: number): Array<Member> => {
  const members: Array<Member> = []
  const add = (field: string): void => void members.push([field, valueOf(field, random, taste, timeMs)])
  if (random.chance(0.3)) add(kind === "chat" && random.chance(0.5) ? "message_id" : "event_id")
  add(random.chance(0.9) ? "stream_id" : "channel")
  add("timestamp")
  if (kind === "viewer") {
    add("viewer_count")
    return members
  }
  add(random.chance(0.9) ? "user_id" : "username")
  add("message")
  if (random.chance(0.7)) add("emotes")
  return members
}

const spelled = (random: Random, taste: Taste, field: string): string => {
  if (!random.chance(taste.odd / 8) || field === "") return field
  const at = random.between(0, field.length - 1)
  const code = field.charCodeAt(at).toString(16).padStart(4, "0")
  return random.chance(0.7) ? `${field.slice(0, at)}\\u${code}${field.slice(at + 1)}` : field.toUpperCase()
}

/** The key of a mapping in quotes, perhaps with escapes. */
const keyText = (random: Random, taste: Taste, key: string): string => {
  // V8 may misread an escape that is the whole key; see Mapped.ts.
  if (key.length > 1 && random.chance(taste.odd / 8 + taste.escape / 20)) {
    const units = key.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    if (random.chance(0.5)) return `"${units.join("")}"`
  }
  return utf8(JSON.stringify(key))
}

/** A member more: null, another spelling, a repeated field, a field of the other kind. */
const moreMember = (kind: InputKind, random: Random, taste: Taste, timeMs: number): Member => {
  const field = random.pick(random.chance(0.9) === (kind === "chat") ? CHAT_NAMES : VIEWER_NAMES)
  return [
    field,
    random.chance(0.3) ? "null" : random.chance(0.3) ? anyValue(random, taste) : valueOf(field, random, taste, timeMs)
  ]
}

const membersOf = (kind: InputKind, random: Random, taste: Taste, timeMs: number): Array<Member> => {
  const members = usualMembers(kind, random, taste, timeMs)
  const insert = (member: Member): void => void members.splice(random.between(0, members.length), 0, member)
  if (random.chance(taste.odd)) insert(moreMember(kind, random, taste, timeMs))
  if (random.chance(taste.odd / 4)) members.splice(random.between(0, members.length - 1), 1)
  if (random.chance(taste.odd / 4)) {
    const at = random.between(0, members.length - 1)
    members[at] = [members[at]?.[0] ?? "", anyValue(random, taste)]
  }
  if (random.chance(taste.unknown))
    for (let more = random.between(1, 4); more > 0; more--)
      insert([random.pick(UNKNOWN_NAMES), unusedValue(random, taste)])
  if (random.chance(0.3))
    for (let at = members.length - 1; at > 0; at--) {
      const other = random.between(0, at)
      const swapped = members[at] ?? ["", ""]
      members[at] = members[other] ?? swapped
      members[other] = swapped
    }
  return members
}

/** Bytes before or behind the object that do not belong there. */
const OUTER = ["\ufeff", "\0", "}", "{", ",", "x", "{}", "null", "\u00a0", "\v"].map(utf8) as [string, ...Array<string>]

/** Members in the places of a mapping, as an object or an array. */
const tree = (random: Random, taste: Taste, members: ReadonlyArray<Node>, isRoot: boolean): string => {
  const valueOf = (value: Node[1]): string => (typeof value === "string" ? value : tree(random, taste, value, false))
  const gap = (): string => blank(random, taste)
  const elements = isRoot || random.chance(0.3) ? undefined : elementsOf(members)
  if (elements !== undefined) {
    const texts = elements.map((node) => (node === undefined ? unusedValue(random, taste) : valueOf(node[1])))
    if (random.chance(0.2)) texts.push(unusedValue(random, taste))
    return `[${texts.map((text) => `${gap()}${text}${gap()}`).join(",")}]`
  }
  const texts = members.map(
    ([key, value]) => `${gap()}${keyText(random, taste, key)}${gap()}:${gap()}${valueOf(value)}${gap()}`
  )
  if (random.chance(taste.unknown / 3))
    texts.splice(random.between(0, texts.length), 0, `"${random.pick(UNKNOWN_NAMES)}":${unusedValue(random, taste)}`)
  return `{${texts.join(",")}}`
}

/** An event of the kind at the time, or almost one, for a decoder with the mapping. */
export const object = (kind: InputKind, random: Random, taste: Taste, timeMs: number, map?: FieldMap): string => {
  const text =
    map === undefined
      ? flat(kind, random, taste, timeMs)
      : tree(random, taste, mapped(kind, map, membersOf(kind, random, taste, timeMs), taste.odd, random), true)
  return random.chance(taste.wrapped) ? wrapped(random, text) : text
}

const flat = (kind: InputKind, random: Random, taste: Taste, timeMs: number): string => {
  let text = `${blank(random, taste)}{${blank(random, taste)}`
  for (const [index, [field, value]] of membersOf(kind, random, taste, timeMs).entries()) {
    if (index > 0) text += `,${blank(random, taste)}`
    text += `"${spelled(random, taste, field)}"${blank(random, taste)}:${blank(random, taste)}${value}${blank(random, taste)}`
  }
  text += `}${blank(random, taste)}`
  if (!random.chance(taste.odd / 20)) return text
  return random.chance(0.5) ? random.pick(OUTER) + text : text + random.pick(OUTER)
}

const SHORT_LENGTHS = [0, 1, 2, 15, 16, 17, 31, 32, 33] as const

/** Records that are too short to be an event, or are none. */
export const noObject = (random: Random, taste: Taste): string => {
  const length = random.pick(SHORT_LENGTHS)
  switch (random.between(0, 6)) {
    case 0:
      return "{}".padEnd(length, " ")
    case 1:
      return '{"stream_id":"a","timestamp":946684800000,"user_id":"u"'.slice(0, length)
    case 2:
      return random.pick(["{", '"', "[", "\\", "0", " ", "\xc3", "\xff", "\0", "x"]).repeat(length)
    case 3:
      return anyValue(random, taste)
    case 4:
      return `[${object("chat", random, taste, 0)}]`
    case 5: {
      let bytes = ""
      while (bytes.length < length) bytes += String.fromCharCode(random.between(0, 255))
      return bytes
    }
    default:
      return JSON.stringify("love ".repeat(length))
  }
}
