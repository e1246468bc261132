/**
 * Kafka as the EventLog. The consumer group decides which tasks this worker owns. Reading starts at
 * the positions of the tasks, never at the group's committed offsets, which only lag tools use.
 */
import { totalmem } from "node:os"
import { Duration, Effect, Layer, Queue, Scope, Stream } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { monotonicMs } from "../../domain/Monotonic.ts"
import { ALL_PARTITIONS, type Input, type InputKind, isSameTask, type TaskDefinition } from "../../domain/Task.ts"
import { type Assignment, type Demand, EventLog, type EventLogError } from "../EventLog.ts"
import { type Brokers, makeBrokers } from "./Brokers.ts"
import { makeClients, makeCluster } from "./Client.ts"
import { Fetcher, type FetchLimits } from "./Fetcher.ts"
import { type GroupLimits, GroupMembership, type Partitions } from "./GroupMembership.ts"
import { Growth } from "./Growth.ts"
import { HangingTransactions } from "./HangingTransactions.ts"
import { START_ATTEMPTS } from "./KafkaRetry.ts"
import { OffsetCommits } from "./OffsetCommits.ts"
import { type MemoryLimits, ReadMemory } from "./ReadMemory.ts"
import { TaskReader } from "./TaskReader.ts"
import { toolCommand } from "./ToolCommand.ts"
import { partitionCounts, type Topics } from "./Topics.ts"

export interface KafkaLogLimits {
  readonly group: GroupLimits
  readonly fetch: FetchLimits
  /** Shared by all inputs. */
  readonly memory: MemoryLimits
  /** A transaction that has been open for this long is reported. */
  readonly hangingAfterMs: number
}

/** Bytes of the log that one process may hold in memory. */
const PROCESS_BYTES = 128 * 1024 * 1024

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024

export interface LogLimits {
  /** After this long without a heartbeat a worker's tasks are reassigned. */
  readonly sessionTimeout: Duration.Duration
  /** Bytes that one batch may decompress to. */
  readonly maxBatchBytes: number
  /** Logs that the process has open: they share its memory. */
  readonly members: number
}

export const limits = ({ maxBatchBytes, members, sessionTimeout }: LogLimits): KafkaLogLimits => {
  // The container's limit; 0, or more than the machine has, means none.
  const constrained = process.constrainedMemory() || totalmem()
  const available = Math.min(PROCESS_BYTES, totalmem() / 8, constrained / 8)
  const bytes = available / members
  const fetchedBytes = (bytes * 3) / 8
  return {
    group: groupLimits(Duration.toMillis(sessionTimeout), members),
    fetch: { maxWaitMs: 250, maxBytes: Math.floor(Math.min(MAX_RESPONSE_BYTES, fetchedBytes / 8)) },
    memory: { fetchedBytes, unpackedBytes: bytes / 2, takenBytes: bytes / 8, maxBatchBytes },
    hangingAfterMs: HANGING_AFTER_MS
  }
}

/**
 * A heartbeat per second, or ten per session; Kafka's documentation recommends three. Members learn
 * of a rebalance by heartbeats, so this is how long a task waits for its next owner. A rebalance
 * waits for slow members for two sessions. So a frozen member is removed when its session ends, and
 * no member waits for it longer.
 */
const groupLimits = (sessionTimeoutMs: number, members: number): GroupLimits => ({
  startAttempts: START_ATTEMPTS,
  sessionTimeoutMs,
  heartbeatIntervalMs: Math.min(1_000, sessionTimeoutMs / 10),
  rebalanceTimeoutMs: sessionTimeoutMs * 2,
  growthIntervalMs: 10_000,
  members
})

export interface KafkaLogOptions {
  readonly kafka: KafkaConfig
  readonly topics: Topics
  readonly taskScope: "partition" | "all"
  readonly limits: KafkaLogLimits
}

/** Records of the batches that one read returns, at most. */
const READ_RECORDS = 1_000

/** How often time passes for the readers that wait. One clock serves all of them. */
const BEAT = "50 millis"

/** Twice the default limit of a producer's transaction, after which the broker ends it. */
const HANGING_AFTER_MS = 120_000

/** Bounds the wait for a commit, which only lag tools use. */
const COMMIT_TIMEOUT = "5 seconds"

class KafkaLog {
  readonly #config: KafkaConfig
  readonly #options: KafkaLogOptions
  readonly #brokers: Brokers
  readonly #memory: ReadMemory
  readonly #fetcher: Fetcher
  readonly #growth: Growth
  readonly #group: GroupMembership
  readonly #hanging: HangingTransactions
  readonly #commits: OffsetCommits
  /** The newest reader of each task, by the task's number. */
  readonly #readers = new Map<number, TaskReader>()
  #assignment: Assignment | undefined

  /** Opens the log; its fibers and connections end with the scope. */
  static make(options: KafkaLogOptions): Effect.Effect<KafkaLog, EventLogError, Scope.Scope> {
    const { kafka: config, limits, taskScope: scope, topics } = options
    return Effect.gen(function* () {
      const clients = yield* makeClients(config)
      const cluster = yield* Effect.acquireRelease(
        Effect.sync(() => makeCluster(clients.probe, config.groupId)),
        (made) => Effect.promise(() => made.disconnect())
      )
      const brokers = makeBrokers(config, cluster)
      const memory = new ReadMemory(limits.memory)
      const fetcher = yield* Fetcher.make(config, brokers, memory, limits.fetch)
      const growth = new Growth({
        query: partitionCounts(config, clients.probe, topics),
        scope,
        intervalMs: limits.group.growthIntervalMs,
        where: config.bootstrapServers.join(","),
        tool: toolCommand("kafka-topics", config)
      })
      const group = new GroupMembership({
        config,
        kafka: clients.kafka,
        topics: [topics.chat, topics.viewer],
        scope,
        limits: limits.group,
        growth
      })
      const log = new KafkaLog(options, brokers, memory, fetcher, growth, group)
      yield* Effect.forkScoped(log.#hanging.watch)
      yield* Effect.forkScoped(log.#beat)
      return log
    })
  }

  private constructor(
    options: KafkaLogOptions,
    brokers: Brokers,
    memory: ReadMemory,
    fetcher: Fetcher,
    growth: Growth,
    group: GroupMembership
  ) {
    this.#config = options.kafka
    this.#options = options
    this.#brokers = brokers
    this.#memory = memory
    this.#fetcher = fetcher
    this.#growth = growth
    this.#group = group
    this.#commits = new OffsetCommits((offsets) => group.commit(offsets))
    this.#hanging = new HangingTransactions(
      options.kafka,
      () => [...this.#readers.values()].flatMap((reader) => reader.buffers),
      options.limits.hangingAfterMs
    )
  }

  get service(): EventLog["Service"] {
    const brokers = this.#brokers
    return {
      // Only the newest assignment matters to a caller that has not pulled yet.
      assignments: Stream.callback<Assignment, EventLogError>(
        (queue) => this.#group.stay((partitions) => Queue.offerUnsafe(queue, this.#assign(partitions))),
        { bufferSize: 1, strategy: "sliding" }
      ),
      read: (task, positions, demand) => this.#read(task, positions, demand),
      startOffsets: (task) => brokers.offsets(task.inputs, this.#startsAtBeginning(task) ? "earliest" : "stable"),
      endOffsets: (task) => brokers.offsets(task.inputs, "end"),
      readableEnds: (task) => brokers.offsets(task.inputs, "stable"),
      openTransactions: (task) => Effect.sync(() => this.#readerOf(task)?.openTransactions ?? []),
      problem: Effect.suspend(() => this.#problem()),
      commit: (task, nextOffsets) =>
        Effect.suspend(() => this.#commit(task, nextOffsets)).pipe(
          Effect.timeout(COMMIT_TIMEOUT),
          Effect.ignore({ log: "Debug", message: "Kafka commit failed" })
        )
    }
  }

  /** Before the first assignment every task counts as owned: bounded reading joins no group. */
  #isOwned(task: TaskDefinition): boolean {
    return this.#assignment === undefined || this.#assignment.tasks.some((owned) => isSameTask(owned, task))
  }

  /** Turns the group's assignment into tasks, and revokes the readers of others. */
  #assign(partitions: Partitions): Assignment {
    const { taskScope, topics } = this.#options
    const generation = (this.#assignment?.generation ?? 0) + 1
    this.#assignment = { generation, tasks: tasksOf(taskScope, topics, partitions), allTasks: this.#growth.tasks }
    for (const reader of this.#readers.values()) {
      if (!this.#isOwned(reader.task)) reader.revoke(`assignment ${generation} moved it to another worker`)
    }
    return this.#assignment
  }

  #readerOf(task: TaskDefinition): TaskReader | undefined {
    const reader = this.#readers.get(task.sourcePartition)
    return reader !== undefined && isSameTask(reader.task, task) ? reader : undefined
  }

  /** Lets time pass for all readers. */
  get #beat(): Effect.Effect<never> {
    return Effect.map(monotonicMs, (nowMs) => {
      for (const reader of this.#readers.values()) reader.pass(nowMs)
    }).pipe(Effect.delay(BEAT), Effect.forever)
  }

  #read(task: TaskDefinition, positions: ReadonlyArray<bigint>, demand: Demand) {
    return Stream.unwrap(
      Effect.map(this.#open(task, positions), (reader) =>
        Stream.fromPull(
          Effect.succeed(
            Effect.map(reader.next(demand), (batches) => {
              if (batches.some(({ input }) => reader.buffers[input]?.wantsMore === true)) this.#fetcher.wake()
              return batches
            })
          )
        )
      )
    )
  }

  /**
   * A reader that is filled until the scope ends. It revokes an earlier reader of the same task.
   */
  #open(task: TaskDefinition, positions: ReadonlyArray<bigint>): Effect.Effect<TaskReader, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => {
        const reader = new TaskReader(task, positions, this.#memory, READ_RECORDS)
        if (!this.#isOwned(task)) reader.revoke("the group assigned it to another worker")
        this.#readers.get(task.sourcePartition)?.revoke("a newer reader replaced this one")
        this.#readers.set(task.sourcePartition, reader)
        this.#fetcher.add(reader.buffers)
        return reader
      }),
      (reader) =>
        Effect.sync(() => {
          if (this.#readers.get(task.sourcePartition) === reader) this.#readers.delete(task.sourcePartition)
          this.#fetcher.close(reader.buffers)
        })
    )
  }

  /**
   * Added partitions continue what has been read so far, so none of their records may be missed.
   */
  #startsAtBeginning({ inputs }: TaskDefinition): boolean {
    return this.#config.startingOffsets === "earliest" || inputs.some((input) => this.#growth.isNew(input))
  }

  #problem(): Effect.Effect<string | undefined> {
    if (!this.#group.isMember) return Effect.succeed(`not a member of consumer group ${this.#config.groupId}`)
    const { problem } = this.#growth
    return problem === undefined ? this.#hanging.problem : Effect.succeed(problem)
  }

  #commit(task: TaskDefinition, nextOffsets: ReadonlyArray<bigint>): Effect.Effect<void, EventLogError> {
    if (this.#assignment === undefined || !this.#isOwned(task)) return Effect.void
    return this.#commits.commit(
      task.inputs.flatMap(({ topic, partition }, index) => {
        const offset = nextOffsets[index]
        return offset === undefined ? [] : [{ topic, partition, offset }]
      })
    )
  }
}

/** The tasks whose inputs are all among the partitions. */
const tasksOf = (scope: "partition" | "all", topics: Topics, partitions: Partitions): ReadonlyArray<TaskDefinition> => {
  // A member without partitions has no topic in its assignment.
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
 * The EventLog over Kafka. Building it sends no request. `assignments` joins the group, and fails
 * after `startAttempts` if no broker replies; everything else connects on first use. `read` works
 * without a group, for bounded reading.
 */
export const layer = (options: KafkaLogOptions): Layer.Layer<EventLog, EventLogError> =>
  Layer.effect(
    EventLog,
    Effect.map(KafkaLog.make(options), (log) => log.service)
  )
