/**
 * Shared by the tests of the Kafka source: a configuration for the test broker, and ways to read a
 * task to its end.
 */
import { Duration, Effect, Layer, type Scope, Stream } from "effect"
import type { KafkaConfig } from "../../../src/config/AppConfig.ts"
import type { Batch } from "../../../src/domain/Batch.ts"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import { type Assignment, type Demand, EventLog, type EventLogError } from "../../../src/source/EventLog.ts"
import {
  type KafkaLogLimits,
  type KafkaLogOptions,
  layer,
  limits as limitsOf
} from "../../../src/source/kafka/KafkaLog.ts"
import { KafkaBroker, uniqueName } from "../../harness/Kafka.ts"
import { until } from "../../harness/Until.ts"
import { MAX_BATCH_BYTES } from "./Drain.ts"

export const config = (bootstrap: string, changes: Partial<KafkaConfig> = {}): KafkaConfig => ({
  bootstrapServers: bootstrap.split(","),
  groupId: uniqueName("group"),
  startingOffsets: "earliest",
  securityProtocol: "PLAINTEXT",
  sasl: undefined,
  ssl: { ca: undefined, cert: undefined, key: undefined },
  deadLetterTopic: undefined,
  ...changes
})

/** As in production, but quick to notice that a member left. */
export const limits: KafkaLogLimits = {
  ...limitsOf({ sessionTimeout: Duration.seconds(6), maxBatchBytes: MAX_BATCH_BYTES, members: 1 }),
  group: {
    startAttempts: 20,
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 200,
    rebalanceTimeoutMs: 10_000,
    growthIntervalMs: 500,
    members: 1
  }
}

/** Room for a handful of records only. */
export const tinyBuffers: KafkaLogLimits = {
  ...limits,
  fetch: { ...limits.fetch, maxBytes: 600 },
  memory: { fetchedBytes: 6_000, unpackedBytes: 2_000, takenBytes: 2_000, maxBatchBytes: MAX_BATCH_BYTES }
}

export type Options = Partial<KafkaLogOptions> & Pick<KafkaLogOptions, "topics">

/** An EventLog of its own, for the scope of the test. */
export const openLog = (
  options: Options
): Effect.Effect<EventLog["Service"], EventLogError, KafkaBroker | Scope.Scope> =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const built = yield* Layer.build(
      layer({ kafka: config(broker.bootstrap), taskScope: "partition", limits, ...options })
    )
    return yield* EventLog.pipe(Effect.provide(built))
  })

/** Two topics of so many partitions each. */
export const makeTopics = (chatPartitions: number, viewerPartitions: number) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
    yield* broker.createTopics({ [topics.chat]: chatPartitions, [topics.viewer]: viewerPartitions })
    return topics
  })

export const task = (topics: KafkaLogOptions["topics"], partition: number): TaskDefinition => ({
  sourcePartition: partition,
  inputs: [
    { kind: "chat", topic: topics.chat, partition },
    { kind: "viewer", topic: topics.viewer, partition }
  ]
})

export const everything =
  (definition: TaskDefinition): Demand =>
  () =>
    definition.inputs.map((_, input) => input)

/** All batches that can be read now, of every input. */
export const readToEnd = (
  log: EventLog["Service"],
  definition: TaskDefinition,
  positions: ReadonlyArray<bigint> = definition.inputs.map(() => 0n),
  demand: Demand = everything(definition)
): Effect.Effect<ReadonlyArray<Batch>, EventLogError> =>
  Effect.gen(function* () {
    const ends = yield* log.readableEnds(definition)
    const at = [...positions]
    const reached = () => ends.every((end, input) => (at[input] ?? 0n) >= end)
    if (reached()) return []
    return yield* log.read(definition, positions, demand).pipe(
      Stream.tap((batch) =>
        Effect.sync(() => {
          at[batch.input] = batch.nextOffset
        })
      ),
      Stream.takeUntil(reached),
      Stream.runCollect
    )
  })

/**
 * Waits until the log's ends are these: the markers of a transaction follow its end by a moment.
 */
export const awaitEnds = (
  log: EventLog["Service"],
  definition: TaskDefinition,
  ends: ReadonlyArray<bigint>
): Effect.Effect<void, EventLogError> =>
  Effect.gen(function* () {
    const now = yield* log.endOffsets(definition)
    if (now.every((end, input) => end === ends[input])) return
    yield* Effect.sleep("20 millis")
    return yield* awaitEnds(log, definition, ends)
  })

/** The values of one input's records, as text; `null` for a tombstone. */
export const values = (batches: ReadonlyArray<Batch>, input: number): ReadonlyArray<string | null> =>
  batches
    .filter((batch) => batch.input === input)
    .flatMap(({ records }) =>
      Array.from(records, ({ value }) => (value === null ? null : Buffer.from(value).toString()))
    )

/** Waits for an assignment that matches the predicate. */
export const awaitAssignment = (
  seen: () => Assignment | undefined,
  fits: (assignment: Assignment) => boolean
): Effect.Effect<Assignment> =>
  until(
    "an assignment",
    Effect.sync(() => {
      const assignment = seen()
      return assignment !== undefined && fits(assignment) ? assignment : undefined
    })
  )

/** Joins in the background of the scope; the newest assignment can be queried. */
export const joinGroup = (log: EventLog["Service"]) =>
  Effect.gen(function* () {
    let newest: Assignment | undefined
    yield* log.assignments.pipe(
      Stream.runForEach((assignment) =>
        Effect.sync(() => {
          newest = assignment
        })
      ),
      Effect.forkScoped
    )
    return () => newest
  })

export const numbers = (assignment: Assignment): ReadonlyArray<number> =>
  assignment.tasks.map(({ sourcePartition }) => sourcePartition)
