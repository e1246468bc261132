/**
 * Being a member of the consumer group: joining, heartbeats, rebalances, committed offsets. A kafkajs consumer does that and reads nothing: all its topics are
 * paused from the start (Fetcher.ts reads). One that crashes is replaced by a new one here, so that there is one place that tries again and tells of it.
 */
import { Deferred, Effect, Exit, Scope } from "effect"
import type { Consumer, ConsumerRunConfig, Kafka } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { partitionLabel, type TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { retryAtStart, retryForever } from "./KafkaRetry.ts"
import { coPartitionAssigner } from "./CoPartitionAssigner.ts"
import type { Growth } from "./Growth.ts"
import { toEventLogError } from "./KafkaError.ts"

export interface GroupLimits {
  /** Attempts before the first join. */
  readonly startAttempts: number
  /** Without a heartbeat for so long a member is out. */
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the group waits for a member to join again. */
  readonly rebalanceTimeoutMs: number
  /** Time between two looks for partitions that were added. */
  readonly lookIntervalMs: number
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

export interface GroupMembership {
  /**
   * Joins and stays a member; `onAssigned` is called with what it owns from then on. Fails where that needs a person, or where Kafka isn't there at the
   * start. Leaves the group when interrupted. To be run once at a time.
   */
  readonly stay: (onAssigned: (partitions: Partitions) => void) => Effect.Effect<never, EventLogError>
  readonly isMember: () => boolean
  /** Fails where the member isn't one right now. */
  readonly commit: (offsets: ReadonlyArray<GroupOffset>) => Effect.Effect<void, EventLogError>
}

interface Membership {
  /** Fails when it has ended without being left. */
  readonly end: Effect.Effect<never, EventLogError>
}

/** How often the idle consumer looks whether a heartbeat is due. */
const CONSUMER_PACE_MS = 250

/** How long leaving may take before the broker is left to notice by itself. */
const LEAVE_TIMEOUT = "5 seconds"

export const makeGroupMembership = (options: GroupOptions): GroupMembership => {
  const { config, limits } = options
  let owned: ReadonlyArray<number> = []
  let member: Consumer | undefined

  const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, EventLogError> =>
    Effect.tryPromise({ try: run, catch: (thrown) => toEventLogError(config, thrown) })

  /** A member of the group until the scope ends. */
  const join = Effect.fnUntraced(function* (onAssigned: (partitions: Partitions) => void) {
    yield* options.growth.check
    const consumer = options.kafka.consumer({
      groupId: config.groupId,
      partitionAssigners: [coPartitionAssigner(options.scope, () => owned)],
      sessionTimeout: limits.sessionTimeoutMs,
      heartbeatInterval: limits.heartbeatIntervalMs,
      rebalanceTimeout: limits.rebalanceTimeoutMs,
      maxWaitTimeInMs: CONSUMER_PACE_MS,
      // at that age kafkajs looks anew, and joins again where it sees new partitions
      metadataMaxAge: limits.lookIntervalMs,
      allowAutoTopicCreation: false,
      retry: { restartOnFailure: async () => false }
    })
    const over = Deferred.makeUnsafe<never, EventLogError>()
    let signs = 0
    let joined = false
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      Deferred.doneUnsafe(over, Effect.fail(toEventLogError(config, payload.error)))
    })
    consumer.on(consumer.events.HEARTBEAT, () => {
      signs++
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      signs++
      joined = true
      // before the first fetch: kafkajs goes on to that in a later turn
      consumer.pause(options.topics.map((topic) => ({ topic })))
      owned = Object.values(payload.memberAssignment)[0] ?? []
      onAssigned(payload.memberAssignment)
    })

    let running: Promise<void> = Promise.resolve()
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        if (member === consumer) member = undefined
        // leaving in the middle of a join, kafkajs would stay a member that nobody knows of
        return attempt(() => running.then(() => consumer.disconnect()))
      }).pipe(
        Effect.timeout(LEAVE_TIMEOUT),
        Effect.ignore({ log: "Debug", message: "Leaving the Kafka consumer group failed" })
      )
    )
    yield* attempt(() => consumer.connect())
    yield* attempt(() => consumer.subscribe({ topics: [...options.topics] }))
    yield* attempt(() => {
      running = consumer.run(CONSUME_NOTHING)
      return running
    })
    if (!joined) return yield* Deferred.await(over)
    member = consumer

    /** kafkajs has been seen to stop without a word. */
    const silentMs = limits.sessionTimeoutMs + limits.rebalanceTimeoutMs
    const silence = Effect.gen(function* () {
      let before = -1
      while (signs !== before) {
        before = signs
        yield* Effect.sleep(silentMs)
      }
      return yield* new EventLogError({
        reason: "Unreachable",
        detail: `Kafka ${config.bootstrapServers.join(",")}: no heartbeat of consumer group ${config.groupId} for ${silentMs / 1000} s`
      })
    })
    const membership: Membership = {
      end: Effect.raceAllFirst([Deferred.await(over), silence, options.growth.watch])
    }
    return membership
  })

  const stay: GroupMembership["stay"] = Effect.fnUntraced(function* (onAssigned) {
    const joining = transactional(join(onAssigned))
    let failure = yield* session(retryAtStart(limits.startAttempts, joining))
    while (true) {
      yield* Effect.logWarning(`Kafka consumer group ${config.groupId} lost, rejoining: ${failure.detail}`)
      failure = yield* session(retryForever("Kafka not available", joining))
    }
  })

  const commit: GroupMembership["commit"] = (offsets) =>
    attempt(async () => {
      if (member === undefined) throw new Error(`not a member of consumer group ${config.groupId}`)
      await member.commitOffsets(
        offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() }))
      )
    })

  return { stay, isMember: () => member !== undefined, commit }
}

/** Stays as long as it works: succeeds with why it ended. */
const session = (joining: Effect.Effect<Membership, EventLogError, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(joining, ({ end }) => Effect.flip(end)))

/** Never called: everything is paused. */
const CONSUME_NOTHING: ConsumerRunConfig = {
  autoCommit: false,
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch }) => {
    throw new Error(`kafkajs fetched ${partitionLabel(batch)}, which is paused`)
  }
}

/** What a failed attempt acquired is released before the next one; what a successful one did, with the scope. */
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
