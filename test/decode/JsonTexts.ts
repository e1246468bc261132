/** Generates texts that are JSON of an event, nearly so, or far from it. */
import { Schema } from "effect"

const encoder = new TextEncoder()

/** Every field of events. */
export const FIELDS = [
  "stream_id",
  "channel",
  "timestamp",
  "event_id",
  "message_id",
  "user_id",
  "username",
  "message",
  "emotes",
  "viewer_count"
] as const

/** Names and values as JSON texts, from plain to hostile. */
const NAMES = [...FIELDS, "platform", "user_i\\u0064", "__proto__", "größe", ""]
export const VALUES = [
  '"s"',
  '"Grüße 🎉"',
  '""',
  '"a\\nb"',
  '"\\ud800"',
  '"\\u00e9 \\ud83c\\udf89\\u0020pog"',
  '"\\ud83c\\u0041"',
  '"\\u0000"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\\u00E"',
  '"\\x"',
  '"2026-01-01T00:00:00Z"',
  '"2026-12-31T23:59:59.9Z"',
  '"2024-02-29T12:00:00.123456789Z"',
  '"2026-02-29T12:00:00Z"',
  '"2100-02-28T12:00:00Z"',
  '"2026-01-01 00:00:00,5Z"',
  '"2026-01-01T00:00:00.Z"',
  '"2026-01-01T00:00:60Z"',
  '"2026-01-01T00:00:00+01:00"',
  '"2026-1-01T00:00:00.00Z"',
  '"30z0-01-01T00:00:00.00Z"',
  "1767225600000",
  "946684800000",
  "4102444800000",
  "0",
  "-0",
  "7",
  "007",
  "1.5",
  "1e3",
  "2147483647",
  "2147483648",
  "123456789012345",
  "1234567890123456",
  "null",
  "nul",
  "true",
  "false",
  "[]",
  "[ ]",
  '["Kappa"]',
  '["Kappa" , "PogChamp","Kappa"]',
  '["a",]',
  '["ö"]',
  "[1]",
  "[[]]",
  '["", [1, {"a": [null , true]}], "b"]',
  '{"a" : 1, "b":{ } }',
  '{"a":1,}',
  '{"a" 1}',
  "[[[[[[[[[[]]]]]]]]]]",
  "[-1, 0.5]",
  "{}",
  `"${"x".repeat(255)}"`,
  `"${"x".repeat(256)}"`,
  ""
]
const GOOD = [
  ['"stream_id"', '"s"'],
  ['"timestamp"', '"2026-01-01T00:00:00.25Z"'],
  ['"user_id"', '"u"'],
  ['"message"', '"hi"'],
  ['"viewer_count"', "3"]
] as const

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const indexOf = (choices: ReadonlyArray<unknown>) => between(0, choices.length - 1)

/** 0 = a blank that JSON does not have. */
const Blank = between(0, 99)
const BLANKS = ["", "", "", " ", "\n", "\t \r"] as const
const blankOf = (choice: number): string => (choice === 0 ? "\u00a0" : (BLANKS[choice % BLANKS.length] ?? ""))

/** A member with blanks around its parts. It is inserted at a place among the other members. */
const Member = Schema.Struct({
  name: indexOf(NAMES),
  value: indexOf(VALUES),
  place: between(0, GOOD.length),
  blanks: Schema.Tuple([Blank, Blank, Blank, Blank])
})

/** A text from the choices: members on a good event or alone, and perhaps one byte replaced. */
export const JsonText = Schema.Struct({
  /** 0 = the members alone. */
  good: between(0, 4),
  members: Schema.Array(Member).check(Schema.isMaxLength(3)),
  outer: Schema.Tuple([Blank, Blank]),
  /** 0 = replaced. */
  replaced: between(0, 4),
  place: between(0, 200),
  byte: between(0, 255)
})

export const jsonBytesOf = ({ byte, good, members, outer, place, replaced }: typeof JsonText.Type): Uint8Array => {
  const texts: Array<string> = good > 0 ? GOOD.map(([name, value]) => `${name}:${value}`) : []
  for (const member of members) {
    const [first, second, third, last] = member.blanks.map(blankOf)
    texts.splice(member.place, 0, `${first}"${NAMES[member.name]}"${second}:${third}${VALUES[member.value]}${last}`)
  }
  const bytes = encoder.encode(`${blankOf(outer[0])}{${texts.join(",")}}${blankOf(outer[1])}`)
  if (replaced === 0) bytes[place % bytes.length] = byte
  return bytes
}
