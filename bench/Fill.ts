/** Writes the load into two fresh topics. */
import { Effect } from "effect"
import { KafkaBroker, type ProduceRecord, uniqueName } from "../test/harness/Kafka.ts"
import type { Load, LoadKind } from "./Load.ts"

/**
 * Records of a partition in one request, on average: batches of 100 KB or so, as busy producers
 * make them.
 */
const BATCH_RECORDS = 1_250 / 3

/** Returns the names of the topics. */
export const fill = (load: Load) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const topics = { chat: uniqueName("bench.chat"), viewer: uniqueName("bench.viewer") }
    const { partitions } = load.options
    yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
    for (const kind of ["chat", "viewer"] as const) {
      for (const records of requests(load, kind)) yield* broker.produce(topics[kind], records)
    }
    return topics
  })

/** Requests with the same share of every partition. */
function* requests(load: Load, kind: LoadKind): Generator<ReadonlyArray<ProduceRecord>> {
  const counts = Array.from({ length: load.options.partitions }, (_, partition) => load.count(kind, partition))
  const steps = Math.ceil(counts.reduce((a, b) => a + b, 0) / (BATCH_RECORDS * counts.length))
  for (let step = 0; step < steps; step++) {
    const records: Array<ProduceRecord> = []
    for (const [partition, count] of counts.entries()) {
      const end = Math.floor((count * (step + 1)) / steps)
      for (let offset = Math.floor((count * step) / steps); offset < end; offset++) {
        records.push({ ...load.recordAt(kind, partition, offset), partition })
      }
    }
    yield records
  }
}
