/** Kafka keeps the contract of sources. */
import { describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { KafkaBroker, kafkaMissing, type ProduceRecord } from "../harness/Kafka.ts"
import { config, limits, makeTopics, openLog, task } from "../source/kafka/KafkaLogHarness.ts"
import { type Check, eventLogContract, type OpenedLog } from "./EventLogContract.ts"

const recordsOf = (values: ReadonlyArray<string>): ReadonlyArray<ProduceRecord> =>
  values.map((value) => ({ partition: 0, value }))

/** Buffers that hold a part of the largest log of the contract. */
const smallBuffers = {
  ...limits,
  fetch: { ...limits.fetch, maxBytes: 10_000 },
  memory: { ...limits.memory, fetchedBytes: 60_000, unpackedBytes: 20_000, takenBytes: 20_000 }
}

const open = (
  values: readonly [ReadonlyArray<string>, ReadonlyArray<string>],
  startingOffsets: "earliest" | "latest" = "earliest"
) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const topics = yield* makeTopics(1, 1)
    const definition = task(topics, 0)
    const append = (input: number, more: ReadonlyArray<string>) =>
      broker.produce(definition.inputs[input]?.topic ?? "", recordsOf(more))
    for (const [input, some] of values.entries()) {
      // Batches smaller than the buffers.
      for (let from = 0; from < some.length; from += 200) yield* append(input, some.slice(from, from + 200))
    }
    const opened: OpenedLog = {
      log: yield* openLog({ topics, limits: smallBuffers, kafka: config(broker.bootstrap, { startingOffsets }) }),
      task: definition,
      holds: values.map((some) => some.map((value, index) => ({ offset: BigInt(index), value }))),
      ends: values.map(({ length }) => BigInt(length)),
      append,
      lose: (input, before) => broker.deleteRecords(definition.inputs[input]?.topic ?? "", 0, before)
    }
    return opened
  })

describe.skipIf(kafkaMissing !== undefined)("Kafka keeps the contract of sources", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    const check: Check<KafkaBroker> = (name, test) => it.effect(name, () => test)
    const can = { grow: true, lose: true, refuseBeyondEnd: true, startLatest: true, serveSeveral: false }
    eventLogContract({ open, can }, check)
  })
})
