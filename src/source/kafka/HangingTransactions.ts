/**
 * Reports transactions that stay open. Records after the first one of an open transaction cannot be
 * read until it ends, so results are delayed. A broker aborts the transaction of a vanished
 * producer after that producer's transaction.timeout.ms (60 s by default). One that hangs longer
 * needs an operator.
 */
import { Clock, Duration, Effect } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Input } from "../../domain/Task.ts"
import { partitionKey, partitionLabel } from "../../domain/TopicPartition.ts"
import type { OpenTransaction, PartitionBuffer } from "./PartitionBuffer.ts"
import { toolCommand } from "./ToolCommand.ts"

/** Checks within the time after which a transaction counts as hanging. */
const CHECKS = 8

interface Hanging {
  readonly input: Input
  readonly transaction: OpenTransaction
}

export class HangingTransactions {
  readonly #config: Pick<KafkaConfig, "bootstrapServers" | "securityProtocol">
  readonly #buffers: () => ReadonlyArray<PartitionBuffer>
  readonly #hangingAfterMs: number
  readonly #reported = new Map<string, Hanging>()

  /**
   * `buffers` returns those that are read now. A transaction hangs once it has been open for
   * `hangingAfterMs`.
   */
  constructor(
    config: Pick<KafkaConfig, "bootstrapServers" | "securityProtocol">,
    buffers: () => ReadonlyArray<PartitionBuffer>,
    hangingAfterMs: number
  ) {
    this.#config = config
    this.#buffers = buffers
    this.#hangingAfterMs = hangingAfterMs
  }

  /**
   * The hanging transactions and the remedy, as one line for operators; `undefined` = none hangs.
   */
  get problem(): Effect.Effect<string | undefined> {
    return Effect.map(monotonicMs, (nowMs) => {
      const [first, ...others] = this.#hanging(nowMs)
      if (first === undefined) return undefined
      const more = others.length === 0 ? "" : ` (other partitions with a hanging transaction: ${others.length})`
      return this.#describe(first, nowMs) + more
    })
  }

  /** Logs each hanging transaction once, and once more when it has ended. */
  get watch(): Effect.Effect<never> {
    return Effect.flatMap(monotonicMs, (nowMs) => this.#report(nowMs)).pipe(
      Effect.delay(this.#hangingAfterMs / CHECKS),
      Effect.forever
    )
  }

  #report(nowMs: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const now = new Map(
        this.#hanging(nowMs).map((one) => [`${partitionKey(one.input)} ${one.transaction.offset}`, one])
      )
      for (const [key, { input, transaction }] of this.#reported) {
        if (now.has(key)) continue
        this.#reported.delete(key)
        yield* Effect.logInfo(
          `Kafka topic ${partitionLabel(input)}: the transaction at offset ${transaction.offset} has ended`
        )
      }
      for (const [key, one] of now) {
        if (this.#reported.has(key)) continue
        this.#reported.set(key, one)
        yield* Effect.logWarning(this.#describe(one, nowMs))
      }
    })
  }

  #hanging(nowMs: number): ReadonlyArray<Hanging> {
    return this.#buffers().flatMap(({ input, openTransaction: transaction }) =>
      transaction !== undefined && nowMs - transaction.sinceMs >= this.#hangingAfterMs ? [{ input, transaction }] : []
    )
  }

  #describe({ input, transaction }: Hanging, nowMs: number): string {
    const { partition, topic } = input
    const openFor = Duration.format(Duration.seconds(Math.round((nowMs - transaction.sinceMs) / 1000)))
    return (
      `Kafka topic ${partitionLabel(input)}: a transaction has been open for ${openFor} and blocks reading from offset ${transaction.offset}, so results are delayed. ` +
      `If its producer is gone, abort it: ${toolCommand("kafka-transactions", this.#config)} abort --topic ${topic} --partition ${partition} --start-offset ${transaction.offset}`
    )
  }
}

const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))
