/**
 * Partitions that are added while this worker runs. As long as the topics' counts differ the tasks of the smaller count go on and the operator is told; once they
 * are equal the group joins again (kafkajs does so whenever it sees new partitions), and the new tasks are assigned.
 */
import { Effect } from "effect"
import type { Input } from "../../domain/Task.ts"
import { EventLogError } from "../EventLog.ts"
import { type PartitionCounts, topicsProblem } from "./Topics.ts"

export interface GrowthOptions {
  /** What the brokers say now. */
  readonly look: Effect.Effect<PartitionCounts, EventLogError>
  readonly scope: "partition" | "all"
  /** Time between two looks. */
  readonly intervalMs: number
  /** The brokers, for messages. */
  readonly where: string
  /** The beginning of a command of kafka-topics.sh, for messages. */
  readonly tool: string
}

export interface Growth {
  /**
   * To be run before each attempt to join. Fails with `Topics` if a topic is missing; until it has succeeded once with `MissingTopics` instead, and with `Topics` if the counts don't fit, since
   * nothing runs yet that could continue.
   */
  readonly check: Effect.Effect<void, EventLogError>
  /** Looks again and again, and tells of every change once. */
  readonly watch: Effect.Effect<never>
  /** What is wrong with the topics, as last seen. */
  readonly problem: () => string | undefined
  /** How many tasks the topics give, as last seen; `undefined` before that. */
  readonly tasks: () => number | undefined
  /** Whether the partition is one that was added after the first look: nothing in it is older than this worker. */
  readonly isNew: (input: Input) => boolean
}

export const makeGrowth = ({ intervalMs, look, scope, tool, where }: GrowthOptions): Growth => {
  let first: PartitionCounts | undefined
  let last: PartitionCounts | undefined

  const tell = (counts: PartitionCounts): Effect.Effect<void> =>
    Effect.suspend(() => {
      if ([...counts].every(([topic, count]) => last?.get(topic) === count)) return Effect.void
      last = counts
      const problem = topicsProblem(counts, scope, tool)
      return problem === undefined
        ? Effect.logInfo(`Kafka ${where}: partitions were added (${listed(counts)}); rejoining the group`)
        : Effect.logError(
            `Kafka ${where}: ${problem}. Until then the worker reads only the partitions that both topics have`
          )
    })

  const check = Effect.gen(function* () {
    const counts = yield* look
    const problem = topicsProblem(counts, scope, tool)
    if (problem !== undefined && (first === undefined || isMissing(counts))) {
      const reason = first === undefined && isMissing(counts) ? "MissingTopics" : "Topics"
      return yield* new EventLogError({ reason, detail: `Kafka ${where}: ${problem}` })
    }
    if (first === undefined) {
      first = counts
      last = counts
    }
    yield* tell(counts)
  })

  const watch = look.pipe(
    // whether a missing topic is one for good is seen at the next join
    Effect.flatMap((counts) => (isMissing(counts) ? Effect.void : tell(counts))),
    Effect.ignore({ log: "Debug", message: "Kafka partition counts are unavailable" }),
    Effect.delay(intervalMs),
    Effect.forever
  )

  const isNew = ({ partition, topic }: Input): boolean => partition >= (first?.get(topic) ?? Number.POSITIVE_INFINITY)

  const tasks = (): number | undefined => {
    if (last === undefined) return undefined
    return scope === "all" ? 1 : Math.min(...[...last.values()].map((count) => count ?? 0))
  }

  return {
    check,
    watch,
    isNew,
    tasks,
    problem: () => (last === undefined ? undefined : topicsProblem(last, scope, tool))
  }
}

const isMissing = (counts: PartitionCounts): boolean => [...counts.values()].includes(undefined)

const listed = (counts: PartitionCounts): string => [...counts].map(([topic, count]) => `${topic} ${count}`).join(", ")
