/**
 * Transactions that stay open. Nothing behind one can be read until it ends, so the results wait. A broker ends the transaction of a producer that is gone after the
 * producer's transaction.timeout.ms (by default 60 s); one that hangs all the same needs a person.
 */
import { Clock, Duration, Effect } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Input } from "../../domain/Task.ts"
import { partitionKey, partitionLabel } from "../../domain/TopicPartition.ts"
import type { OpenTransaction, PartitionBuffer } from "./PartitionBuffer.ts"
import { toolCommand } from "./ToolCommand.ts"

/** How often the partitions are checked while a transaction becomes one that hangs. */
const CHECKS = 8

interface Hanging {
  readonly input: Input
  readonly transaction: OpenTransaction
}

export interface HangingTransactions {
  /** Which transactions hang, and what to do, as one line for operators; `undefined` = none. */
  readonly problem: Effect.Effect<string | undefined>
  /** Logs each one once, and once more when it has ended. */
  readonly watch: Effect.Effect<never>
}

/** `buffers` gives those that are read now. A transaction hangs once it has been seen open for `hangingAfterMs`. */
export const makeHangingTransactions = (
  config: Pick<KafkaConfig, "bootstrapServers" | "securityProtocol">,
  buffers: () => ReadonlyArray<PartitionBuffer>,
  hangingAfterMs: number
): HangingTransactions => {
  const reported = new Map<string, Hanging>()

  const describe = ({ input, transaction }: Hanging, nowMs: number): string => {
    const { partition, topic } = input
    const openFor = Duration.format(Duration.seconds(Math.round((nowMs - transaction.sinceMs) / 1000)))
    return (
      `Kafka topic ${partitionLabel(input)}: a transaction has been open for ${openFor} and blocks reading from offset ${transaction.offset}, so results are delayed. ` +
      `If its producer is gone, abort it: ${toolCommand("kafka-transactions", config)} abort --topic ${topic} --partition ${partition} --start-offset ${transaction.offset}`
    )
  }

  const hanging = (nowMs: number): ReadonlyArray<Hanging> =>
    buffers().flatMap(({ input, openTransaction: transaction }) =>
      transaction !== undefined && nowMs - transaction.sinceMs >= hangingAfterMs ? [{ input, transaction }] : []
    )

  const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

  const check = Effect.gen(function* () {
    const nowMs = yield* monotonicMs
    const now = new Map(hanging(nowMs).map((one) => [`${partitionKey(one.input)} ${one.transaction.offset}`, one]))
    for (const [key, { input, transaction }] of reported) {
      if (now.has(key)) continue
      reported.delete(key)
      yield* Effect.logInfo(
        `Kafka topic ${partitionLabel(input)}: the transaction at offset ${transaction.offset} has ended`
      )
    }
    for (const [key, one] of now) {
      if (reported.has(key)) continue
      reported.set(key, one)
      yield* Effect.logWarning(describe(one, nowMs))
    }
  })

  return {
    problem: Effect.map(monotonicMs, (nowMs) => {
      const [first, ...others] = hanging(nowMs)
      if (first === undefined) return undefined
      const more = others.length === 0 ? "" : ` (other partitions with a hanging transaction: ${others.length})`
      return describe(first, nowMs) + more
    }),
    watch: check.pipe(Effect.delay(hangingAfterMs / CHECKS), Effect.forever)
  }
}
