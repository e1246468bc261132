/**
 * Detects partitions that are added while the worker runs. While the topics' counts differ, the
 * tasks of the smaller count continue and an error names the counts. Once they are equal the group
 * rejoins (kafkajs does so whenever it sees new partitions), and the new tasks are assigned.
 */
import { Effect } from "effect"
import { present } from "../../domain/Invariant.ts"
import type { TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { type PartitionCounts, topicsProblem } from "./Topics.ts"

export interface GrowthOptions {
  /** Queries the brokers for the present counts. */
  readonly query: Effect.Effect<PartitionCounts, EventLogError>
  readonly scope: "partition" | "all"
  /** Time between two queries. */
  readonly intervalMs: number
  /** The brokers, for messages. */
  readonly where: string
  /** The beginning of a command of kafka-topics.sh, for messages. */
  readonly tool: string
}

export class Growth {
  readonly #options: GrowthOptions
  /** The counts of the first successful check. */
  #first: PartitionCounts | undefined
  /** The counts that were reported last. */
  #last: PartitionCounts | undefined

  constructor(options: GrowthOptions) {
    this.#options = options
  }

  /**
   * Callers run this before each attempt to join. It fails with `Topics` if a topic is missing.
   * Before its first success it fails with `MissingTopics` instead, and with `Topics` if the counts
   * differ, because no task runs yet that could continue.
   */
  get check(): Effect.Effect<void, EventLogError> {
    return Effect.flatMap(this.#options.query, (counts) => {
      const problem = this.#problemOf(counts)
      const isFirst = this.#first === undefined
      if (problem !== undefined && (isFirst || isMissing(counts))) {
        const reason = isFirst && isMissing(counts) ? "MissingTopics" : "Topics"
        return Effect.fail(new EventLogError({ reason, detail: `Kafka ${this.#options.where}: ${problem}` }))
      }
      if (isFirst) {
        this.#first = counts
        this.#last = counts
      }
      return this.#report(counts)
    })
  }

  /** Queries the counts periodically and logs each change once. */
  get watch(): Effect.Effect<never> {
    return this.#options.query.pipe(
      // The next join decides whether a missing topic stays missing.
      Effect.flatMap((counts) => (isMissing(counts) ? Effect.void : this.#report(counts))),
      Effect.ignore({ log: "Debug", message: "Kafka partition counts are unavailable" }),
      Effect.delay(this.#options.intervalMs),
      Effect.forever
    )
  }

  /** The problem of the topics by the last counts. */
  get problem(): string | undefined {
    return this.#last === undefined ? undefined : this.#problemOf(this.#last)
  }

  /** The number of tasks by the last counts; `undefined` before the first. */
  get tasks(): number | undefined {
    if (this.#last === undefined) return undefined
    if (this.#options.scope === "all") return 1
    return Math.min(...[...this.#last.values()].map((count) => present(count, "only complete counts are kept")))
  }

  /**
   * Whether the partition was added after the first check: nothing in it is older than this worker.
   */
  isNew({ partition, topic }: TopicPartition): boolean {
    return partition >= (this.#first?.get(topic) ?? Number.POSITIVE_INFINITY)
  }

  #problemOf(counts: PartitionCounts): string | undefined {
    return topicsProblem(counts, this.#options.scope, this.#options.tool)
  }

  #report(counts: PartitionCounts): Effect.Effect<void> {
    return Effect.suspend(() => {
      if ([...counts].every(([topic, count]) => this.#last?.get(topic) === count)) return Effect.void
      this.#last = counts
      const { where } = this.#options
      const problem = this.problem
      return problem === undefined
        ? Effect.logInfo(`Kafka ${where}: partitions were added (${listed(counts)}); rejoining the group`)
        : Effect.logError(
            `Kafka ${where}: ${problem}. Until then the worker reads only the partitions that both topics have`
          )
    })
  }
}

const isMissing = (counts: PartitionCounts): boolean => [...counts.values()].includes(undefined)

const listed = (counts: PartitionCounts): string => [...counts].map(([topic, count]) => `${topic} ${count}`).join(", ")
