import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { untilStalled } from "../../src/pipeline/Liveness.ts"
import { ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import { firstCheckpoint, INPUTS, settingsOf } from "./Script.ts"

const TIMEOUT_MS = 120_000

const checkpoint = (flush: number): Checkpoint => ({
  ...firstCheckpoint({ settings: settingsOf(0, 0, false), inputs: INPUTS }),
  flush
})

/** A log that has so many records for each input, and a store that answers or not. */
const services = (end: bigint, answers: () => boolean) =>
  Layer.merge(
    Layer.mock(EventLog, {
      assignments: Stream.never,
      endOffsets: () => Effect.succeed([end, end])
    }),
    Layer.mock(ResultStore, {
      tasks: Effect.suspend(() =>
        answers() ? Effect.succeed([0]) : Effect.fail(new ResultStoreError({ reason: "Unreachable", detail: "away" }))
      )
    })
  )

/** How the watch stands after so many seconds: what it failed with, or undefined while it runs. */
const after = (
  seconds: number,
  checkpoints: () => ReadonlyArray<Checkpoint>,
  end: bigint,
  answers: () => boolean = () => true
) =>
  Effect.gen(function* () {
    const watch = yield* untilStalled(checkpoints, TIMEOUT_MS).pipe(
      Effect.provide(services(end, answers)),
      Effect.flip,
      Effect.forkChild
    )
    yield* Effect.repeat(TestClock.adjust("1 second"), { times: seconds - 1 })
    const exit = watch.pollUnsafe()
    yield* Fiber.interrupt(watch)
    return exit?._tag === "Success" ? exit.value.message : undefined
  })

describe("liveness", () => {
  it.effect("tells a stall once nothing is committed for the timeout though there is something to read", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* after(119, () => [checkpoint(1)], 5n))
      assert.include(yield* after(121, () => [checkpoint(1)], 5n), "10 records")
    })
  )

  it.effect("is content while flushes are committed", () =>
    Effect.gen(function* () {
      let flush = 0
      assert.isUndefined(yield* after(600, () => [checkpoint(flush++)], 5n))
    })
  )

  it.effect("is content with nothing to read, and with a store that does not answer", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* after(600, () => [checkpoint(1)], 0n))
      assert.isUndefined(
        yield* after(
          600,
          () => [checkpoint(1)],
          5n,
          () => false
        )
      )
    })
  )
})
