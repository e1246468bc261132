import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { makeResultTopics } from "../../../src/source/kafka/ResultTopics.ts"
import { momentRecord, windowRecord } from "../../../src/source/ResultRecords.ts"
import { checkpointOf, flushOf, momentOf, rowOf } from "../../contract/ResultStoreContract.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import { config, openLog, readToEnd, task, values } from "./KafkaLogHarness.ts"

/** The values of a topic's partitions, each in order. */
const contentOf = (topic: string, partitions: number) =>
  Effect.gen(function* () {
    const topics = { chat: topic, viewer: topic }
    const log = yield* openLog({ topics })
    return yield* Effect.forEach(Array(partitions).keys(), (partition) => {
      const [chat] = task(topics, partition).inputs
      return Effect.map(
        readToEnd(log, { sourcePartition: partition, inputs: chat === undefined ? [] : [chat] }),
        (all) => values(all, 0)
      )
    })
  }).pipe(Effect.scoped)

describe.skipIf(kafkaMissing !== undefined)("Topics of results", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("receive every moment and window of a flush, those of a stream in order", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const [momentsTopic, windowsTopic] = [uniqueName("moments"), uniqueName("windows")]
        yield* broker.createTopics({ [momentsTopic]: 1, [windowsTopic]: 3 })
        const topics = yield* makeResultTopics(config(broker.bootstrap, { momentsTopic, windowsTopic }))
        // More than one request, and more than one batch of a partition.
        const rows = Array.from({ length: 4_000 }, (_, n) => rowOf({ stream: `s${n % 50}`, chatCount: n }))
        const moments = [momentOf(), momentOf({ stream: "beta", description: "\u{1F600}" })]
        yield* topics.publish(flushOf(checkpointOf(), { rows, moments }))
        yield* topics.publish(flushOf(checkpointOf(), { moments: [momentOf({ intensity: 9 })] }))
        yield* topics.publish(flushOf(checkpointOf(), {}))

        const [found = []] = yield* contentOf(momentsTopic, 1)
        assert.deepStrictEqual(
          found,
          [...moments, momentOf({ intensity: 9 })].map((moment) => momentRecord(3, moment).value)
        )
        const partitions = yield* contentOf(windowsTopic, 3)
        const published = partitions.flat()
        assert.sameMembers(
          [...published],
          rows.map((row) => windowRecord(3, row).value)
        )
        for (const content of partitions) {
          const parsed = content.map((value) => JSON.parse(String(value)))
          for (const ofStream of Map.groupBy(parsed, ({ stream_id }) => stream_id).values()) {
            assert.lengthOf(ofStream, 80, "a stream is in one partition")
            assert.deepStrictEqual(
              ofStream,
              ofStream.toSorted((a, b) => a.chat_count - b.chat_count)
            )
          }
        }
      }).pipe(Effect.scoped)
    )

    it.effect("one alone receives its part, and none costs no connection", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const momentsTopic = uniqueName("moments")
        yield* broker.createTopics({ [momentsTopic]: 1 })
        const flush = flushOf(checkpointOf(), { rows: [rowOf()], moments: [momentOf()] })
        yield* (yield* makeResultTopics(config(broker.bootstrap, { momentsTopic }))).publish(flush)
        assert.deepStrictEqual(yield* broker.endOffsets(momentsTopic), [1n])
        yield* (yield* makeResultTopics(config("127.0.0.1:1"))).publish(flush)
      }).pipe(Effect.scoped)
    )

    it.effect("that are missing are named with their variable", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const windowsTopic = uniqueName("missing")
        const topics = yield* makeResultTopics(config(broker.bootstrap, { windowsTopic }), 2)
        const error = yield* Effect.flip(topics.publish(flushOf(checkpointOf(), { rows: [rowOf()] })))
        assert.strictEqual(error.reason, "Topics")
        assert.include(error.detail, `Cannot write to windows topic ${windowsTopic}`)
        assert.include(error.detail, "create it or unset WINDOWS_TOPIC")
      }).pipe(Effect.scoped)
    )
  })
})
