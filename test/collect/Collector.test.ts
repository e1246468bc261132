import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Layer, Logger, Metric, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Collector from "../../src/collect/Collector.ts"
import { CollectError } from "../../src/collect/CollectError.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { EventLogError } from "../../src/source/EventLog.ts"
import { EventWriter, type NewRecord } from "../../src/source/EventWriter.ts"
import { message, scripted, viewers } from "./ScriptedPlatform.ts"

/** A log in memory. While `down` it refuses; it remembers the arrays that it refused. */
const memoryLog = () => {
  const log = {
    batches: Array<ReadonlyArray<NewRecord>>(),
    attempts: Array<ReadonlyArray<NewRecord>>(),
    failure: undefined as EventLogError | undefined
  }
  const layer = Layer.succeed(EventWriter, {
    append: (records) =>
      Effect.suspend(() => {
        log.attempts.push(records)
        if (log.failure !== undefined) return Effect.fail(log.failure)
        log.batches.push(records)
        return Effect.void
      })
  })
  return { log, layer }
}

/** Lets fibers run until they wait for the clock, before and after time passes. */
const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 50 }))
const pass = (time: Duration.Input) => Effect.andThen(settle, Effect.andThen(TestClock.adjust(time), settle))

const unreachable = new EventLogError({ reason: "Unreachable", detail: "no log" })

/** The values appended so far, parsed. */
const appended = (batches: ReadonlyArray<ReadonlyArray<NewRecord>>) =>
  batches.flat().map(({ value }) => JSON.parse(value) as Record<string, unknown>)

const started = Effect.fnUntraced(function* (maxBacklog?: number) {
  const platform = yield* scripted()
  const { layer, log } = memoryLog()
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push(String(message)))
  const collector = yield* Collector.make([{ platform: platform.platform, streams: ["one", "two"] }], maxBacklog)
  const registry: Metric.MetricRegistry = new Map()
  const running = yield* collector.run.pipe(
    Effect.provide([layer, Logger.layer([logger])]),
    Effect.provideService(Metric.MetricRegistry, registry),
    Effect.forkChild
  )
  const backlogMetric = Metric.value(Metrics.collectBacklog).pipe(
    Effect.map(({ value }) => Number(value)),
    Effect.provideService(Metric.MetricRegistry, registry)
  )
  return { ...platform, backlogMetric, collector, lines, log, running }
})

describe("the collector", () => {
  it.effect("appends events as the worker reads them, with the log's time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const { emit, log } = yield* started()
      yield* emit(
        message({ emotes: ["Kappa", "Kappa"], badges: ["subscriber/3"], bits: 100, text: "Kappa Kappa" }),
        message({ id: "m2", stream: "two" }),
        viewers()
      )
      yield* pass("200 millis")
      const records = log.batches.flat()
      assert.deepStrictEqual(
        records.map(({ kind, stream, timestampMs }) => [kind, stream, timestampMs]),
        [
          ["chat", "one", 1_800_000_000_200],
          ["chat", "two", 1_800_000_000_200],
          ["viewer", "one", 1_800_000_000_200]
        ]
      )
      assert.deepStrictEqual(appended(log.batches), [
        {
          stream_id: "one",
          timestamp: 1_700_000_000_000,
          event_id: "m1",
          username: "ann",
          author_id: "1",
          message: "Kappa Kappa",
          emotes: ["Kappa", "Kappa"],
          badges: ["subscriber/3"],
          bits: 100
        },
        {
          stream_id: "two",
          timestamp: 1_700_000_000_000,
          event_id: "m2",
          username: "ann",
          author_id: "1",
          message: "hi",
          emotes: [],
          badges: []
        },
        { stream_id: "one", timestamp: 1_700_000_000_000, viewer_count: 7 }
      ])
    })
  )

  it.effect("appends at most 500 events at once, in order", () =>
    Effect.gen(function* () {
      const { emit, log } = yield* started()
      const ids = Array.from({ length: 1234 }, (_, index) => `m${index}`)
      yield* emit(...ids.map((id) => message({ id })))
      yield* Effect.repeat(pass("200 millis"), { times: 50 })
      assert.deepStrictEqual(
        appended(log.batches).map(({ event_id }) => event_id),
        ids
      )
      assert.isAtMost(Math.max(...log.batches.map(({ length }) => length)), 500)
    })
  )

  it.effect("repeats the same array while the log is away, and loses and doubles nothing", () =>
    Effect.gen(function* () {
      const { backlogMetric, collector, emit, log } = yield* started()
      log.failure = unreachable
      yield* emit(message({ id: "a" }))
      yield* pass("10 seconds")
      yield* emit(message({ id: "b" }))
      yield* pass("1 hour")
      assert.isAbove(log.attempts.length, 100)
      assert.strictEqual(new Set(log.attempts).size, 1)
      assert.strictEqual(collector.state.backlog, 2)
      assert.strictEqual(yield* backlogMetric, 2)
      assert.deepStrictEqual(collector.state.problems, [
        "The collector cannot append events: no log. It keeps 2 events"
      ])
      log.failure = undefined
      yield* pass("10 seconds")
      assert.deepStrictEqual(
        appended(log.batches).map(({ event_id }) => event_id),
        ["a", "b"]
      )
      assert.strictEqual(collector.state.backlog, 0)
      assert.strictEqual(yield* backlogMetric, 0)
      assert.deepStrictEqual(collector.state.problems, [])
    })
  )

  it.effect("drops and counts the newest events beyond its buffer", () =>
    Effect.gen(function* () {
      const { collector, emit, lines, log } = yield* started(10)
      log.failure = unreachable
      yield* emit(...Array.from({ length: 25 }, (_, index) => message({ id: `m${index}` })))
      yield* pass("1 second")
      assert.strictEqual(collector.state.backlog, 10)
      assert.strictEqual(collector.state.counts.dropped.backlog, 15)
      log.failure = undefined
      yield* pass("10 seconds")
      yield* emit(message({ id: "after" }))
      yield* pass("1 second")
      assert.deepStrictEqual(
        appended(log.batches).map(({ event_id }) => event_id),
        [...Array.from({ length: 10 }, (_, index) => `m${index}`), "after"]
      )
      assert.strictEqual(lines.filter((line) => line.startsWith("The buffer of 10 events is full")).length, 1)
      assert.include(lines, "Dropped 15 events because the buffer was full")
    })
  )

  it.effect("appends at a stop what it has read", () =>
    Effect.gen(function* () {
      const { collector, emit, log, running } = yield* started()
      yield* emit(message({ id: "a" }))
      yield* pass("1 millis")
      // The platform has received it, and has not handed it over.
      yield* emit(message({ id: "b" }))
      yield* collector.stop
      yield* pass("1 second")
      yield* Fiber.join(running)
      assert.deepStrictEqual(
        appended(log.batches).map(({ event_id }) => event_id),
        ["a", "b"]
      )
    })
  )

  it.effect("ends with the failure of a platform", () =>
    Effect.gen(function* () {
      const { fail, running } = yield* started()
      yield* fail(new CollectError({ reason: "Unauthorized", detail: "bad secret" }))
      const result = yield* Effect.result(Fiber.join(running))
      assert.strictEqual(Result.isFailure(result) ? result.failure.message : undefined, "bad secret")
    })
  )

  it.effect("ends with a failure of the log that retries cannot mend", () =>
    Effect.gen(function* () {
      const { emit, log, running } = yield* started()
      log.failure = new EventLogError({ reason: "Unauthorized", detail: "no rights" })
      yield* emit(message())
      yield* pass("1 second")
      const result = yield* Effect.result(Fiber.join(running))
      assert.strictEqual(Result.isFailure(result) ? result.failure.message : undefined, "no rights")
    })
  )

  it.effect("reports each channel: joined, disconnected, refused, gaps", () =>
    Effect.gen(function* () {
      const { collector, emit, lines } = yield* started()
      const { state } = collector
      assert.strictEqual(state.joinedCount, 0)
      yield* emit({ _tag: "Joined", stream: "one" }, { _tag: "Joined", stream: "two" })
      yield* pass("1 millis")
      assert.deepStrictEqual(lines, ["Reading chat of twitch:one", "Reading chat of twitch:two"])
      yield* emit({ _tag: "Disconnected", streams: ["one", "two"], why: "no reply for 10 s" })
      yield* pass("1 millis")
      assert.deepStrictEqual(state.problems, [
        "Chat of twitch:one and 1 other channel is disconnected: no reply for 10 s. The collector reconnects"
      ])
      yield* emit(
        { _tag: "Joined", stream: "one" },
        { _tag: "Gap", streams: ["one"], fromMs: 0, toMs: 1500, why: "no reply for 10 s" },
        { _tag: "Refused", stream: "two", why: "no such channel" },
        { _tag: "Dropped", stream: "one", why: "mirrored", count: 3 }
      )
      yield* pass("1 millis")
      assert.deepStrictEqual(lines.slice(2), [
        "Chat of twitch:one may be missing from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.500Z (1.5 s): no reply for 10 s",
        "Cannot read chat of twitch:two: no such channel"
      ])
      assert.deepStrictEqual(state.problems, ["Chat of twitch:two cannot be read: no such channel"])
      assert.strictEqual(state.joinedCount, 1)
      yield* emit(message())
      yield* pass("1 minute")
      assert.strictEqual(
        lines.at(-1),
        "Collecting 1 of 2 channels: 1 message, 0 viewer samples, 0 not yet appended, 3 mirrored dropped, 1 gap (2 s in all)"
      )
    })
  )
})
