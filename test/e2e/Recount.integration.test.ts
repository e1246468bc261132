/**
 * Runs the whole worker as a process, on a real Kafka and a real PostgreSQL. Every row, moment and
 * dead letter must equal the recount of the same bytes.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, Stream } from "effect"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import type { EventTimeMs } from "../../src/domain/EventTime.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { makeKafkaWriter, type WriterRecord } from "../../src/source/kafka/KafkaWriter.ts"
import { Simulator } from "../../src/source/simulator/Simulator.ts"
import { ResultTables } from "../contract/ResultStoreContract.ts"
import { freePort } from "../harness/FreePort.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { untilDone } from "../harness/Until.ts"
import { startWorker } from "../harness/WorkerProcess.ts"
import { baselineFindings, learnedUnder } from "../oracle/BaselineTable.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../oracle/Defaults.ts"
import { type OracleInput, recount } from "../oracle/Recount.ts"
import { config } from "../source/kafka/KafkaLogHarness.ts"

const PARTITIONS = [0, 1, 2]

/** A log that has been filled: its topics, and its records as the recount wants them. */
interface Filled {
  readonly topics: { readonly chat: string; readonly viewer: string }
  readonly inputs: ReadonlyArray<OracleInput>
}

/** A task as its checkpoint names it, and what it reads. */
interface Expected {
  readonly sourcePartition: number
  readonly inputs: ReadonlyArray<OracleInput>
}

const onePerPartition = ({ inputs }: Filled): ReadonlyArray<Expected> =>
  PARTITIONS.map((sourcePartition) => ({
    sourcePartition,
    inputs: inputs.filter(({ partition }) => partition === sourcePartition)
  }))

const oneForAll = ({ inputs }: Filled): ReadonlyArray<Expected> => [{ sourcePartition: -2, inputs }]

const NO_DECISIONS = { taskWatermarks: [], deadByClock: new Set<bigint>(), gaps: [] }

/**
 * Writes records to fresh topics of three partitions. `recordsOf` gives each partition's records,
 * in order.
 */
const fill = (
  recordsOf: (
    kind: "chat" | "viewer",
    partition: number
  ) => ReadonlyArray<Pick<WriterRecord, "timestampMs"> & { readonly value: Uint8Array | null }>
) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
    // Room for the largest hostile event.
    yield* broker.createTopics({ [topics.chat]: 3, [topics.viewer]: 3 }, { "max.message.bytes": "20000000" })
    const writer = yield* makeKafkaWriter(config(broker.bootstrap))
    const inputs: Array<OracleInput> = []
    for (const kind of ["chat", "viewer"] as const) {
      for (const partition of PARTITIONS) {
        const topic = topics[kind]
        const records = recordsOf(kind, partition).map((record, offset) => ({ ...record, offset: BigInt(offset) }))
        const messages = records.map((record) => ({ ...record, topic, partition, key: null }))
        yield* writer.write(Stream.fromIterable(messages), { codec: "snappy" })
        inputs.push({ kind, topic, partition, records, ...NO_DECISIONS })
      }
    }
    const filled: Filled = { topics, inputs }
    return filled
  }).pipe(Effect.scoped)

/** `untilDone` fails earlier if nothing makes progress. */
const AS_LONG_AS_IT_TAKES = 3_600_000

/** The checkpoints of all tasks, `done` once everything has been read and committed. */
const allRead = (tasks: ReadonlyArray<Expected>) =>
  Effect.gen(function* () {
    const store = yield* ResultStore
    const checkpoints: Array<Checkpoint> = []
    let isDone = true
    for (const { inputs, sourcePartition } of tasks) {
      const checkpoint = yield* store.load(sourcePartition)
      const isRead = checkpoint?.inputs.every(({ nextOffset, partition, topic }) => {
        const input = inputs.find((candidate) => candidate.topic === topic && candidate.partition === partition)
        return nextOffset === BigInt(input?.records.length ?? -1)
      })
      if (isRead !== true) isDone = false
      if (checkpoint !== undefined) checkpoints.push(checkpoint)
    }
    const position = checkpoints.flatMap(({ inputs }) => inputs.map(({ nextOffset }) => nextOffset)).join()
    return { done: isDone ? checkpoints : undefined, position }
  })

const recounts = new Map<string, ReturnType<typeof recount>>()

/**
 * The recount of these inputs, computed once for all servers whose worker ends at the same
 * watermark.
 */
const recounted = (inputs: ReadonlyArray<OracleInput>, watermarkMs: EventTimeMs | undefined) => {
  const key = [watermarkMs, ...inputs.map(({ partition, topic }) => `${topic}/${partition}`)].join()
  const known = recounts.get(key) ?? recount(inputs, DEFAULTS, watermarkMs)
  recounts.set(key, known)
  return known
}

/**
 * Runs the worker over a filled log until all is read, stops it, and compares the tables with the
 * recount.
 */
const runAndCompare = (filled: Filled, jdbc: boolean, extra: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const tasks = extra["TASK_SCOPE"] === "all" ? oneForAll(filled) : onePerPartition(filled)
    const broker = yield* KafkaBroker
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const password = postgres.password === undefined ? "" : Redacted.value(postgres.password)
    const place = `${postgres.host}:${postgres.port}/${postgres.database}`
    return yield* Effect.gen(function* () {
      const worker = yield* startWorker(["run"], {
        ...RECOUNTED,
        KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
        KAFKA_GROUP_ID: uniqueName("group"),
        CHAT_TOPIC: filled.topics.chat,
        VIEWER_TOPIC: filled.topics.viewer,
        POSTGRES_URL: jdbc ? `jdbc:postgresql://${place}?sslmode=disable` : `postgresql://${place}?sslmode=disable`,
        POSTGRES_USER: postgres.user,
        POSTGRES_PASSWORD: password,
        POSTGRES_SCHEMA: schema,
        HTTP_PORT: String(yield* Effect.promise(freePort)),
        TZ: "Asia/Kolkata",
        ...extra
      })
      const ended = Effect.flatMap(worker.ended, (code) => Effect.die(`the worker ended with ${code}`))
      yield* Effect.raceFirst(untilDone("reading everything", allRead(tasks), worker.output), ended)
      yield* worker.signal("SIGTERM")
      assert.strictEqual(yield* worker.ended, 0, worker.output())

      const checkpoints = (yield* allRead(tasks)).done ?? []
      const tables = yield* ResultTables
      const rows = yield* tables.rows
      const moments = yield* tables.moments
      const baselines = yield* tables.baselines
      const deadLetters = yield* tables.deadLetters
      for (const { inputs, sourcePartition } of tasks) {
        const watermarkMs = checkpoints.find(
          (checkpoint) => checkpoint.sourcePartition === sourcePartition
        )?.watermarkMs
        const expected = recounted(inputs, watermarkMs)
        const ofTask = <A extends { readonly sourcePartition: number }>(all: ReadonlyArray<A>) =>
          all.filter((item) => item.sourcePartition === sourcePartition)
        const differences = [
          ...compareRows(expected.rows, ofTask(rows)),
          ...compareMoments(expected.moments, ofTask(moments)),
          ...baselineFindings(
            learnedUnder(expected.learned, DEFAULTS, { watermarkMs: watermarkMs ?? Number.POSITIVE_INFINITY }),
            ofTask(baselines)
          ),
          ...compareDeadLetters(
            expected.deadLetters,
            deadLetters.filter((letter) =>
              inputs.some(({ partition, topic }) => letter.topic === topic && letter.partition === partition)
            )
          )
        ]
        assert.strictEqual(differences.join("\n"), "")
        assert.isAbove(expected.rows.length, 0)
      }
      return { rows, moments, deadLetters }
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
          Layer.provideMerge(PostgresTables.database(schema))
        )
      )
    )
  })

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const BASE_MS = Date.UTC(2026, 5, 1)

const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "a'; DROP TABLE moments; --",
  "\u{1F600}",
  '\\"{},NULL'
]

/** Events made to break something, each with its neighbours in time. */
const hostile = (n: number, timeMs: number): Uint8Array | null => {
  const name = NAMES[n % NAMES.length]
  const event = { stream_id: "good", timestamp: timeMs, user_id: name, message: `fine ${n}`, emotes: [name] }
  switch (n % 12) {
    case 0:
      return encode({ ...event, stream_id: name })
    case 1:
      return encode({ ...event, message: "a\0b", user_id: "n\0l", emotes: ["\0"] })
    case 2:
      return encode({ ...event, user_id: "\uD800lone", message: "\uDFFF" })
    case 3:
      return Uint8Array.from([...encode(event).slice(0, 20), 0xff, 0xfe, 0xc0])
    case 4:
      return new TextEncoder().encode(`{"stream_id":"good","timestamp":1e308,"user_id":"u","message":"m"}`)
    case 5:
      return new TextEncoder().encode(`{"stream_id":1e308,"timestamp":${timeMs},"user_id":"u","message":"m"}`)
    case 6:
      return encode({ ...event, stream_id: "x\0y" })
    case 7:
      return encode({ ...event, timestamp: timeMs + 86_400_000 })
    case 8:
      return encode({ ...event, message: null })
    case 9:
      return null
    case 10:
      return encode({ ...event, stream_id: "\u{1F600}".repeat(n % 2 === 0 ? 255 : 256) })
    default:
      return encode({ ...event, message: "[".repeat(100_000) })
  }
}

const hostileLog = (kind: "chat" | "viewer", partition: number) =>
  Array.from({ length: 3000 }, (_, n) => {
    const timestampMs = BASE_MS + n * 200
    const good =
      kind === "chat"
        ? encode({ stream_id: "good", timestamp: timestampMs, user_id: `u${n % 50}`, message: "love it", emotes: [] })
        : encode({ stream_id: "good", timestamp: timestampMs, viewer_count: 100 + (n % 7) })
    if (kind === "viewer" || partition !== 0) return { timestampMs, value: good }
    if (n === 500) return { timestampMs, value: encode({ stream_id: "good", message: "x".repeat(10_000_000) }) }
    if (n === 1000) {
      const emotes = Array.from({ length: 100_000 }, (_, emote) => `e${emote % 99_000}`)
      return {
        timestampMs,
        value: encode({ stream_id: "good", timestamp: timestampMs, user_id: "u", message: "", emotes })
      }
    }
    return { timestampMs, value: n % 3 === 0 ? hostile(n / 3, timestampMs) : good }
  })

/** A third of a million simulated events up to a minute ago. */
const fillSimulated = Effect.suspend(() => {
  const perSecond = { chat: 101, viewer: 10 }
  const seconds = 1000
  const originMs = Math.floor(Date.now() / 1000) * 1000 - (seconds + 60) * 1000
  const simulator = new Simulator({ seed: 4, partitions: 3, perSecond, channelsPerPartition: 33, originMs })
  return fill((kind, partition) =>
    Array.from({ length: perSecond[kind] * seconds }, (_, offset) =>
      simulator.recordAt(kind, partition, BigInt(offset))
    )
  )
})

/** The logs that the workers of all servers read. */
class Logs extends Context.Service<Logs, { readonly simulated: Filled; readonly hostile: Filled }>()("test/e2e/Logs") {
  static readonly layer = Layer.effect(
    Logs,
    Effect.gen(function* () {
      return { simulated: yield* fillSimulated, hostile: yield* fill(hostileLog) }
    })
  )
}

const kafka = KafkaBroker.layer({ properties: { "message.max.bytes": "20000000" } })

describe.skipIf(kafkaMissing !== undefined)("the worker on real servers", () => {
  layer(Layer.provideMerge(Logs.layer, kafka), { timeout: "1 hour", excludeTestServices: true })((it) => {
    const suite = (name: string, postgres: typeof PostgresHarness.layer, jdbc: boolean) =>
      it.layer(postgres(), { timeout: "10 minutes" })(name, (it) => {
        it.effect(
          "a third of a million simulated events, out of order, malformed and far ahead ones among them",
          () =>
            Effect.gen(function* () {
              const { simulated } = yield* Logs
              const { deadLetters, moments } = yield* runAndCompare(simulated, jdbc)
              assert.isAbove(moments.length, 0)
              assert.isAbove(deadLetters.length, 0)
            }),
          AS_LONG_AS_IT_TAKES
        )

        it.effect(
          "one task for all partitions, with users and streams that turn up in several",
          () =>
            Effect.gen(function* () {
              yield* runAndCompare((yield* Logs).hostile, jdbc, { TASK_SCOPE: "all" })
            }),
          AS_LONG_AS_IT_TAKES
        )

        it.effect(
          "a thousand hostile events among good ones cost nothing but themselves",
          () =>
            Effect.gen(function* () {
              const broker = yield* KafkaBroker
              const deadLetterTopic = uniqueName("dead")
              yield* broker.createTopics({ [deadLetterTopic]: 1 }, { "max.message.bytes": "20000000" })
              // Two members in threads divide the tasks among them.
              const { deadLetters } = yield* runAndCompare((yield* Logs).hostile, jdbc, {
                WORKERS: "2",
                DEAD_LETTER_TOPIC: deadLetterTopic
              })
              // Each is published before its flush is committed; a rebalance in between publishes
              // it again.
              const [published = 0n] = yield* broker.endOffsets(deadLetterTopic)
              assert.isTrue(published >= BigInt(deadLetters.length), `${published} of ${deadLetters.length}`)
              assert.deepStrictEqual([...new Set(deadLetters.map(({ reason }) => reason))].toSorted(), [
                "future-timestamp",
                "invalid-event",
                "invalid-json",
                "invalid-timestamp",
                "too-large"
              ])
            }),
          AS_LONG_AS_IT_TAKES
        )
      })

    suite("with PostgreSQL 18", PostgresHarness.layer, false)
    if (PostgresHarness.hasPostgres15) suite("with PostgreSQL 15, by a JDBC address", PostgresHarness.layer15, true)
  })
  if (!PostgresHarness.hasPostgres15) {
    it.skipIf(process.env["CI"] !== "true")("needs Debian's package postgresql-15, which is not installed", () => {
      throw new Error("install it: apt-get install postgresql-15")
    })
  }
})
