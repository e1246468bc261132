import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { lagSum } from "../../src/domain/Lag.ts"
import { KnownEnds, lagsOf } from "../../src/worker/LagProbe.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import { firstCheckpoint, INPUTS, settingsOf } from "../pipeline/Script.ts"

const first = firstCheckpoint({ settings: settingsOf(0, 0, false), inputs: INPUTS })

/** A checkpoint with both inputs at these offsets. */
const at = (chat: bigint, viewer: bigint) => ({
  ...first,
  inputs: first.inputs.map((input, index) => ({ ...input, nextOffset: index === 0 ? chat : viewer }))
})

const ending = (endOffsets: EventLog["Service"]["endOffsets"]) =>
  Layer.mock(EventLog, { assignments: Stream.never, endOffsets })

describe("lag", () => {
  it.effect("is reported by input, and is 0 if a position lies beyond the log's end", () =>
    Effect.gen(function* () {
      const lags = yield* lagsOf([at(3n, 9n)])
      assert.deepStrictEqual(lags, [
        { topic: "chat", partition: 0, endOffset: 10n, records: 7 },
        { topic: "viewer", partition: 0, endOffset: 8n, records: 0 }
      ])
      assert.strictEqual(lagSum(lags ?? []), 7)
    }).pipe(Effect.provide(ending(() => Effect.succeed([10n, 8n]))))
  )

  it.effect("is reported for the other partitions if one is unavailable", () =>
    Effect.gen(function* () {
      const other = { ...at(3n, 8n), sourcePartition: 1 }
      const query = yield* Effect.forkChild(lagsOf([other, at(3n, 8n)]))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(lagSum((yield* Fiber.join(query)) ?? []), 7)
    }).pipe(
      Effect.provide(
        ending(({ sourcePartition }) => (sourcePartition === 1 ? Effect.never : Effect.succeed([10n, 8n])))
      )
    )
  )

  it.effect("is unknown while the log does not answer", () =>
    Effect.gen(function* () {
      const query = yield* Effect.forkChild(lagsOf([at(0n, 0n)]))
      yield* TestClock.adjust("5 seconds")
      assert.isUndefined(yield* Fiber.join(query))
    }).pipe(Effect.provide(ending(() => Effect.never)))
  )

  it("is known without a request while the last reply of the log holds", () => {
    const ends = new KnownEnds()
    assert.isNull(ends.lagOf(at(0n, 0n)))
    ends.learn([{ topic: "chat", partition: 0, endOffset: 10n, records: 10 }])
    assert.isNull(ends.lagOf(at(0n, 0n)))
    ends.learn([
      { topic: "chat", partition: 0, endOffset: 10n, records: 10 },
      { topic: "viewer", partition: 0, endOffset: 4n, records: 4 }
    ])
    assert.strictEqual(ends.lagOf(at(0n, 0n)), 14)
    assert.strictEqual(ends.lagOf(at(9n, 5n)), 1)
    ends.learn(undefined)
    assert.isNull(ends.lagOf(at(9n, 5n)))
  })

  it("is known from the start of a task, until newer ends come", () => {
    const ends = new KnownEnds()
    ends.start(at(0n, 0n), [10n, 4n])
    ends.learn([])
    assert.strictEqual(ends.lagOf(at(9n, 4n)), 1)
    ends.learn([
      { topic: "chat", partition: 0, endOffset: 20n, records: 10 },
      { topic: "viewer", partition: 0, endOffset: 4n, records: 4 }
    ])
    assert.strictEqual(ends.lagOf(at(9n, 4n)), 11)
    ends.learn([])
    assert.isNull(ends.lagOf(at(9n, 4n)))
  })
})
