import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import { TestClock } from "effect/testing"
import type { SensitivityChange } from "../../src/domain/Sensitivity.ts"
import { layer, SensitivityFeed } from "../../src/pipeline/SensitivityFeed.ts"
import { ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"

const change = (version: number, threshold: number | null): SensitivityChange => ({
  version,
  stream: "a",
  type: null,
  threshold
})

describe("the feed of the sensitivity", () => {
  it.effect("queries for what is new every two seconds, survives failures, and keeps what it knows", () =>
    Effect.gen(function* () {
      const stored: Array<SensitivityChange> = [change(1, 5)]
      const queries: Array<number> = []
      let isAway = false
      const store = Layer.mock(ResultStore, {
        sensitivityChanges: (afterVersion) =>
          Effect.suspend(() => {
            queries.push(afterVersion)
            return isAway
              ? Effect.fail(new ResultStoreError({ reason: "Unreachable", detail: "away" }))
              : Effect.succeed(stored.filter(({ version }) => version > afterVersion))
          })
      })
      yield* Effect.gen(function* () {
        const feed = yield* SensitivityFeed
        const override = () => feed.newest().overrides.get("a")?.get(null)

        yield* TestClock.adjust(0)
        assert.deepStrictEqual([feed.newest().version, override()], [1, 5])
        const known = feed.newest()

        // Without a change, tasks see the same object, which costs them nothing.
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(feed.newest(), known)

        isAway = true
        stored.push(change(2, 7), change(3, 8))
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(feed.newest(), known)

        isAway = false
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([feed.newest().version, override()], [3, 8])

        stored.push(change(4, null))
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual([feed.newest().version, override()], [4, undefined])
        assert.deepStrictEqual(queries, [0, 1, 1, 1, 1, 1, 3])
      }).pipe(Effect.provide(Layer.provide(layer, store)))
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("has no version by default, as in a replay", () =>
    Effect.map(SensitivityFeed, (feed) => assert.strictEqual(feed.newest().version, 0))
  )
})
