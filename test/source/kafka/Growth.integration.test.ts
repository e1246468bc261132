import { assert, describe, layer } from "@effect/vitest"
import { Effect, Logger, Stream } from "effect"
import { EventLogError } from "../../../src/source/EventLog.ts"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { untilTrue } from "../../harness/Until.ts"
import {
  awaitAssignment,
  config,
  everything,
  joinGroup,
  makeTopics,
  numbers,
  openLog,
  readToEnd,
  task,
  values
} from "./KafkaLogHarness.ts"

/** Keeps what is logged, for the effect. */
const recorded = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel !== "Debug") lines.push(`${logLevel}: ${String(message)}`)
  })
  return { lines, layer: Logger.layer([logger]) }
}

describe.skipIf(kafkaMissing !== undefined)("KafkaLog: partitions that are added", () => {
  layer(KafkaBroker.layer(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("wait until the counts agree, then give new tasks from their beginning", () => {
      const log = recorded()
      return Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, [{ partition: 0, value: "old" }])
        const kafka = config(broker.bootstrap, { startingOffsets: "latest" })
        const first = yield* openLog({ topics, kafka })
        const firstNow = yield* joinGroup(first)
        const before = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 1)

        yield* broker.grow(topics.chat, 3)
        yield* untilTrue("an error line", () => log.lines.some((line) => line.startsWith("Error")))
        // kafkajs has rejoined by itself: the matching task continues.
        const meanwhile = yield* awaitAssignment(firstNow, ({ generation }) => generation > before.generation)
        assert.deepStrictEqual(numbers(meanwhile), [0])
        yield* broker.produce(topics.chat, [{ partition: 0, value: "new" }])
        // By a producer of its own: one that knows the topic already drops what is for partitions
        // that it does not know.
        yield* broker.transaction(topics.chat, [{ partition: 2, value: "added" }], "commit")
        assert.deepStrictEqual(values(yield* readToEnd(first, task(topics, 0)), 0), ["old", "new"])

        yield* broker.grow(topics.viewer, 3)
        const after = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 3)
        assert.deepStrictEqual(numbers(after), [0, 1, 2])
        assert.deepStrictEqual(yield* first.startOffsets(task(topics, 0)), [2n, 0n])
        assert.deepStrictEqual(yield* first.startOffsets(task(topics, 2)), [0n, 0n])
        assert.deepStrictEqual(values(yield* readToEnd(first, task(topics, 2)), 0), ["added"])

        yield* untilTrue("the added partitions to be reported", () =>
          log.lines.some((line) => line.includes("partitions were added"))
        )
        assert.deepStrictEqual(
          log.lines.filter((line) => line.includes("partition")),
          [
            `Error: Kafka ${broker.bootstrap}: ${topics.chat} has 3 partitions, ${topics.viewer} has 1 partition: the counts must be equal. Add partitions (kafka-topics.sh --bootstrap-server ${broker.bootstrap} --alter --topic ${topics.viewer} --partitions 3), or set TASK_SCOPE=all so that one task reads everything. Until then the worker reads only the partitions that both topics have`,
            `Info: Kafka ${broker.bootstrap}: partitions were added (${topics.chat} 3, ${topics.viewer} 3); rejoining the group`
          ]
        )
      }).pipe(Effect.provide(log.layer))
    })

    it.effect("do not stop a member that joins again; only a new one is refused", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const kafka = config(broker.bootstrap)
        const running = yield* joinGroup(yield* openLog({ topics, kafka }))
        yield* awaitAssignment(running, ({ tasks }) => tasks.length === 1)
        yield* broker.grow(topics.chat, 2)
        yield* broker.stop
        yield* broker.start
        const again = yield* awaitAssignment(running, ({ generation }) => generation > 1)
        assert.deepStrictEqual(numbers(again), [0])

        const other = yield* openLog({ topics, kafka })
        const refused = yield* other.assignments.pipe(Stream.runDrain, Effect.flip)
        assert.instanceOf(refused, EventLogError)
        assert.strictEqual(refused.reason, "Topics")
      })
    )

    it.effect("belong to the one task under TASK_SCOPE=all", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const log = yield* openLog({ topics, kafka: config(broker.bootstrap), taskScope: "all" })
        const now = yield* joinGroup(log)
        yield* awaitAssignment(now, ({ tasks }) => tasks[0]?.inputs.length === 2)
        yield* broker.grow(topics.viewer, 2)
        const { tasks } = yield* awaitAssignment(now, (assignment) => assignment.tasks[0]?.inputs.length === 3)
        const [only] = tasks
        assert(only !== undefined)
        yield* broker.produce(topics.viewer, [{ partition: 1, value: "added" }])
        assert.deepStrictEqual(values(yield* readToEnd(log, only, [0n, 0n, 0n], everything(only)), 2), ["added"])
      })
    )
  })
})
