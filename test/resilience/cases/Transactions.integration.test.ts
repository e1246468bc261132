/**
 * Exactly-once producers: a worker process on a real Kafka and PostgreSQL, while chat is written in
 * transactions that are open for longer than IDLE_TIMEOUT.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import type { Message, Transaction } from "kafkajs"
import { BEFORE_ALL, EventTimeMs } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { startWorker, storeEnv, untilPrinted, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { compareRows } from "../../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../../oracle/Defaults.ts"
import { type OracleRecord, recount, NO_DECISIONS } from "../../oracle/Recount.ts"
import { until } from "../../harness/Until.ts"

const KINDS = ["chat", "viewer"] as const
type Kind = (typeof KINDS)[number]

const BASE_MS = Date.UTC(2026, 5, 1)

const encoder = new TextEncoder()

/** The event of a second since the base. */
const eventAt = (kind: Kind, second: number): OracleRecord => {
  const timestampMs = BASE_MS + second * 1000
  const event = { stream_id: "stream", timestamp: timestampMs }
  const value =
    kind === "chat" ? { ...event, user_id: `u${second % 7}`, message: "so" } : { ...event, viewer_count: 100 }
  return { offset: -1n, timestampMs, value: encoder.encode(JSON.stringify(value)) }
}

/**
 * The log that a test writes, one event a second and kind, and the committed records by topic, for
 * the recount.
 */
const makeLog = Effect.gen(function* () {
  const broker = yield* KafkaBroker
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: 1, [topics.viewer]: 1 })
  const records: Record<Kind, Array<OracleRecord>> = { chat: [], viewer: [] }
  const ends: Record<Kind, bigint> = { chat: 0n, viewer: 0n }
  const producer = yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const made = broker.kafka.producer({ transactionalId: uniqueName("tx"), maxInFlightRequests: 1 })
      await made.connect()
      return made
    }),
    (made) => Effect.promise(() => made.disconnect())
  )

  /** Takes offsets for the events of these seconds. */
  const make = (kind: Kind, from: number, to: number, kept: boolean): ReadonlyArray<Message> =>
    Array.from({ length: to - from }, (_, index) => {
      const event = { ...eventAt(kind, from + index), offset: ends[kind]++ }
      if (kept) records[kind].push(event)
      return { partition: 0, value: Buffer.from(event.value ?? []), timestamp: String(event.timestampMs) }
    })

  return {
    topics,
    records,
    ends,
    /** Outside of transactions, from one second (closed) to another (open). */
    write: (kind: Kind, from: number, to: number) =>
      Effect.suspend(() =>
        broker.produce(
          topics[kind],
          make(kind, from, to, true).map((message) => ({
            partition: 0,
            value: message.value instanceof Buffer ? message.value : null,
            timestampMs: Number(message.timestamp)
          }))
        )
      ),
    /** Chat in a transaction that stays open. */
    begin: (from: number, to: number, end: "commit" | "abort") =>
      Effect.promise(async () => {
        const open = await producer.transaction()
        await open.send({ topic: topics.chat, messages: [...make("chat", from, to, end === "commit")] })
        return open
      }),
    /** Ends it; its marker takes an offset. */
    end: (open: Transaction, end: "commit" | "abort") =>
      Effect.promise(async () => {
        await (end === "commit" ? open.commit() : open.abort())
        ends.chat++
      })
  }
})

type Log = Effect.Success<typeof makeLog>

const IDLE_MS = 1_000

/** Longer than a worker needs to call an input idle. */
const wellBeyondIdle = Effect.sleep(4 * IDLE_MS)

const standing = Effect.flatMap(ResultStore, (store) => store.load(0))

/** Waits until the worker has committed that it read so far. */
const untilRead = (worker: WorkerProcess, log: Log, kind: Kind, offset = log.ends[kind]) =>
  until(
    `${kind} to be read up to ${offset}`,
    Effect.map(standing, (checkpoint) =>
      checkpoint?.inputs.find((input) => input.kind === kind)?.nextOffset === offset ? true : undefined
    ),
    worker.output
  )

/** Waits until chat holds the task's watermark, or does not. */
const untilCounts = (worker: WorkerProcess, expected: boolean) =>
  until(
    expected ? "chat to count" : "chat to be idle",
    Effect.map(standing, (checkpoint) =>
      checkpoint?.inputs.find(({ kind }) => kind === "chat")?.active === expected ? true : undefined
    ),
    worker.output
  )

/**
 * When all is read and nothing more comes, every window is written. The rows equal the recount of
 * the committed records, so no record was late.
 */
const assertNothingLost = (worker: WorkerProcess, log: Log) =>
  Effect.gen(function* () {
    const records = KINDS.flatMap((kind) => log.records[kind])
    const last = Math.max(...records.map(({ timestampMs }) => timestampMs))
    const { sizeMs, slideMs } = DEFAULTS
    const lastEndMs = Math.floor(last / slideMs) * slideMs + sizeMs
    yield* until(
      "the last window to be written",
      Effect.map(standing, (checkpoint) => ((checkpoint?.watermarkMs ?? BEFORE_ALL) >= lastEndMs ? true : undefined)),
      worker.output
    )
    const inputs = KINDS.map((kind) => ({
      kind,
      topic: log.topics[kind],
      partition: 0,
      records: log.records[kind],
      ...NO_DECISIONS
    }))
    const expected = recount(inputs, DEFAULTS, EventTimeMs(lastEndMs))
    assert.isAbove(expected.rows.length, 0)
    const { rows } = yield* ResultTables
    assert.strictEqual(compareRows(expected.rows, yield* rows).join("\n"), "")
  })

/** A worker whose inputs are idle after a second. */
const start = (log: Log, schema: string, extra: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const { postgres } = yield* Postgres.Postgres
    const worker = yield* startWorker(["run"], {
      ...(yield* storeEnv(postgres, schema)),
      ...RECOUNTED,
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
      KAFKA_GROUP_ID: uniqueName("group"),
      CHAT_TOPIC: log.topics.chat,
      VIEWER_TOPIC: log.topics.viewer,
      IDLE_TIMEOUT: `${IDLE_MS} ms`,
      ...extra
    })
    yield* untilPrinted(worker, "taken over")
    return worker
  })

describe.skipIf(kafkaMissing !== undefined)("a worker that reads what exactly-once producers write", () => {
  layer(Layer.merge(KafkaBroker.shared(), Postgres.layer()), { timeout: "10 minutes", excludeTestServices: true })(
    (it) => {
      it.effect("counts what was open when a new group began, whatever the other input holds", () =>
        PostgresTables.inSchema((schema) =>
          Effect.gen(function* () {
            const log = yield* makeLog
            const open = yield* log.begin(0, 120, "commit")
            yield* log.write("viewer", 0, 121)
            const worker = yield* start(log, schema)
            yield* wellBeyondIdle
            yield* log.end(open, "commit")
            yield* untilRead(worker, log, "chat")
            yield* assertNothingLost(worker, log)
          })
        )
      )

      it.effect("counts what was open while the other input continued, transaction after transaction", () =>
        PostgresTables.inSchema((schema) =>
          Effect.gen(function* () {
            const log = yield* makeLog
            const worker = yield* start(log, schema)
            let second = 0
            const viewers = yield* Effect.suspend(() => log.write("viewer", second, ++second)).pipe(
              Effect.andThen(Effect.sleep("100 millis")),
              Effect.forever,
              Effect.forkScoped
            )
            for (let round = 0; round < 3; round++) {
              yield* untilCounts(worker, false)
              const from = second + 1
              const open = yield* log.begin(from, from + 20, "commit")
              yield* untilCounts(worker, true)
              yield* until(
                "viewers to continue",
                Effect.sync(() => (second > from + 30 ? true : undefined)),
                worker.output
              )
              yield* log.end(open, "commit")
              yield* untilRead(worker, log, "chat")
            }
            yield* Fiber.interrupt(viewers)
            yield* assertNothingLost(worker, log)
          })
        )
      )

      it.effect("goes on without a producer whose transaction was aborted", () =>
        PostgresTables.inSchema((schema) =>
          Effect.gen(function* () {
            const log = yield* makeLog
            yield* log.write("chat", 0, 40)
            yield* log.write("viewer", 0, 121)
            const open = yield* log.begin(40, 80, "abort")
            const worker = yield* start(log, schema)
            yield* untilRead(worker, log, "chat", 40n)
            yield* wellBeyondIdle
            yield* log.end(open, "abort")
            yield* untilRead(worker, log, "chat")
            yield* assertNothingLost(worker, log)
          })
        )
      )

      it.effect("waits for a transaction that hangs, without starting over", () =>
        PostgresTables.inSchema((schema) =>
          Effect.gen(function* () {
            const log = yield* makeLog
            yield* log.write("chat", 0, 10)
            const open = yield* log.begin(10, 120, "commit")
            // More than chat may be behind.
            yield* log.write("viewer", 0, 121)
            const worker = yield* start(log, schema, {
              LIVENESS_TIMEOUT: "6 seconds",
              KAFKA_SESSION_TIMEOUT: "6 seconds"
            })
            yield* untilRead(worker, log, "chat", 10n)
            yield* Effect.sleep("14 seconds")
            assert.notInclude(worker.output(), "Nothing has been committed")
            yield* log.end(open, "commit")
            yield* untilRead(worker, log, "chat")
            yield* assertNothingLost(worker, log)
          })
        )
      )
    }
  )
})
