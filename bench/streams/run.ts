/**
 * `node bench/streams/run.ts 1000000`: one window of so many live streams closes at once, on a real PostgreSQL of its own. The worker is stopped in the middle and started again. Prints how
 * long that takes, the peak of the process's memory, and the longest time for which the event loop was blocked.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Console, Deferred, Effect, Fiber, Layer, Logger, Stream } from "effect"
import type { Batch, LogRecord } from "../../src/domain/Batch.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import type { PipelineSettings } from "../../src/domain/Settings.ts"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import { TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { runWorker } from "../../src/worker/TaskPool.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import * as PostgresStore from "../../src/sink/postgres/PostgresStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import * as Postgres from "../../test/harness/Postgres.ts"
import * as PostgresTables from "../../test/harness/PostgresTables.ts"

const STREAMS = Number(process.argv[2] ?? 1_000_000)
const MINUTE_MS = 60_000
const BASE_MS = Date.UTC(2026, 0, 1)
const BATCH = 1000

const settings: PipelineSettings = {
  window: { sizeMs: MINUTE_MS, slideMs: MINUTE_MS },
  read: { watermarkDelayMs: 0, maxFutureSkewMs: 0, futureReference: "record", maxEventBytes: 1_048_576 },
  detection: { threshold: 3 },
  topEmotes: 10,
  limits: STATE_LIMITS,
  idleTimeoutMs: 0,
  triggerIntervalMs: 1000,
  maxRecordsPerFlush: undefined
}

const task: TaskDefinition = {
  sourcePartition: 0,
  inputs: [
    { kind: "chat", topic: "chat", partition: 0 },
    { kind: "viewer", topic: "viewer", partition: 0 }
  ]
}

const encoder = new TextEncoder()

/** An event of each stream; the last one comes five minutes later and closes their window. */
const recordAt = (input: number, offset: number): LogRecord => {
  const timestampMs = offset < STREAMS ? BASE_MS + (offset % MINUTE_MS) : BASE_MS + 5 * MINUTE_MS
  const event =
    input === 0
      ? { stream_id: `stream-${offset}`, timestamp: timestampMs, user_id: "u", message: "love it", emotes: ["Kappa"] }
      : { stream_id: `stream-${offset}`, timestamp: timestampMs, viewer_count: 10 }
  return { offset: BigInt(offset), timestampMs, value: encoder.encode(JSON.stringify(event)) }
}

const END = STREAMS + 1
const ends = Effect.succeed(task.inputs.map(() => BigInt(END)))

const batchAt = (input: number, from: number): Batch => {
  const to = Math.min(from + BATCH, END)
  return {
    input,
    records: Array.from({ length: to - from }, (_, index) => recordAt(input, from + index)),
    nextOffset: BigInt(to)
  }
}

/** Makes records as they are read. */
const log = EventLog.of({
  assignments: Stream.succeed({ generation: 1, tasks: [task] }),
  startOffsets: () => Effect.succeed([0n, 0n]),
  endOffsets: () => ends,
  readableEnds: () => ends,
  openTransactions: () => Effect.succeed([]),
  problem: Effect.undefined,
  commit: () => Effect.void,
  read: (_, positions, demand) =>
    Stream.unfold(
      positions,
      Effect.fnUntraced(function* (at) {
        yield* Effect.yieldNow
        const input =
          demand().find((wanted) => Number(at[wanted]) < END) ?? at.findIndex((position) => Number(position) < END)
        if (input < 0) return undefined
        const batch = batchAt(input, Number(at[input]))
        return [batch, at.with(input, batch.nextOffset)] as const
      })
    )
})

let peakMiB = 0
const delay = monitorEventLoopDelay({ resolution: 10 })

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Runs a worker to the log's end, or until it has written so many rows. */
const runUntil = Effect.fnUntraced(function* (name: string, most: number) {
  const startedMs = yield* Clock.currentTimeMillis
  let rows = 0
  let flushes = 0
  let largest = 0
  const reached = yield* Deferred.make<void>()
  delay.reset()
  const worker = yield* runWorker({
    settings,
    model: BaselineModel,
    owner: "bench",
    stop: yield* Deferred.make<void>(),
    memory: new TaskMemory(),
    knownLag: () => null,
    onAssign: () => Effect.void,
    onStart: () => Effect.void,
    onEnd: () => Effect.void,
    onCommit: (flush) =>
      Effect.suspend(() => {
        rows += flush.rows.length
        if (flush.rows.length > 0) flushes++
        largest = Math.max(largest, flush.rows.length)
        return rows >= most ? Deferred.succeed(reached, undefined) : Effect.void
      })
  }).pipe(Effect.forkChild)
  yield* Effect.raceFirst(Fiber.join(worker), Deferred.await(reached))
  yield* Fiber.interrupt(worker)
  const tookMs = (yield* Clock.currentTimeMillis) - startedMs
  yield* Console.log(
    `${name}: ${rows} rows in ${flushes} flushes of at most ${largest}, ${seconds(tookMs)}; event loop blocked for at most ${seconds(delay.max / 1e6)}; peak memory ${peakMiB} MiB`
  )
})

const main = Effect.gen(function* () {
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, Math.round(process.memoryUsage.rss() / 2 ** 20))), 100)
  timer.unref()
  delay.enable()
  const { freshSchema, postgres } = yield* Postgres.Postgres
  const options = { postgres, store: PostgresTables.storeConfig(freshSchema()) }
  yield* Effect.gen(function* () {
    yield* runUntil("until the middle", STREAMS / 2)
    yield* runUntil("after the restart", Number.POSITIVE_INFINITY)
  }).pipe(
    Effect.provide(Layer.merge(PostgresStore.layer(options), DeadLetterTopic.layerNone)),
    Effect.provideService(EventLog, log)
  )
})

main.pipe(Effect.provide(Layer.merge(Postgres.layer(), Logger.layer([]))), NodeRuntime.runMain())
