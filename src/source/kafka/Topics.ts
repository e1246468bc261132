/** Whether the topics are there and fit together. */
import { Effect } from "effect"
import type { Kafka } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { InputKind } from "../../domain/Task.ts"
import { partitionLabel, type TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { counted, plural } from "../../domain/Wording.ts"

/** The topic of each kind of record. */
export type Topics = Readonly<Record<InputKind, string>>

/** Number of partitions by topic; `undefined` = there is no such topic. */
export type PartitionCounts = ReadonlyMap<string, number | undefined>

/** The failure for an input whose partition does not exist. */
export const missingPartition = (
  { bootstrapServers }: Pick<KafkaConfig, "bootstrapServers">,
  of: TopicPartition
): EventLogError =>
  new EventLogError({
    reason: "Topics",
    detail: `Kafka ${bootstrapServers.join(",")}: partition ${partitionLabel(of)} does not exist; create the topic or add partitions`
  })

/** Queries a broker over a connection of its own. */
export const partitionCounts = (
  config: KafkaConfig,
  probe: Kafka,
  topics: Topics
): Effect.Effect<PartitionCounts, EventLogError> =>
  Effect.tryPromise({
    try: () => ask(probe, [topics.chat, topics.viewer]),
    catch: (thrown) => toEventLogError(config, thrown)
  })

const ask = async (probe: Kafka, names: ReadonlyArray<string>): Promise<PartitionCounts> => {
  const admin = probe.admin()
  try {
    await admin.connect()
    const counts = new Map<string, number | undefined>()
    for (const name of names) {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
        counts.set(name, topics.find((topic) => topic.name === name)?.partitions.length)
      } catch (thrown) {
        if (protocolError(thrown) !== "UNKNOWN_TOPIC_OR_PARTITION") throw thrown
        counts.set(name, undefined)
      }
    }
    return counts
  } finally {
    await admin.disconnect()
  }
}

/**
 * What is wrong with the topics and the commands against it, or `undefined`: one is missing, or their counts differ and the tasks go by partition. `tool` is the beginning of the
 * commands, by {@link toolCommand}.
 */
export const topicsProblem = (
  counts: PartitionCounts,
  scope: "partition" | "all",
  tool: string
): string | undefined => {
  const present = [...counts].flatMap(([topic, count]) => (count === undefined ? [] : [{ topic, count }]))
  const missing = [...counts.keys()].filter((topic) => counts.get(topic) === undefined)
  const most = present.toSorted((a, b) => b.count - a.count)[0]
  if (missing.length > 0) {
    const partitions = most?.count ?? 3
    const commands = missing.map((topic) => `${tool} --create --topic ${topic} --partitions ${partitions}`)
    return `${plural(missing.length, "topic")} ${missing.join(" and ")} missing: create with ${commands.join("; ")} (or correct CHAT_TOPIC and VIEWER_TOPIC)`
  }
  const fewer = present.filter(({ count }) => count !== most?.count)
  if (scope === "all" || most === undefined || fewer.length === 0) return undefined
  const listed = present.map(({ topic, count }) => `${topic} has ${counted(count, "partition")}`)
  const commands = fewer.map(({ topic }) => `${tool} --alter --topic ${topic} --partitions ${most.count}`)
  return `${listed.join(", ")}: the counts must be equal; add partitions (${commands.join("; ")}), or set TASK_SCOPE=all so that one task reads everything`
}
