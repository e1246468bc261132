/** Checks that the topics exist and that their partition counts match. */
import type { Effect } from "effect"
import type { Admin, Kafka } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { InputKind } from "../../domain/Task.ts"
import { partitionLabel, type TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { withAdmin } from "./Admin.ts"
import { protocolError } from "./KafkaError.ts"

/** The topic of each kind of record. */
export type Topics = Readonly<Record<InputKind, string>>

/** Number of partitions by topic; `undefined` = the topic does not exist. */
export type PartitionCounts = ReadonlyMap<string, number | undefined>

/** The failure for an input whose partition does not exist. */
export const missingPartition = (
  { bootstrapServers }: Pick<KafkaConfig, "bootstrapServers">,
  input: TopicPartition
): EventLogError =>
  new EventLogError({
    reason: "Topics",
    detail: `Kafka ${bootstrapServers.join(",")}: partition ${partitionLabel(input)} does not exist; create the topic or add partitions`
  })

/** Queries a broker over a connection of its own. */
export const partitionCounts = (
  config: KafkaConfig,
  probe: Kafka,
  topics: Topics
): Effect.Effect<PartitionCounts, EventLogError> =>
  withAdmin(config, probe, async (admin) => {
    const counts = new Map<string, number | undefined>()
    for (const name of [topics.chat, topics.viewer]) counts.set(name, await partitionCount(admin, name))
    return counts
  })

const partitionCount = async (admin: Admin, name: string): Promise<number | undefined> => {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
    return topics.find((topic) => topic.name === name)?.partitions.length
  } catch (thrown) {
    if (protocolError(thrown) !== "UNKNOWN_TOPIC_OR_PARTITION") throw thrown
    return undefined
  }
}

/**
 * The problem of the topics with the commands that fix it: one is missing, or their counts differ
 * while tasks are made by partition. `undefined` = no problem. `tool` is the beginning of the
 * commands, from {@link toolCommand}.
 */
export const topicsProblem = (
  counts: PartitionCounts,
  scope: "partition" | "all",
  tool: string
): string | undefined => {
  const existing = [...counts].flatMap(([topic, count]) => (count === undefined ? [] : [{ topic, count }]))
  const missing = [...counts.keys()].filter((topic) => counts.get(topic) === undefined)
  const largest = existing.toSorted((a, b) => b.count - a.count)[0]
  if (missing.length > 0) {
    const partitions = largest?.count ?? 3
    const commands = missing.map((topic) => `${tool} --create --topic ${topic} --partitions ${partitions}`)
    return `${missing.length === 1 ? "topic" : "topics"} ${missing.join(" and ")} missing: create with ${commands.join("; ")} (or correct CHAT_TOPIC and VIEWER_TOPIC)`
  }
  const smaller = existing.filter(({ count }) => count !== largest?.count)
  if (scope === "all" || largest === undefined || smaller.length === 0) return undefined
  const listed = existing.map(({ topic, count }) => `${topic} has ${count} ${count === 1 ? "partition" : "partitions"}`)
  const commands = smaller.map(({ topic }) => `${tool} --alter --topic ${topic} --partitions ${largest.count}`)
  return `${listed.join(", ")}: the counts must be equal. Add partitions (${commands.join("; ")}), or set TASK_SCOPE=all so that one task reads everything`
}
