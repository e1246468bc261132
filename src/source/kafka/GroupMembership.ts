/**
 * Membership of the consumer group: joins, heartbeats, rebalances and committed offsets. A kafkajs
 * consumer does that and reads nothing: all of its topics are paused from the start (Fetcher.ts
 * reads). A consumer that crashes is replaced here, so that retries and their log lines have one
 * place.
 */
import { hostname } from "node:os"
import { Deferred, Effect, Exit, Scope } from "effect"
import type { Consumer, ConsumerRunConfig, Kafka } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { partitionLabel, type TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { coPartitionAssigner, type Joining } from "./CoPartitionAssigner.ts"
import type { Growth } from "./Growth.ts"
import { toEventLogError } from "./KafkaError.ts"
import { retryAtStart, retryForever } from "./KafkaRetry.ts"

export interface GroupLimits {
  /** Attempts before the first join. */
  readonly startAttempts: number
  /** A member that sends no heartbeat for this long is removed. */
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the group waits for a member to rejoin. */
  readonly rebalanceTimeoutMs: number
  /** Time between two checks for added partitions. */
  readonly growthIntervalMs: number
  /** Members that this process starts. */
  readonly members: number
}

export interface GroupOptions {
  readonly config: KafkaConfig
  readonly kafka: Kafka
  readonly topics: ReadonlyArray<string>
  readonly scope: "partition" | "all"
  readonly limits: GroupLimits
  readonly growth: Growth
}

/** Partition numbers by topic. */
export type Partitions = Readonly<Record<string, ReadonlyArray<number>>>

export interface GroupOffset extends TopicPartition {
  readonly offset: bigint
}

interface Session {
  /** Fails when the membership has ended for a reason other than leaving. */
  readonly end: Effect.Effect<never, EventLogError>
}

/** How often the idle consumer checks whether a heartbeat is due. */
const CONSUMER_INTERVAL_MS = 250

/** The same for all threads of this process. */
const PROCESS = `${hostname()}:${process.pid}`

/** How long leaving may take; after that the broker has to notice by itself. */
const LEAVE_TIMEOUT = "5 seconds"

export class GroupMembership {
  readonly #options: GroupOptions
  /** The partition numbers of the last assignment. */
  #owned: ReadonlyArray<number> = []
  /** The consumer that is a member now. */
  #member: Consumer | undefined
  /** Whether it has been assigned nothing yet. */
  #isStarting = true

  constructor(options: GroupOptions) {
    this.#options = options
  }

  get isMember(): boolean {
    return this.#member !== undefined
  }

  /**
   * Joins and stays a member; calls `onAssigned` with each assignment. Fails for what needs an
   * operator, or if Kafka is unavailable at the start. Leaves the group when interrupted. Only one
   * may run at a time.
   */
  stay(onAssigned: (partitions: Partitions) => void): Effect.Effect<never, EventLogError> {
    const { config, limits } = this.#options
    const joining = transactional(this.#join(onAssigned))
    return Effect.gen(function* () {
      let failure = yield* endOf(retryAtStart(limits.startAttempts, joining))
      while (true) {
        yield* Effect.logWarning(`Kafka consumer group ${config.groupId} lost, rejoining: ${failure.detail}`)
        failure = yield* endOf(retryForever("Kafka not available", joining))
      }
    })
  }

  /** Commits offsets for lag tools. Fails if this process is not a member. */
  commit(offsets: ReadonlyArray<GroupOffset>): Effect.Effect<void, EventLogError> {
    return this.#attempt(async () => {
      if (this.#member === undefined) {
        throw new Error(`not a member of consumer group ${this.#options.config.groupId}`)
      }
      await this.#member.commitOffsets(
        offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() }))
      )
    })
  }

  #attempt<A>(run: () => Promise<A>): Effect.Effect<A, EventLogError> {
    return Effect.tryPromise({ try: run, catch: (thrown) => toEventLogError(this.#options.config, thrown) })
  }

  /** Joins the group; a member until the scope ends. */
  #join(onAssigned: (partitions: Partitions) => void): Effect.Effect<Session, EventLogError, Scope.Scope> {
    const { growth, topics } = this.#options
    return Effect.gen({ self: this }, function* () {
      yield* growth.check
      const consumer = this.#makeConsumer()
      const crash = Deferred.makeUnsafe<never, EventLogError>()
      let signsOfLife = 0
      let joined = false
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        Deferred.doneUnsafe(crash, Effect.fail(toEventLogError(this.#options.config, payload.error)))
      })
      consumer.on(consumer.events.HEARTBEAT, () => {
        signsOfLife++
      })
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        signsOfLife++
        joined = true
        this.#isStarting = false
        // Before the first fetch, which kafkajs starts in a later turn.
        consumer.pause(topics.map((topic) => ({ topic })))
        // Every topic has the same numbers; a member without partitions has no topic.
        this.#owned = Object.values(payload.memberAssignment)[0] ?? []
        onAssigned(payload.memberAssignment)
      })
      yield* this.#run(consumer)
      if (!joined) return yield* Deferred.await(crash)
      this.#member = consumer
      return { end: Effect.raceAllFirst([Deferred.await(crash), this.#silence(() => signsOfLife), growth.watch]) }
    })
  }

  #makeConsumer(): Consumer {
    const { config, kafka, limits, scope } = this.#options
    return kafka.consumer({
      groupId: config.groupId,
      partitionAssigners: [coPartitionAssigner(scope, () => this.#self(limits.members))],
      sessionTimeout: limits.sessionTimeoutMs,
      heartbeatInterval: limits.heartbeatIntervalMs,
      rebalanceTimeout: limits.rebalanceTimeoutMs,
      maxWaitTimeInMs: CONSUMER_INTERVAL_MS,
      // At that age kafkajs refreshes its metadata, and rejoins if it finds new partitions.
      metadataMaxAge: limits.growthIntervalMs,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: async () => false }
    })
  }

  #self(members: number): Joining {
    return { owned: this.#owned, process: PROCESS, starting: this.#isStarting ? members : undefined }
  }

  /** Connects and runs the consumer; disconnects it with the scope. */
  #run(consumer: Consumer): Effect.Effect<void, EventLogError, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      let running: Promise<void> = Promise.resolve()
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          if (this.#member === consumer) this.#member = undefined
          // A kafkajs consumer that leaves during a join would stay a member without an owner.
          return this.#attempt(() => running.then(() => consumer.disconnect()))
        }).pipe(
          Effect.timeout(LEAVE_TIMEOUT),
          Effect.ignore({ log: "Debug", message: "Leaving the Kafka consumer group failed" })
        )
      )
      yield* this.#attempt(() => consumer.connect())
      yield* this.#attempt(() => consumer.subscribe({ topics: [...this.#options.topics] }))
      yield* this.#attempt(() => {
        running = consumer.run(CONSUME_NOTHING)
        return running
      })
    })
  }

  /**
   * Fails once `signsOfLife` has not grown for a whole session and rebalance: kafkajs can stop
   * silently.
   */
  #silence(signsOfLife: () => number): Effect.Effect<never, EventLogError> {
    const { config, limits } = this.#options
    const silentMs = limits.sessionTimeoutMs + limits.rebalanceTimeoutMs
    return Effect.gen(function* () {
      let before = -1
      while (signsOfLife() !== before) {
        before = signsOfLife()
        yield* Effect.sleep(silentMs)
      }
      return yield* new EventLogError({
        reason: "Unreachable",
        detail: `Kafka ${config.bootstrapServers.join(",")}: no heartbeat of consumer group ${config.groupId} for ${silentMs / 1000} s`
      })
    })
  }
}

/** Runs a session to its end, and succeeds with the reason why it ended. */
const endOf = (joining: Effect.Effect<Session, EventLogError, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(joining, ({ end }) => Effect.flip(end)))

/** kafkajs never calls `eachBatch`, because everything is paused. */
const CONSUME_NOTHING: ConsumerRunConfig = {
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch }) => {
    throw new Error(`kafkajs fetched ${partitionLabel(batch)}, which is paused`)
  }
}

/**
 * Releases what a failed attempt acquired before the next one; what a successful one acquired lives
 * until the scope ends.
 */
const transactional = <A, E, R>(effect: Effect.Effect<A, E, R | Scope.Scope>): Effect.Effect<A, E, R | Scope.Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const outer = yield* Effect.scope
      const inner = yield* Scope.fork(outer)
      return yield* restore(Scope.provide(effect, inner)).pipe(
        Effect.onError((cause) => Scope.close(inner, Exit.failCause(cause)))
      )
    })
  )
