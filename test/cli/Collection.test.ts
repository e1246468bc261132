import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { drain } from "../../src/cli/Collection.ts"
import * as Collector from "../../src/collect/Collector.ts"
import { EventLogError } from "../../src/source/EventLog.ts"
import { EventWriter } from "../../src/source/EventWriter.ts"
import { message, scripted } from "../collect/ScriptedPlatform.ts"

/** Collects two messages into a log that answers so, and stops. Returns the lines of the stop. */
const stopped = Effect.fnUntraced(function* (append: EventWriter["Service"]["append"]) {
  const { emit, platform } = yield* scripted()
  const collector = yield* Collector.make([{ platform, streams: ["one"] }])
  const running = yield* collector.run.pipe(
    Effect.provide([Layer.succeed(EventWriter, { append }), Logger.layer([])]),
    Effect.forkChild
  )
  yield* emit(message({ id: "a" }), message({ id: "b" }))
  yield* TestClock.adjust("1 second")
  const lines: Array<string> = []
  const draining = yield* drain(collector, running, Duration.seconds(5)).pipe(
    Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
    Effect.forkChild
  )
  yield* Effect.repeat(TestClock.adjust("1 second"), { times: 6 })
  yield* Fiber.join(draining)
  yield* Fiber.interrupt(running)
  return lines
})

describe("the stop of a collector", () => {
  it.effect("reports nothing if everything was appended", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* stopped(() => Effect.void), [])
    })
  )

  it.effect.each([
    ["is away", "Unreachable"],
    ["refuses events for good", "Unauthorized"]
  ] as const)("reports the events that are lost while the log %s", ([, reason]) =>
    Effect.gen(function* () {
      const lines = yield* stopped(() => Effect.fail(new EventLogError({ reason, detail: "no log" })))
      assert.deepStrictEqual(lines, ["2 collected events could not be appended before the end, and are lost: no log"])
    })
  )

  it.effect("reports the events of an append without an answer", () =>
    Effect.gen(function* () {
      const lines = yield* stopped(() => Effect.never)
      assert.deepStrictEqual(lines, ["2 collected events could not be appended before the end, and are lost"])
    })
  )
})
