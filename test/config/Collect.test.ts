import { inspect } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import * as Load from "../../src/config/Load.ts"

const read = (env: Record<string, string>) =>
  Load.load.pipe(
    Effect.provide(Layer.mergeAll(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

const SECRET = "top-secret-value"
const APPLICATION = { TWITCH_CLIENT_ID: "the-id", TWITCH_CLIENT_SECRET: SECRET }

describe("the application at Twitch", () => {
  it.effect("has an id, a secret that is never shown, and addresses", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read(APPLICATION)
      const { helix } = config.collect.twitch
      assert.strictEqual(helix?.apiUrl, "https://api.twitch.tv/helix")
      assert.strictEqual(helix?.tokenUrl, "https://id.twitch.tv/oauth2/token")
      assert.strictEqual(helix?.clientId, "the-id")
      assert.strictEqual(Redacted.value(helix?.clientSecret ?? Redacted.make("")), SECRET)
      assert.notInclude(inspect(config, { depth: 9 }), SECRET)
      assert.deepStrictEqual(notices, [])
    })
  )

  it.effect("may be at another address, with a warning if the secret is readable on the way", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read({
        ...APPLICATION,
        TWITCH_API_URL: "http://127.0.0.1:8080/helix//",
        TWITCH_TOKEN_URL: "http://tokens.example/token"
      })
      assert.strictEqual(config.collect.twitch.helix?.apiUrl, "http://127.0.0.1:8080/helix")
      assert.lengthOf(notices, 1)
      assert.include(notices[0], "TWITCH_TOKEN_URL receives TWITCH_CLIENT_SECRET in cleartext")
    })
  )

  for (const [one, other] of [
    ["TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET"],
    ["TWITCH_CLIENT_SECRET", "TWITCH_CLIENT_ID"]
  ] as const) {
    it.effect(`is not complete without ${other}`, () =>
      Effect.gen(function* () {
        const { problems } = yield* Effect.flip(read({ [one]: SECRET }))
        assert.deepStrictEqual(problems, [{ name: other, value: null, allowed: `a value, because ${one} is set` }])
      })
    )
  }

  for (const [name, value] of [
    ["TWITCH_CLIENT_ID", "two words"],
    ["TWITCH_CLIENT_SECRET", "line\nbreak"],
    ["TWITCH_API_URL", "https://user@host/"],
    ["TWITCH_API_URL", "https://host/?key=1"],
    ["TWITCH_TOKEN_URL", "ftp://host/"],
    ["EMOTE_URL_7TV", "7tv.io"]
  ] as const) {
    it.effect(`refuses ${JSON.stringify(value)} as ${name}`, () =>
      Effect.gen(function* () {
        const { problems } = yield* Effect.flip(read({ ...APPLICATION, [name]: value }))
        assert.deepStrictEqual(
          problems.map((problem) => problem.name),
          [name]
        )
      })
    )
  }
})

const lists = (env: Record<string, string>) =>
  Effect.map(read(env), ({ config }) => config.collect.twitch.emoteLists.map(({ name, url }) => `${name} ${url}`))

describe("EMOTE_LISTS", () => {
  it.effect("names lists, each with its address", () =>
    Effect.gen(function* () {
      const found = yield* lists({ EMOTE_LISTS: "FFZ, 7tv,ffz", EMOTE_URL_FFZ: "http://localhost:1/v1/" })
      assert.deepStrictEqual(found, ["ffz http://localhost:1/v1", "7tv https://7tv.io/v3"])
    })
  )

  it.effect("may be none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* lists({ EMOTE_LISTS: "none" }), [])
      const { problems } = yield* Effect.flip(lists({ EMOTE_LISTS: "none,7tv" }))
      assert.deepStrictEqual(
        problems.map(({ allowed, name }) => [name, allowed]),
        [["EMOTE_LISTS", "none alone, or names of lists without none"]]
      )
      const unknown = yield* Effect.flip(lists({ EMOTE_LISTS: "twitch" }))
      assert.include(unknown.message, "EMOTE_LISTS")
    })
  )
})
