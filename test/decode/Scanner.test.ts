import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseEvent } from "../../src/decode/Parser.ts"
import { scanEvent } from "../../src/decode/Scanner.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { readable } from "./Readable.ts"

const KINDS = ["chat", "viewer"] as const

const encoder = new TextEncoder()

/** Names and values as JSON texts, from plain to hostile. */
const NAMES = [
  "stream_id",
  "channel",
  "timestamp",
  "event_id",
  "message_id",
  "user_id",
  "username",
  "message",
  "emotes",
  "viewer_count",
  "platform",
  "user_i\\u0064",
  "__proto__",
  "größe",
  ""
]
const VALUES = [
  '"s"',
  '"Grüße 🎉"',
  '""',
  '"a\\nb"',
  '"\\ud800"',
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
const BLANKS = ["", "", "", " ", "\n", "\t \r"]
const GOOD = [
  ['"stream_id"', '"s"'],
  ['"timestamp"', '"2026-01-01T00:00:00.25Z"'],
  ['"user_id"', '"u"'],
  ['"message"', '"hi"'],
  ['"viewer_count"', "3"]
] as const

const pick = <A>(from: ReadonlyArray<A>, n: number): A => from[n % from.length] as A // never empty

/**
 * A text from the choices: members and blanks, on a good event or by themselves, now and then with
 * a byte that is something else.
 */
const textOf = (seed: number): Uint8Array => {
  const draws = new Draws(seed)
  const next = (): number => draws.below(1_000_000)
  const blank = (): string => (draws.chance(0.01) ? "\u00a0" : pick(BLANKS, next()))
  const members: Array<readonly [string, string]> = draws.chance(0.8) ? [...GOOD] : []
  const more = next() % 4
  for (let n = 0; n < more; n++)
    members.splice(next() % (members.length + 1), 0, [`"${pick(NAMES, next())}"`, pick(VALUES, next())])
  const body = members.map(([name, value]) => `${blank()}${name}${blank()}:${blank()}${value}${blank()}`).join(",")
  const bytes = encoder.encode(`${blank()}{${body}}${blank()}`)
  if (draws.chance(0.2)) bytes[next() % bytes.length] = next() % 256
  return bytes
}

describe("the scanner", () => {
  it("takes the usual form of JSON", () => {
    const chat = encoder.encode(
      '{"event_id": "e-1", "timestamp": "2026-01-31T23:59:59.123456Z", "stream_id": "s", "platform": "twitch", "user_id": 42, "message": "pog é", "emotes": ["Kappa"], "mod": false, "bits": null}'
    )
    const event = scanEvent("chat", chat)
    assert.deepStrictEqual(event === undefined ? undefined : readable(event), {
      _tag: "chat",
      stream: "s",
      timeMs: EventTimeMs(Date.UTC(2026, 0, 31, 23, 59, 59, 123)),
      user: "42",
      text: "pog é",
      emotes: ["Kappa"],
      cutEmotes: 0
    })
    const viewer = encoder.encode('{"channel":"s","stream_id":null,"timestamp":1767225600000,"viewer_count":0}')
    assert.deepStrictEqual(scanEvent("viewer", viewer), {
      _tag: "viewer",
      stream: "s",
      timeMs: EventTimeMs(1_767_225_600_000),
      viewers: 0
    })
  })

  it("gives what the parser gives, or leaves it to the parser", () => {
    let scanned = 0
    let left = 0
    for (let seed = 0; seed < 20_000; seed++) {
      const bytes = textOf(hash(seed))
      for (const kind of KINDS) {
        const event = scanEvent(kind, bytes)
        if (event === undefined) left++
        else {
          scanned++
          assert.deepStrictEqual(
            Result.succeed(readable(event)),
            Result.map(parseEvent(kind, bytes), readable),
            `seed ${seed}: ${new TextDecoder().decode(bytes)}`
          )
        }
      }
    }
    assert.isAbove(scanned, 4000)
    assert.isAbove(left, 4000)
  })
})
