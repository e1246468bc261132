import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { makeToken } from "../../../src/http/guard/Token.ts"

const SECRET = "correct-horse-battery-staple"
const NOW = 1_800_000_000

const token = makeToken(Redacted.make(SECRET))

describe("API_TOKEN", () => {
  it.effect("is matched whole", () =>
    Effect.gen(function* () {
      const { matches } = yield* token
      assert.isTrue(matches(SECRET))
      for (const other of ["", SECRET.slice(1), `${SECRET}x`, SECRET.toUpperCase(), "x".repeat(100_000)]) {
        assert.isFalse(matches(other), other.slice(0, 50))
      }
    })
  )

  it.effect("makes sessions that every replica takes until they end, and that don't hold it", () =>
    Effect.gen(function* () {
      const session = (yield* token).session(NOW)
      const replica = yield* makeToken(Redacted.make(SECRET))
      assert.isTrue(replica.isSession(session, NOW - 1))
      assert.isFalse(replica.isSession(session, NOW))
      assert.notInclude(session, SECRET)
      const other = yield* makeToken(Redacted.make("another"))
      assert.isFalse(other.isSession(session, NOW - 1))
    })
  )

  it.effect("takes no session that it has not made", () =>
    Effect.gen(function* () {
      const { isSession, session } = yield* token
      const [, signature = ""] = session(NOW).split(".")
      for (const forged of [
        "",
        ".",
        SECRET,
        signature,
        `${NOW}.`,
        `${NOW + 1}.${signature}`,
        `0${NOW}.${signature}`,
        `+${NOW}.${signature}`,
        `${NOW}.0.${signature}`,
        ` ${NOW}.${signature}`,
        `${NOW}.${signature}\n`,
        `${NOW}.${signature.slice(1)}`,
        `${NOW}.${signature}A`,
        `${NOW}.${[...signature].toReversed().join("")}`,
        `999999999999.${"A".repeat(43)}`,
        `Infinity.${signature}`,
        `1e300.${signature}`
      ]) {
        assert.isFalse(isSession(forged, NOW - 1), forged)
      }
    })
  )
})
