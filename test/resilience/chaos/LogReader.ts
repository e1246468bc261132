/** The contents of the log, read by kafkajs alone, since the worker's reader is under test. */
import { Effect } from "effect"
import type { Kafka, KafkaMessage } from "kafkajs"
import { uniqueName } from "../../harness/Kafka.ts"
import type { OracleRecord } from "../../oracle/Recount.ts"

const TIMEOUT = "8 minutes"

/** Where to read to: the end offset of this partition of each topic. */
export type Ends = ReadonlyMap<string, bigint>

/** A record as the oracle takes it. */
export const toRecord = ({ offset, timestamp, value }: KafkaMessage): OracleRecord => ({
  offset: BigInt(offset),
  timestampMs: Number(timestamp),
  value
})

/**
 * All records of one partition number of some topics, from the first on, in the order of their
 * offsets. `keep` returns the part of each that is kept.
 */
export const readPartition = <A>(
  kafka: Kafka,
  partition: number,
  ends: Ends,
  keep: (message: KafkaMessage) => A
): Effect.Effect<ReadonlyMap<string, ReadonlyArray<A>>> =>
  Effect.promise(() => collect(kafka, partition, ends, keep)).pipe(
    Effect.timeoutOrElse({
      duration: TIMEOUT,
      orElse: () => Effect.die(new Error(`partition ${partition} was not read back within ${TIMEOUT}`))
    })
  )

const collect = async <A>(
  kafka: Kafka,
  partition: number,
  ends: Ends,
  keep: (message: KafkaMessage) => A
): Promise<ReadonlyMap<string, ReadonlyArray<A>>> => {
  const found = new Map<string, Array<A>>([...ends.keys()].map((topic) => [topic, []]))
  const open = new Set([...ends].flatMap(([topic, end]) => (end > 0n ? [topic] : [])))
  if (open.size === 0) return found
  const consumer = kafka.consumer({ groupId: uniqueName("read-back"), allowAutoTopicCreation: false })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...ends.keys()], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        // Before the first fetch: kafkajs goes on to that in a later turn.
        const others = Object.entries(payload.memberAssignment).map(([topic, partitions]) => ({
          topic,
          partitions: partitions.filter((other) => other !== partition)
        }))
        consumer.pause(others)
      })
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            const records = found.get(batch.topic)
            const end = ends.get(batch.topic)
            if (batch.partition !== partition || records === undefined || end === undefined) {
              throw new Error(`kafkajs fetched ${batch.topic} partition ${batch.partition}, which is paused`)
            }
            for (const message of batch.messages) {
              const next = String(records.length)
              // The topics are neither compacted nor transactional: there are no holes.
              if (message.offset !== next) throw new Error(`${batch.topic}: offset ${message.offset}, not ${next}`)
              records.push(keep(message))
            }
            if (BigInt(records.length) >= end) open.delete(batch.topic)
            if (open.size === 0) resolve()
          }
        })
        .catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return found
}
