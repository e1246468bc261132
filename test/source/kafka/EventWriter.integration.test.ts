/** The writer of events over Kafka loses and doubles nothing, whichever messages are lost. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { EventLogError } from "../../../src/source/EventLog.ts"
import type { EventWriter, NewRecord } from "../../../src/source/EventWriter.ts"
import { makeEventWriter } from "../../../src/source/kafka/EventWriter.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import { type Fate, type KafkaProxy, startKafkaProxy } from "../../harness/KafkaProxy.ts"
import { Random } from "../../harness/Random.ts"
import { config, openLog, readToEnd, task, values } from "./KafkaLogHarness.ts"

/** Proxy of the latest broker that was made with it. */
let proxy: KafkaProxy | undefined
const proxied = KafkaBroker.layer({
  advertise: (port) =>
    Effect.map(startKafkaProxy(port), (started) => {
      proxy = started.proxy
      return started.port
    })
})

const STREAMS = ["one", "two", "three", "four", "five", "six"]

/** Events of random streams and kinds, numbered from `from`. */
const batchOf = (random: Random, from: number, count: number): ReadonlyArray<NewRecord> =>
  Array.from({ length: count }, (_, index) => {
    const stream = STREAMS[random.between(0, STREAMS.length - 1)] ?? ""
    return {
      kind: random.chance(0.8) ? "chat" : "viewer",
      stream,
      timestampMs: 1_700_000_000_000 + index,
      value: JSON.stringify({ stream, number: from + index })
    }
  })

/** Repeats the same array until it is appended, as the collector does. */
const appendAll = (
  writer: EventWriter["Service"],
  records: ReadonlyArray<NewRecord>
): Effect.Effect<void, EventLogError> => Effect.retry(writer.append(records), { while: (error) => error.isRetryable })

/** All values of both topics, by topic, in the order of each partition. */
const contents = Effect.fnUntraced(function* (topics: { readonly chat: string; readonly viewer: string }) {
  const broker = yield* KafkaBroker
  const partitions = (yield* broker.endOffsets(topics.chat)).length
  const log = yield* openLog({ topics })
  yield* log.assignments.pipe(Stream.take(1), Stream.runDrain)
  const chat: Array<ReadonlyArray<string>> = []
  const viewer: Array<ReadonlyArray<string>> = []
  for (let partition = 0; partition < partitions; partition++) {
    const batches = yield* readToEnd(log, task(topics, partition))
    chat.push(values(batches, 0).map(String))
    viewer.push(values(batches, 1).map(String))
  }
  return { chat, viewer }
})

/** The number of partitions by the metadata, which a topic has before its leaders serve it. */
const partitionsOf = Effect.fnUntraced(function* (topic: string) {
  const { kafka } = yield* KafkaBroker
  return yield* Effect.promise(async () => {
    const admin = kafka.admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    await admin.disconnect()
    return topics[0]?.partitions.length
  })
})

const numberOf = (value: string): number => (JSON.parse(value) as { number: number }).number
const streamOf = (value: string): string => (JSON.parse(value) as { stream: string }).stream

/** Each record once and in order; each stream in the same partition number of both topics. */
const assertExactly = (
  {
    chat,
    viewer
  }: { readonly chat: ReadonlyArray<ReadonlyArray<string>>; readonly viewer: ReadonlyArray<ReadonlyArray<string>> },
  records: ReadonlyArray<NewRecord>
): void => {
  for (const [kind, partitions] of [
    ["chat", chat],
    ["viewer", viewer]
  ] as const) {
    const expected = records.filter((record) => record.kind === kind).map(({ value }) => value)
    assert.deepStrictEqual(partitions.flat().toSorted(), expected.toSorted())
    for (const partition of partitions) {
      for (const ofStream of Map.groupBy(partition, streamOf).values()) {
        const numbers = ofStream.map(numberOf)
        assert.deepStrictEqual(
          numbers,
          numbers.toSorted((a, b) => a - b)
        )
      }
    }
  }
  const homes = new Map<string, Set<number>>()
  for (const partitions of [chat, viewer]) {
    for (const [partition, ofPartition] of partitions.entries()) {
      for (const value of ofPartition)
        homes.set(streamOf(value), (homes.get(streamOf(value)) ?? new Set()).add(partition))
    }
  }
  for (const [stream, partitions] of homes) assert.strictEqual(partitions.size, 1, stream)
}

describe.skipIf(kafkaMissing !== undefined)("Appending events to Kafka", () => {
  layer(proxied, { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("creates missing topics with as many partitions as the other has", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        yield* broker.createTopics({ [topics.viewer]: 5 })
        yield* Effect.scoped(makeEventWriter({ kafka: config(broker.bootstrap), topics }))
        assert.strictEqual(yield* partitionsOf(topics.chat), 5)
        const both = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        // Two collectors may start at the same time.
        yield* Effect.all(
          [1, 2, 3].map(() => Effect.scoped(makeEventWriter({ kafka: config(broker.bootstrap), topics: both }))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* partitionsOf(both.chat), 3)
        assert.strictEqual(yield* partitionsOf(both.viewer), 3)
      })
    )

    it.effect("each event is in the log once and in order, whichever requests and replies are lost", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        const random = new Random(21)
        if (proxy === undefined) return assert.fail("no proxy")
        const writer = yield* makeEventWriter({ kafka: config(broker.bootstrap), topics })
        const fates: ReadonlyArray<Fate> = ["pass", "pass", "lose reply", "lose request"]
        // Some runs of losses are longer than kafkajs's own retries, so that an append fails.
        let losing = 0
        proxy.fate = () => {
          if (losing > 0) {
            losing -= 1
            return random.chance(0.5) ? "lose reply" : "lose request"
          }
          if (random.chance(0.05)) losing = 8
          return fates[random.between(0, fates.length - 1)] ?? "pass"
        }
        const before = { ...proxy.seen }
        const all: Array<NewRecord> = []
        for (let round = 0; round < 25; round++) {
          const records = batchOf(random, all.length, random.between(1, 400))
          all.push(...records)
          yield* appendAll(writer, records)
        }
        proxy.fate = () => "pass"
        assert.isAbove(proxy.seen["lose reply"] - before["lose reply"], 10)
        assert.isAbove(proxy.seen["lose request"] - before["lose request"], 10)
        assertExactly(yield* contents(topics), all)
      })
    )

    it.effect("splits what is too large for the topic, and refuses a single event that is", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        yield* broker.createTopics({ [topics.chat]: 1, [topics.viewer]: 1 }, { "max.message.bytes": "4000" })
        const writer = yield* makeEventWriter({ kafka: config(broker.bootstrap), topics })
        const random = new Random(5)
        const records = batchOf(random, 0, 300)
        yield* appendAll(writer, records)
        assertExactly(yield* contents(topics), records)
        const huge: NewRecord = { kind: "chat", stream: "one", timestampMs: 1, value: "x".repeat(5000) }
        const error = yield* Effect.flip(appendAll(writer, [huge]))
        assert.strictEqual(
          error.detail,
          `Topic ${topics.chat} rejects a single event as too large; raise its max.message.bytes`
        )
      })
    )

    it.effect("a broker that restarts in between loses and doubles nothing", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        const random = new Random(8)
        const writer = yield* makeEventWriter({ kafka: config(broker.bootstrap), topics })
        const first = batchOf(random, 0, 100)
        const second = batchOf(random, 100, 100)
        yield* appendAll(writer, first)
        yield* broker.stop
        const failure = yield* Effect.flip(writer.append(second))
        assert.isTrue(failure.isRetryable)
        yield* broker.start
        yield* appendAll(writer, second)
        assertExactly(yield* contents(topics), [...first, ...second])
      })
    )
  })
})
