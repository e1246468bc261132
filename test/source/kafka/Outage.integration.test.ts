import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { untilTrue } from "../../harness/Until.ts"
import { awaitAssignment, config, everything, joinGroup, makeTopics, openLog, task, values } from "./KafkaLogHarness.ts"

const external = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") !== ""

const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ partition: 0, value: `v${from + index}` }))

const texts = (from: number, to: number): Array<string | null> => records(from, to).map(({ value }) => value)

describe.skipIf(kafkaMissing !== undefined || external)("KafkaLog while the broker is away", () => {
  layer(KafkaBroker.layer(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("waits, then goes on where it was, and is a member again", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const kafka = config(broker.bootstrap)
        // Reading needs no group; this one is not disturbed by new assignments.
        const reader = yield* openLog({ topics, kafka: config(broker.bootstrap) })
        const member = yield* openLog({ topics, kafka })
        const newest = yield* joinGroup(member)
        const before = yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 1)

        const definition = task(topics, 0)
        const seen: Array<string | null> = []
        let empties = 0
        const reading = yield* reader.read(definition, [0n, 0n], everything(definition)).pipe(
          Stream.tap((batch) =>
            Effect.sync(() => {
              if (batch.records.count === 0) empties++
              seen.push(...values([batch], 0))
            })
          ),
          Stream.takeUntil(() => seen.length >= 200),
          Stream.runDrain,
          Effect.forkScoped
        )
        yield* broker.produce(topics.chat, records(0, 100))
        yield* untilTrue("100 records", () => seen.length === 100)

        yield* broker.stop
        const emptiesBefore = empties
        yield* untilTrue("five empty batches", () => empties >= emptiesBefore + 5) // time passes for the task
        const away = yield* Effect.flip(reader.endOffsets(definition))
        assert.strictEqual(away.reason, "Unreachable")
        assert.isTrue(away.isRetryable)
        yield* member.commit(definition, [1n, 1n]) // never fails

        yield* broker.start
        yield* broker.produce(topics.chat, records(100, 200))
        yield* Fiber.join(reading)
        assert.deepStrictEqual(seen, texts(0, 200))
        const after = yield* awaitAssignment(
          newest,
          ({ generation, tasks }) => generation > before.generation && tasks.length === 1
        )
        assert.deepStrictEqual(after.tasks, before.tasks)
      })
    )
  })
})
