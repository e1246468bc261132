import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseEvent } from "../../src/decode/Parser.ts"
import { scanEvent } from "../../src/decode/Scanner.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { JsonText, jsonBytesOf } from "./JsonTexts.ts"
import { readable } from "./Readable.ts"

const KINDS = ["chat", "viewer"] as const

const encoder = new TextEncoder()

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
    const samples = scanEvent("viewer", viewer)
    assert.deepStrictEqual(samples === undefined ? undefined : readable(samples), {
      _tag: "viewer",
      stream: "s",
      timeMs: EventTimeMs(1_767_225_600_000),
      viewers: 0
    })
  })

  it("leaves a time with another character for a digit", () => {
    // The year of 30z0 must not be computed from its first two digits.
    for (const time of ["2026-01-01T00:00:00.25Z", "3000-01-01T00:00:00.25Z"])
      for (let at = 0; at < time.length - 1; at++)
        for (const character of "/:z") {
          const text = time.slice(0, at) + character + time.slice(at + 1)
          const bytes = encoder.encode(`{"channel":"s","timestamp":"${text}","viewer_count":0}`)
          if (text !== time) assert.isUndefined(scanEvent("viewer", bytes), text)
        }
  })

  let scanned = 0
  let left = 0

  it.prop(
    "gives what the parser gives, or leaves it to the parser",
    [JsonText],
    ([text]) => {
      const bytes = jsonBytesOf(text)
      for (const kind of KINDS) {
        const event = scanEvent(kind, bytes)
        if (event === undefined) {
          left++
          continue
        }
        scanned++
        assert.deepStrictEqual(
          Result.succeed(readable(event)),
          Result.map(parseEvent(kind, bytes), readable),
          new TextDecoder().decode(bytes)
        )
      }
    },
    { arbitrary: { runs: 10_000, size: 50, seed: 1 } }
  )

  it("took many texts, and left many", () => {
    assert.isAbove(scanned, 4000)
    assert.isAbove(left, 4000)
  })
})
