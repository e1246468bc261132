/** Where a time lies in the topics. */
import { Effect } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import { makeClients } from "./Client.ts"
import { toEventLogError } from "./KafkaError.ts"
import { missingPartition } from "./Topics.ts"

/** Per input: the first offset whose record has that timestamp or a later one; the log's end where none has. All records before it are older. */
export const offsetsAt = Effect.fn("kafka.offsetsAt")(function* (
  config: KafkaConfig,
  inputs: ReadonlyArray<Input>,
  timeMs: number
): Effect.fn.Return<ReadonlyArray<bigint>, EventLogError> {
  const { kafka } = yield* makeClients(config)
  const topics = [...new Set(inputs.map(({ topic }) => topic))]
  const found = yield* Effect.tryPromise({
    try: async () => {
      const admin = kafka.admin()
      try {
        await admin.connect()
        const answers = await Promise.all(topics.map((topic) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs)))
        return new Map(topics.map((topic, index) => [topic, answers[index] ?? []]))
      } finally {
        await admin.disconnect()
      }
    },
    catch: (thrown) => toEventLogError(config, thrown)
  })
  return yield* Effect.forEach(inputs, (input) => {
    const offset = found.get(input.topic)?.find(({ partition }) => partition === input.partition)?.offset
    return offset === undefined ? Effect.fail(missingPartition(config, input)) : Effect.succeed(BigInt(offset))
  })
})
