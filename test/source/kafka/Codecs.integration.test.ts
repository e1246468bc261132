import { assert, describe, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import kafkajs from "kafkajs"
import { type CodecName, makeKafkaWriter } from "../../../src/source/kafka/KafkaWriter.ts"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { config, makeTopics, openLog, readToEnd, task, values } from "./KafkaLogHarness.ts"

const CODECS: ReadonlyArray<CodecName> = ["none", "gzip", "snappy", "lz4", "zstd"]

/**
 * Text that compresses, over more than one block of every codec (the largest is lz4's with 64 KiB,
 * as Java writes it).
 */
const lines = (count: number): Array<string | null> =>
  Array.from(
    { length: count },
    (_, index) => `{"stream_id":"s${index % 7}","message":"line ${index} ${"ü€😀".repeat(index % 40)}"}`
  )

/** Bits 0 to 2 of a batch's attributes, over all batches of a partition. */
const codecNumbers = (broker: KafkaBroker["Service"], topic: string) =>
  Effect.promise(async () => {
    const numbers = new Set<number>()
    const originals = { ...kafkajs.CompressionCodecs }
    const consumer = broker.kafka.consumer({ groupId: `codecs-${topic}` })
    try {
      for (const [number, original] of Object.entries(originals)) {
        Object.assign(kafkajs.CompressionCodecs, {
          [number]: () => {
            numbers.add(Number(number))
            return original()
          }
        })
      }
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.run({ autoCommit: false, eachBatch: async () => resolve() }).catch(reject)
      })
    } finally {
      Object.assign(kafkajs.CompressionCodecs, originals)
      await consumer.disconnect()
    }
    return [...numbers]
  })

describe.skipIf(kafkaMissing !== undefined)("Codecs", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    for (const codec of CODECS) {
      it.effect(`reads what it wrote with ${codec}`, () =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const topics = yield* makeTopics(1, 1)
          const writer = yield* makeKafkaWriter(config(broker.bootstrap))
          const texts = lines(2_000)
          yield* writer.write(
            Stream.fromIterable(texts).pipe(
              Stream.map((value) => ({ topic: topics.chat, partition: 0, key: "k", value, timestampMs: 1 }))
            ),
            { codec }
          )
          const log = yield* openLog({ topics })
          assert.deepStrictEqual(values(yield* readToEnd(log, task(topics, 0)), 0), texts)
          const number = CODECS.indexOf(codec)
          assert.deepStrictEqual(yield* codecNumbers(broker, topics.chat), number === 0 ? [] : [number])
        })
      )

      it.effect(`reads what Kafka's Java client wrote with ${codec}, and the Java client reads ours`, (context) =>
        Effect.gen(function* () {
          if ((process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") !== "") return context.skip("needs the Java tools")
          const broker = yield* KafkaBroker
          const topics = yield* makeTopics(1, 1)
          const texts = lines(2_000)
          yield* broker.java(
            "org.apache.kafka.tools.ConsoleProducer",
            `--bootstrap-server ${broker.bootstrap} --topic ${topics.chat} --compression-codec ${codec} --batch-size 400000 --timeout 200 --max-memory-bytes 33554432 --max-partition-memory-bytes 400000`.split(
              " "
            ),
            `${texts.join("\n")}\n`
          )
          const log = yield* openLog({ topics })
          assert.deepStrictEqual(values(yield* readToEnd(log, task(topics, 0)), 0), texts)
          const number = CODECS.indexOf(codec)
          assert.deepStrictEqual(yield* codecNumbers(broker, topics.chat), number === 0 ? [] : [number])

          yield* broker.produce(
            topics.viewer,
            texts.map((value) => ({ partition: 0, value })),
            number
          )
          const printed = yield* broker.java(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            `--bootstrap-server ${broker.bootstrap} --topic ${topics.viewer} --from-beginning --max-messages ${texts.length} --timeout-ms 30000`.split(
              " "
            )
          )
          assert.deepStrictEqual<Array<string | null>>(printed.trimEnd().split("\n"), texts)
        })
      )
    }
  })
})
