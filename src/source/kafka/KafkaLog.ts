/**
 * Kafka as the EventLog. The consumer group decides which tasks are this worker's; reading goes by the positions that the tasks bring along, never by
 * the group's committed offsets, which are written for lag tools alone.
 */
import { totalmem } from "node:os"
import { Duration, Effect, Layer, Queue, Stream } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { ALL_PARTITIONS, type Input, type InputKind, isSameTask, type TaskDefinition } from "../../domain/Task.ts"
import { type Assignment, EventLog, type EventLogError } from "../EventLog.ts"
import { START_ATTEMPTS } from "./KafkaRetry.ts"
import { makeBrokers } from "./Brokers.ts"
import { makeClients, makeCluster } from "./Client.ts"
import { type FetchLimits, makeFetcher } from "./Fetcher.ts"
import { makeGrowth } from "./Growth.ts"
import { type GroupLimits, makeGroupMembership, type Partitions } from "./GroupMembership.ts"
import { makeHangingTransactions } from "./HangingTransactions.ts"
import { type MemoryLimits, ReadMemory } from "./ReadMemory.ts"
import { TaskReader } from "./TaskReader.ts"
import { toolCommand } from "./ToolCommand.ts"
import { partitionCounts, type Topics } from "./Topics.ts"

export interface KafkaLogLimits {
  readonly group: GroupLimits
  readonly fetch: FetchLimits
  /** Over all inputs together. */
  readonly memory: MemoryLimits
  /** A transaction that has been open for so long is reported. */
  readonly hangingAfterMs: number
}

/** What one process may hold of the log in memory. */
const PROCESS_BYTES = 128 * 1024 * 1024

const MOST_PER_ANSWER = 8 * 1024 * 1024

export interface LogLimits {
  /** After which a worker's tasks are given to others. */
  readonly sessionTimeout: Duration.Duration
  /** What one batch may unpack to. */
  readonly maxBatchBytes: number
  /** How many logs the process has open: they share its memory. */
  readonly members: number
}

export const limits = ({ maxBatchBytes, members, sessionTimeout }: LogLimits): KafkaLogLimits => {
  // the container's limit; 0 or more than the machine has = none
  const constrained = process.constrainedMemory() || totalmem()
  const available = Math.min(PROCESS_BYTES, totalmem() / 8, constrained / 8)
  const bytes = available / members
  const fetchedBytes = (bytes * 3) / 8
  return {
    group: groupLimits(Duration.toMillis(sessionTimeout)),
    fetch: { maxWaitMs: 250, maxBytes: Math.floor(Math.min(MOST_PER_ANSWER, fetchedBytes / 8)) },
    memory: { fetchedBytes, unpackedBytes: bytes / 2, takenBytes: bytes / 8, maxBatchBytes },
    hangingAfterMs: HANGING_AFTER_MS
  }
}

/**
 * A heartbeat a second, or ten a session; Kafka's documentation asks for three. Members learn of a rebalance by them: this is how long a task waits for its next owner. A rebalance waits for slow members twice as long
 * as a session, so that a member that froze is left out by its session's end and not waited for.
 */
const groupLimits = (sessionTimeoutMs: number): GroupLimits => ({
  startAttempts: START_ATTEMPTS,
  sessionTimeoutMs,
  heartbeatIntervalMs: Math.min(1_000, sessionTimeoutMs / 10),
  rebalanceTimeoutMs: sessionTimeoutMs * 2,
  lookIntervalMs: 10_000
})

export interface KafkaLogOptions {
  readonly kafka: KafkaConfig
  readonly topics: Topics
  readonly taskScope: "partition" | "all"
  readonly limits: KafkaLogLimits
}

/** Records of one batch at most. */
const BATCH_RECORDS = 1_000

/** Twice what a producer may take by default before the broker ends its transaction. */
const HANGING_AFTER_MS = 120_000

/** A commit is for lag tools: nobody waits longer for it. */
const COMMIT_TIMEOUT = "5 seconds"

const make = Effect.fnUntraced(function* (options: KafkaLogOptions) {
  const { kafka: config, limits, topics, taskScope } = options
  const clients = yield* makeClients(config)
  const cluster = yield* Effect.acquireRelease(
    Effect.sync(() => makeCluster(clients.probe, config.groupId)),
    (made) => Effect.promise(() => made.disconnect())
  )
  const brokers = makeBrokers(config, cluster)
  const memory = new ReadMemory(limits.memory)
  const fetcher = yield* makeFetcher(config, brokers, memory, limits.fetch)

  const readers = new Set<TaskReader>()
  const readerOf = (task: TaskDefinition): TaskReader | undefined =>
    [...readers].findLast((reader) => isSameTask(reader.task, task))
  const hanging = makeHangingTransactions(
    config,
    () => [...readers].flatMap((reader) => reader.buffers),
    limits.hangingAfterMs
  )
  yield* Effect.forkScoped(hanging.watch)

  let current: Assignment | undefined
  const isMine = (task: TaskDefinition): boolean =>
    current === undefined || current.tasks.some((mine) => isSameTask(mine, task))

  const assigned = (partitions: Partitions): Assignment => {
    const assignment: Assignment = {
      generation: (current?.generation ?? 0) + 1,
      tasks: tasksOf(taskScope, topics, partitions),
      allTasks: growth.tasks()
    }
    current = assignment
    for (const reader of readers) {
      if (!isMine(reader.task)) reader.revoke(`assignment ${assignment.generation} moved it to another worker`)
    }
    return assignment
  }

  const growth = makeGrowth({
    look: partitionCounts(config, clients.probe, topics),
    scope: taskScope,
    intervalMs: limits.group.lookIntervalMs,
    where: config.bootstrapServers.join(","),
    tool: toolCommand("kafka-topics", config)
  })

  const group = makeGroupMembership({
    config,
    kafka: clients.kafka,
    topics: [topics.chat, topics.viewer],
    scope: taskScope,
    limits: limits.group,
    growth
  })

  // only the newest assignment matters to one who has not looked yet
  const assignments = Stream.callback<Assignment, EventLogError>(
    (queue) => group.stay((partitions) => Queue.offerUnsafe(queue, assigned(partitions))),
    { bufferSize: 1, strategy: "sliding" }
  )

  const open = (task: TaskDefinition, positions: ReadonlyArray<bigint>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const reader = new TaskReader(task, positions, memory, BATCH_RECORDS)
        if (!isMine(task)) reader.revoke("the group assigned it to another worker")
        for (const other of readers) {
          if (other.task.sourcePartition === task.sourcePartition) other.revoke("a newer reader replaced this one")
        }
        readers.add(reader)
        fetcher.add(reader.buffers)
        return reader
      }),
      (reader) =>
        Effect.sync(() => {
          readers.delete(reader)
          fetcher.close(reader.buffers)
        })
    )

  return EventLog.of({
    assignments,
    read: (task, positions, demand) =>
      Stream.unwrap(
        Effect.map(open(task, positions), (reader) =>
          Stream.fromPull(
            Effect.succeed(
              Effect.map(reader.next(demand), (batch) => {
                if (reader.buffers[batch.input]?.wantsMore === true) fetcher.wake()
                return [batch] as const
              })
            )
          )
        )
      ),
    // partitions that were added are the rest of what has been read so far: nothing of them is to be missed
    startOffsets: (task) =>
      brokers.offsets(
        task.inputs,
        config.startingOffsets === "earliest" || task.inputs.some(growth.isNew) ? "earliest" : "stable"
      ),
    endOffsets: (task) => brokers.offsets(task.inputs, "end"),
    readableEnds: (task) => brokers.offsets(task.inputs, "stable"),
    openTransactions: (task) => Effect.sync(() => readerOf(task)?.openTransactions ?? []),
    problem: Effect.suspend(() => {
      if (!group.isMember()) return Effect.succeed(`not a member of consumer group ${config.groupId}`)
      const problem = growth.problem()
      return problem === undefined ? hanging.problem : Effect.succeed(problem)
    }),
    commit: (task, nextOffsets) =>
      Effect.suspend(() => {
        if (current === undefined || !isMine(task)) return Effect.void
        const offsets = task.inputs.flatMap(({ topic, partition }, index) => {
          const offset = nextOffsets[index]
          return offset === undefined ? [] : [{ topic, partition, offset }]
        })
        return group.commit(offsets)
      }).pipe(Effect.timeout(COMMIT_TIMEOUT), Effect.ignore({ log: "Debug", message: "Kafka commit failed" }))
  })
})

/** The tasks whose inputs are all among the partitions. */
const tasksOf = (scope: "partition" | "all", topics: Topics, partitions: Partitions): ReadonlyArray<TaskDefinition> => {
  const numbers = (kind: InputKind): ReadonlyArray<number> => (partitions[topics[kind]] ?? []).toSorted((a, b) => a - b)
  const input = (kind: InputKind, partition: number): Input => ({ kind, topic: topics[kind], partition })
  const chat = numbers("chat")
  const viewer = numbers("viewer")
  if (scope === "partition") {
    return chat
      .filter((number) => viewer.includes(number))
      .map((number) => ({ sourcePartition: number, inputs: [input("chat", number), input("viewer", number)] }))
  }
  const inputs = [...chat.map((number) => input("chat", number)), ...viewer.map((number) => input("viewer", number))]
  return inputs.length === 0 ? [] : [{ sourcePartition: ALL_PARTITIONS, inputs }]
}

/**
 * The EventLog over Kafka. Building it talks to nobody: `assignments` joins the group (and fails after `startAttempts` where no broker answers), the
 * rest connects on first use. `read` works without a group, for bounded reading.
 */
export const layer = (options: KafkaLogOptions): Layer.Layer<EventLog, EventLogError> =>
  Layer.effect(EventLog, make(options))
