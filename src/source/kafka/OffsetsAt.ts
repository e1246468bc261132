/** Finds the offsets of a time. */
import { Effect } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { present } from "../../domain/Invariant.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import { withAdmin } from "./Admin.ts"
import { makeClients } from "./Client.ts"
import { missingPartition } from "./Topics.ts"

/**
 * Per input: the first offset whose record has that timestamp or a later one, or the log's end if
 * there is none. All records before it are older.
 */
export const offsetsAt = Effect.fn("kafka.offsetsAt")(function* (
  config: KafkaConfig,
  inputs: ReadonlyArray<Input>,
  timeMs: number
): Effect.fn.Return<ReadonlyArray<bigint>, EventLogError> {
  const { kafka } = yield* makeClients(config)
  const topics = [...new Set(inputs.map(({ topic }) => topic))]
  const found = yield* withAdmin(config, kafka, async (admin) => {
    const replies = await Promise.all(topics.map((topic) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs)))
    return new Map(topics.map((topic, index) => [topic, present(replies[index], "one reply per topic")]))
  })
  return yield* Effect.forEach(inputs, (input) => {
    const offset = found.get(input.topic)?.find(({ partition }) => partition === input.partition)?.offset
    return offset === undefined ? Effect.fail(missingPartition(config, input)) : Effect.succeed(BigInt(offset))
  })
})
