import { inspect } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import * as Load from "../../src/config/Load.ts"

const read = (env: Record<string, string>) =>
  Load.load.pipe(
    Effect.provide(Layer.mergeAll(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

const targets = (urls: string) => Effect.map(read({ NOTIFY_URLS: urls }), ({ config }) => config.notify.targets)

const urls = (count: number) => Array.from({ length: count }, (_, n) => `https://a.org/${n}`).join(",")

const ANY = { streams: undefined, types: undefined, minIntensity: Number.NEGATIVE_INFINITY }

describe("NOTIFY_URLS", () => {
  it.effect("has a shape, a URL and filters for each target", () =>
    Effect.gen(function* () {
      const found = yield* targets(
        " discord+https://discord.com/api/webhooks/1/abc#stream=a%7Cb|%2Cc&type=raid|hype&min=5.5 ," +
          "slack+https://hooks.slack.com/services/T/B/x, json+https://example.org/?key=s,https://[2001:db8::1]:8443/in#,,"
      )
      assert.deepStrictEqual(
        found.map(({ name, rule, shape, url }) => [name, shape, Redacted.value(url), rule.filters]),
        [
          [
            "1-discord.com",
            "discord",
            "https://discord.com/api/webhooks/1/abc",
            [{ streams: ["a|b", ",c"], types: ["raid", "hype"], minIntensity: 5.5 }]
          ],
          ["2-hooks.slack.com", "slack", "https://hooks.slack.com/services/T/B/x", [ANY]],
          ["3-example.org", "json", "https://example.org/?key=s", [ANY]],
          ["4-[2001:db8::1]", "json", "https://[2001:db8::1]:8443/in", [ANY]]
        ]
      )
      assert.strictEqual(new Set(found.map(({ rule }) => rule.target)).size, 4)
    })
  )

  it.effect("gathers the filters of one address, whose name in the tables no filter changes", () =>
    Effect.gen(function* () {
      const [one, ...none] = yield* targets("https://a.org/x#min=3&type=raid,json+https://A.org/x#stream=s")
      assert.deepStrictEqual(none, [])
      assert.deepStrictEqual(one?.rule.filters, [
        { ...ANY, types: ["raid"], minIntensity: 3 },
        { ...ANY, streams: ["s"] }
      ])
      const [other] = yield* targets("https://a.org/x")
      assert.strictEqual(other?.rule.target, one?.rule.target)
    })
  )

  const refused: ReadonlyArray<readonly [string, string]> = [
    ["ftp://topsecret.org/", "discord+https://"],
    ["teams+https://topsecret.org/", "discord+https://"],
    ["topsecret", "discord+https://"],
    ["https://", "discord+https://"],
    ["https://user:topsecret@a.org/", "no user and password"],
    ["https://a.org/topsecret#a#b", "one # in it"],
    ["https://a.org/topsecret#kind=raid", "only stream, type and min"],
    ["https://a.org/topsecret#type=topsecret", "types among raid, hype"],
    ["https://a.org/topsecret#type=raid&type=hype", "one type in its filter"],
    ["https://a.org/topsecret#stream=", "a value for stream"],
    ["https://a.org/topsecret#stream=a||b", "a value for stream"],
    ["https://a.org/topsecret#stream=%ff", "a value for stream"],
    ["https://a.org/topsecret#min=-1", "a number as min"],
    ["https://a.org/topsecret#min=3|4", "a number as min"]
  ]
  for (const [entry, words] of refused) {
    it.effect(`refuses ${entry} and names the entry, not its content`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read({ NOTIFY_URLS: `https://fine.org/topsecret,${entry}` }))
        assert.include(error.message, "in entry 2 of 2: ")
        assert.include(error.message, words)
        assert.notInclude(error.message, "topsecret")
      })
    )
  }

  it.effect("has at most 20 entries", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* targets(urls(20)), 20)
      assert.include((yield* Effect.flip(targets(urls(21)))).message, "at most 20 URLs")
    })
  )

  it.effect("warns of an address without TLS, unless it is this machine", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read({
        NOTIFY_URLS:
          "http://127.0.0.1:9/topsecret,http://localhost/topsecret,http://[::1]/topsecret,http://a.org/topsecret"
      })
      assert.lengthOf(notices, 1)
      assert.include(notices[0], "target 4-a.org in cleartext")
      assert.notInclude(notices.join(), "topsecret")
      assert.notInclude(inspect(config, { depth: 9 }), "topsecret")
    })
  )
})

describe("NOTIFY_SECRET", () => {
  it.effect("is base64 of 24 to 64 bytes, and of no use without targets", () =>
    Effect.gen(function* () {
      const env = { NOTIFY_URLS: "https://a.org" }
      for (const bytes of [24, 25, 26, 63, 64]) {
        const key = Buffer.alloc(bytes, 255).toString("base64")
        yield* read({ ...env, NOTIFY_SECRET: key })
        yield* read({ ...env, NOTIFY_SECRET: `whsec_${key}` })
      }
      for (const key of [Buffer.alloc(23).toString("base64"), Buffer.alloc(65).toString("base64"), "x".repeat(33)]) {
        const error = yield* Effect.flip(read({ ...env, NOTIFY_SECRET: key }))
        assert.include(error.message, "24 to 64 bytes in base64")
        assert.notInclude(error.message, key)
      }
      const alone = yield* Effect.flip(read({ NOTIFY_SECRET: Buffer.alloc(24).toString("base64") }))
      assert.include(alone.message, "no value, unless NOTIFY_URLS is set")
    })
  )
})

describe("PUBLIC_URL", () => {
  it.effect("is an address to which paths are appended", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ PUBLIC_URL: "https://telemetra.example/live//" })
      assert.strictEqual(config.notify.publicUrl, "https://telemetra.example/live")
      for (const url of ["telemetra.example", "ftp://a", "https://u@a", "https://a?b", "https://a#b", "javascript:x"]) {
        assert.include((yield* Effect.flip(read({ PUBLIC_URL: url }))).message, "an http or https URL")
      }
    })
  )
})
