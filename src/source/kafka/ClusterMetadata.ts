/**
 * kafkajs's metadata of the cluster: which node leads a partition. Its age is not exposed, so
 * callers refresh it on errors that suggest stale metadata.
 */
import type { Cluster, PartitionMetadata } from "kafkajs"
import type { TopicPartition } from "../../domain/TopicPartition.ts"
import { protocolError } from "./KafkaError.ts"

/** Errors that newer metadata may fix. */
const STALE: ReadonlySet<string | undefined> = new Set([
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KAFKA_STORAGE_ERROR"
])

/** Whether newer metadata may fix the error. */
export const isStale = (thrown: unknown): boolean => STALE.has(protocolError(thrown))

/** Connects if necessary, and requests the metadata of these topics. */
export const refreshMetadata = async (cluster: Cluster, topics: ReadonlyArray<string>): Promise<void> => {
  await cluster.connect()
  await cluster.addMultipleTargetTopics([...topics])
  await cluster.refreshMetadata()
}

/** The leaders by partition number, of the metadata of one topic. */
const leaders = new WeakMap<ReadonlyArray<PartitionMetadata>, ReadonlyMap<number, number>>()

/** Indexes the metadata of a topic once: every fetch needs the leader of every partition. */
const leadersOf = (partitions: ReadonlyArray<PartitionMetadata>): ReadonlyMap<number, number> => {
  let found = leaders.get(partitions)
  if (found === undefined) {
    found = new Map(partitions.map(({ leader, partitionId }) => [partitionId, leader]))
    leaders.set(partitions, found)
  }
  return found
}

/** The node that leads a partition; `undefined` if the metadata has none. */
export const leaderOf = (cluster: Cluster, { partition, topic }: TopicPartition): number | undefined => {
  try {
    const leader = leadersOf(cluster.findTopicPartitionMetadata(topic)).get(partition)
    return leader === undefined || leader < 0 ? undefined : leader
  } catch {
    return undefined // kafkajs throws if it has no metadata yet
  }
}
