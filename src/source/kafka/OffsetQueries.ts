/**
 * Queries offsets of partitions. Queries that arrive together become one request per broker,
 * however many tasks the process has.
 */
import { Effect, Exit, Request, RequestResolver } from "effect"
import type { Cluster } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { present } from "../../domain/Invariant.ts"
import type { Input } from "../../domain/Task.ts"
import { partitionKey } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { isStale, leaderOf, refreshMetadata } from "./ClusterMetadata.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { missingPartition } from "./Topics.ts"

/**
 * An offset of a partition's log: its first record, or one of two ends. Readable records end at the
 * last stable offset, all records at the high watermark.
 */
export type LogOffset = "earliest" | "stable" | "end"

const READ_UNCOMMITTED = 0

/** How long a query waits for others. */
const GATHER_FOR = "10 millis"

type Inputs = ReadonlyArray<Input>

/** By {@link partitionKey}. */
type Offsets = ReadonlyMap<string, bigint>

/** Queries one offset per input, in their order. */
export type QueryOffsets = (inputs: Inputs, which: LogOffset) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>

class OffsetQuery extends Request.Class<{ readonly input: Input; readonly which: LogOffset }, bigint, EventLogError> {}

type Entries = readonly [Request.Entry<OffsetQuery>, ...ReadonlyArray<Request.Entry<OffsetQuery>>]

export const offsetQueries = (config: KafkaConfig, cluster: Cluster): QueryOffsets => {
  const query = (entries: Entries) => {
    const { which } = entries[0].request
    const inputs = new Map(entries.map(({ request: { input } }) => [partitionKey(input), input]))
    return Effect.tryPromise({
      try: () => listWithFreshMetadata(config, cluster, [...inputs.values()], which),
      catch: (thrown) => toEventLogError(config, thrown)
    }).pipe(
      Effect.map((offsets) => {
        for (const { completeUnsafe, request } of entries) {
          completeUnsafe(Exit.succeed(present(offsets.get(partitionKey(request.input)), "every input has an offset")))
        }
      })
    )
  }

  /** Reports a failure to one caller only. */
  const alone = (entry: Request.Entry<OffsetQuery>) =>
    Effect.catch(query([entry]), (error) => Effect.sync(() => entry.completeUnsafe(Exit.fail(error))))

  const resolver = RequestResolver.makeGrouped<OffsetQuery, string>({
    // A node that does not reply must not hide the partitions of others.
    key: ({ request: { input, which } }) => `${which} ${leaderOf(cluster, input)}`,
    resolver: (entries) =>
      query(entries).pipe(
        // A partition that is unavailable must not hide others either.
        Effect.catchIf(
          (error) => entries.length > 1 && concernsPartition(error),
          () => Effect.forEach(entries, alone, { concurrency: "unbounded", discard: true })
        )
      )
  }).pipe(RequestResolver.setDelay(GATHER_FOR))

  return (inputs, which) =>
    Effect.forEach(inputs, (input) => Effect.request(new OffsetQuery({ input, which }), resolver), {
      concurrency: "unbounded"
    })
}

/**
 * Whether a broker answered with an error, which may concern one partition only. A login or a
 * connection that failed is not attempted again for each partition.
 */
const concernsPartition = ({ cause, reason }: EventLogError): boolean =>
  reason === "Topics" || protocolError(cause) !== undefined

const listWithFreshMetadata = async (
  config: KafkaConfig,
  cluster: Cluster,
  inputs: Inputs,
  which: LogOffset
): Promise<Offsets> => {
  try {
    return await list(config, cluster, inputs, which)
  } catch (thrown) {
    if (!isStale(thrown)) throw thrown
  }
  await refreshMetadata(cluster, topicsOf(inputs))
  try {
    return await list(config, cluster, inputs, which)
  } catch (thrown) {
    if (!isStale(thrown)) throw thrown
    // The leader is moving, even if a broker does not know the topic: the new metadata has it.
    const detail = `Kafka ${config.bootstrapServers.join(",")}: ${protocolError(thrown)}`
    throw new EventLogError({ reason: "Unreachable", detail, cause: thrown })
  }
}

const list = async (config: KafkaConfig, cluster: Cluster, inputs: Inputs, which: LogOffset): Promise<Offsets> => {
  const topics = topicsOf(inputs)
  if (inputs.some((input) => leaderOf(cluster, input) === undefined)) await refreshMetadata(cluster, topics)
  // By the isolation level of its cluster, kafkajs requests the last stable offset.
  const level: Cluster =
    which === "end" ? Object.create(cluster, { isolationLevel: { value: READ_UNCOMMITTED } }) : cluster
  const replies = await level.fetchTopicsOffset(
    topics.map((topic) => ({
      topic,
      partitions: inputs.filter((input) => input.topic === topic).map(({ partition }) => ({ partition })),
      fromBeginning: which === "earliest"
    }))
  )
  const offsets = new Map(
    replies.flatMap(({ partitions, topic }) =>
      partitions.map(({ offset, partition }) => [partitionKey({ topic, partition }), BigInt(offset)] as const)
    )
  )
  const missing = inputs.find((input) => !offsets.has(partitionKey(input)))
  if (missing !== undefined) throw missingPartition(config, missing)
  return offsets
}

const topicsOf = (inputs: Inputs): ReadonlyArray<string> => [...new Set(inputs.map(({ topic }) => topic))]
