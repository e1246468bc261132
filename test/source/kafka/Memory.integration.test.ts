/**
 * How much memory a log takes that is read from many partitions at once, all compressed, by tasks
 * that read as slowly as they like.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import kafkajs from "kafkajs"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { everything, makeTopics, openLog, task } from "./KafkaLogHarness.ts"

const MIB = 1024 * 1024

/** Bytes of the log that a process may hold. */
const LIMIT_BYTES = 128 * MIB

/**
 * The rest: a response and a batch during their processing, the records that the tasks hold, and
 * the test itself.
 */
const SLACK_BYTES = 64 * MIB

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** Bytes outside of the heap that are really held. */
const held = (): number => {
  collect()
  return process.memoryUsage().arrayBuffers
}

const RECORDS = 30
const PARTITIONS = 50
const VALUE = Buffer.alloc(100_000, `{"stream_id":"a stream","user_id":"u","message":"some words that repeat"} `)

/** Two batches of 3 MB for each partition, which take a few kB. */
const fill = (topic: string) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    for (let round = 0; round < 2; round++) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const records = Array.from({ length: RECORDS }, () => ({ partition, value: VALUE }))
        yield* broker.produce(topic, records, kafkajs.CompressionTypes.ZSTD)
      }
    }
  })

describe.skipIf(kafkaMissing !== undefined)("the memory of a log", () => {
  layer(KafkaBroker.shared(), { timeout: "5 minutes", excludeTestServices: true })((it) => {
    it.effect(`is bounded over ${2 * PARTITIONS} partitions that are compressed`, () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics(PARTITIONS, PARTITIONS)
        yield* fill(topics.chat)
        yield* fill(topics.viewer)
        const log = yield* openLog({ topics })
        const before = held()
        let most = 0
        let batches = 0
        const counts = new Map<string, number>()
        const read = (definition: TaskDefinition) => {
          const ends = new Set(definition.inputs.keys())
          return log.read(definition, [0n, 0n], everything(definition)).pipe(
            Stream.tap((batch) =>
              Effect.suspend(() => {
                const key = `${definition.sourcePartition} ${batch.input}`
                counts.set(key, (counts.get(key) ?? 0) + batch.records.count)
                if (++batches % 100 === 0) most = Math.max(most, held() - before)
                if (batch.nextOffset === BigInt(2 * RECORDS)) ends.delete(batch.input)
                return Effect.yieldNow
              })
            ),
            Stream.takeUntil(() => ends.size === 0),
            Stream.runDrain
          )
        }
        const tasks = Array.from({ length: PARTITIONS }, (_, partition) => task(topics, partition))
        yield* Effect.forEach(tasks, read, { concurrency: "unbounded", discard: true })
        assert.strictEqual(counts.size, 2 * PARTITIONS)
        assert.isTrue([...counts.values()].every((count) => count === 2 * RECORDS))
        assert.isBelow(most, LIMIT_BYTES + SLACK_BYTES, `${Math.round(most / MIB)} MiB`)
      })
    )
  })
})
