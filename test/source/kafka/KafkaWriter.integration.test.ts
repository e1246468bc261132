import { assert, describe, layer } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, Stream } from "effect"
import type { KafkaMessage } from "kafkajs"
import type { DeadLetter } from "../../../src/domain/DeadLetter.ts"
import { OnRetry } from "../../../src/retry/Retry.ts"
import { makeDeadLetterTopic } from "../../../src/source/kafka/DeadLetterTopic.ts"
import { makeKafkaWriter, type WriterRecord } from "../../../src/source/kafka/KafkaWriter.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import { config, makeTopics, openLog, readToEnd, task, values } from "./KafkaLogHarness.ts"

const records = (topic: string, partition: number, count: number): ReadonlyArray<WriterRecord> =>
  Array.from({ length: count }, (_, index) => ({
    topic,
    partition,
    key: `k${index}`,
    value: index % 10 === 9 ? null : `v${index}`,
    timestampMs: 1_700_000_000_000 + index
  }))

/** The first messages with headers of a topic, as a plain kafkajs consumer sees them, by offset. */
const consume = (broker: KafkaBroker["Service"], topic: string, count: number) =>
  Effect.promise(async () => {
    const consumer = broker.kafka.consumer({ groupId: uniqueName("plain") })
    const seen: Array<KafkaMessage> = []
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer
          .run({
            eachMessage: async ({ message }) => {
              if (message.headers?.["reason"] !== undefined) seen.push(message)
              if (seen.length === count) resolve()
            }
          })
          .catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
    return seen.toSorted((a, b) => Number(a.offset) - Number(b.offset))
  })

/**
 * Waits until the broker minds the topic's limit: it does so a moment after the topic was created.
 */
const untilRefused = (broker: KafkaBroker["Service"], topic: string, bytes: number): Effect.Effect<void> =>
  broker.produce(topic, [{ partition: 0, value: new Uint8Array(bytes) }]).pipe(
    Effect.andThen(Effect.suspend(() => untilRefused(broker, topic, bytes))),
    Effect.catchDefect(() => Effect.void)
  )

const DEAD_LETTER: DeadLetter = {
  topic: "chat",
  partition: 0,
  offset: 1n,
  recordTimestampMs: 1,
  reason: "invalid-json",
  path: null,
  payload: new Uint8Array(1),
  payloadBytes: 1
}

const header = (message: KafkaMessage | undefined, name: string): string | undefined =>
  message?.headers?.[name]?.toString()

describe.skipIf(kafkaMissing !== undefined)("Writing to Kafka", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("creates missing topics, writes, and returns what was acknowledged", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        yield* broker.createTopics({ [topics.viewer]: 1 })
        const writer = yield* makeKafkaWriter(config(broker.bootstrap))
        assert.deepStrictEqual(yield* writer.ensureTopics({ [topics.chat]: 3, [topics.viewer]: 7 }), [topics.chat])
        assert.deepStrictEqual(yield* writer.ensureTopics({ [topics.chat]: 3 }), [])
        assert.strictEqual((yield* broker.endOffsets(topics.viewer)).length, 1)
        const all = [
          ...records(topics.chat, 0, 12_000),
          ...records(topics.chat, 2, 50),
          ...records(topics.viewer, 0, 30)
        ]
        yield* writer.write(Stream.fromIterable(records(topics.viewer, 0, 5)))
        const acknowledged = yield* writer.write(Stream.fromIterable(all), { codec: "lz4" })
        assert.deepStrictEqual(acknowledged, [
          { topic: topics.chat, partition: 0, records: 12_000, baseOffset: 0n },
          { topic: topics.chat, partition: 2, records: 50, baseOffset: 0n },
          { topic: topics.viewer, partition: 0, records: 30, baseOffset: 5n }
        ])
        assert.deepStrictEqual(yield* broker.endOffsets(topics.chat), [12_000n, 0n, 50n])
        const log = yield* openLog({ topics })
        const batches = yield* readToEnd(log, { ...task(topics, 0), inputs: task(topics, 0).inputs.slice(0, 1) })
        assert.deepStrictEqual(
          values(batches, 0),
          records(topics.chat, 0, 12_000).map(({ value }) => (value === null ? null : String(value)))
        )
        // How many records a batch holds is the writer's affair.
        const timestamps = batches.flatMap(({ records }) => [...records.timestampsMs])
        assert.strictEqual(timestamps[7], 1_700_000_000_007)
      })
    )

    it.effect("keeps the pace", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const writer = yield* makeKafkaWriter(config(broker.bootstrap))
        const begun = yield* Clock.currentTimeMillis
        yield* writer.write(Stream.fromIterable(records(topics.chat, 0, 300)), { perSecond: 300 })
        const took = (yield* Clock.currentTimeMillis) - begun
        assert.isAtLeast(took, 990) // never faster; a busy machine may be slower
      })
    )

    it.effect("splits what would be too large a batch, and refuses a partition that is not there", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const writer = yield* makeKafkaWriter(config(broker.bootstrap))
        const value = "x".repeat(100_000)
        const large = records(topics.chat, 0, 40).map((record) => ({ ...record, value }))
        const [chat] = yield* writer.write(Stream.fromIterable(large))
        assert.strictEqual(chat?.records, 40)
        const error = yield* Effect.flip(writer.write(Stream.fromIterable(records(topics.chat, 1, 1))))
        assert.strictEqual(error.reason, "Topics")
        assert.include(error.detail, `${topics.chat}[1] does not exist`)
      })
    )

    it.effect("publishes dead letters with their origin, without a value that is too large for the topic", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topic = uniqueName("dead")
        yield* broker.createTopics({ [topic]: 2 }, { "max.message.bytes": "200000" })
        yield* untilRefused(broker, topic, 250_000)
        const dead = yield* makeDeadLetterTopic(config(broker.bootstrap), topic)
        const base: DeadLetter = {
          topic: "chat",
          partition: 3,
          offset: 9_007_199_254_740_993n,
          recordTimestampMs: 1_700_000_000_000,
          reason: "invalid-event",
          path: "emotes[3]",
          payload: Uint8Array.from([0xff, 0x00, 0x7b]),
          payloadBytes: 3
        }
        yield* dead.publish([
          base,
          { ...base, offset: 5n, path: null, reason: "too-large", payload: new Uint8Array(300_000).fill(65) },
          {
            ...base,
            offset: 6n,
            recordTimestampMs: null,
            reason: "invalid-json",
            path: null,
            payload: new Uint8Array(0)
          }
        ])
        const [first, second, third] = yield* consume(broker, topic, 3)
        assert.deepStrictEqual(first?.value, Buffer.from([0xff, 0x00, 0x7b]))
        assert.strictEqual(first?.timestamp, "1700000000000")
        assert.deepStrictEqual(
          ["reason", "path", "topic", "partition", "offset", "omitted-bytes"].map((name) => header(first, name)),
          ["invalid-event", "emotes[3]", "chat", "3", "9007199254740993", undefined]
        )
        assert.isNull(second?.value)
        assert.deepStrictEqual(
          ["reason", "path", "offset", "omitted-bytes"].map((name) => header(second, name)),
          ["too-large", undefined, "5", "300000"]
        )
        assert.strictEqual(third?.value?.length, 0)
        assert.strictEqual(header(third, "offset"), "6")
      })
    )

    it.effect("names the dead letter topic that is missing", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topic = uniqueName("nowhere")
        const dead = yield* makeDeadLetterTopic(config(broker.bootstrap), topic, 2)
        const error = yield* Effect.flip(dead.publish([DEAD_LETTER]))
        assert.strictEqual(error.reason, "Topics")
        assert.include(error.detail, topic)
        assert.include(error.detail, "DEAD_LETTER_TOPIC")
      })
    )

    it.effect("waits for the dead letter topic as for the other topics", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topic = uniqueName("late")
        const dead = yield* makeDeadLetterTopic(config(broker.bootstrap), topic)
        const failed = yield* Deferred.make<void>()
        const publishing = yield* dead.publish([DEAD_LETTER]).pipe(
          Effect.provideService(OnRetry, () => Effect.asVoid(Deferred.succeed(failed, undefined))),
          Effect.forkScoped
        )
        yield* Effect.raceFirst(Deferred.await(failed), Fiber.join(publishing))
        yield* broker.createTopics({ [topic]: 1 })
        yield* Fiber.join(publishing)
        assert.deepStrictEqual(yield* broker.endOffsets(topic), [1n])
      }).pipe(Effect.scoped)
    )
  })
})
