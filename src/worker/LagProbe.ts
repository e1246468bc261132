/** Lag of tasks behind the log: queried, or as of the last query. */
import { Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { InputLag } from "../domain/Lag.ts"
import { present } from "../domain/Invariant.ts"
import { ONE_PER_INPUT } from "../pipeline/CheckpointChecks.ts"
import { partitionKey } from "../domain/TopicPartition.ts"
import { EventLog } from "../source/EventLog.ts"

/** Time limit for a reply of the log. */
const PATIENCE = "5 seconds"

const between = (nextOffset: bigint, endOffset: bigint): number =>
  endOffset > nextOffset ? Number(endOffset - nextOffset) : 0

const lagOf = Effect.fnUntraced(function* ({ inputs, sourcePartition }: Checkpoint) {
  const log = yield* EventLog
  const ends = yield* log.endOffsets({ sourcePartition, inputs })
  return inputs.map(({ nextOffset, partition, topic }, index): InputLag => {
    const endOffset = present(ends[index], ONE_PER_INPUT)
    return { topic, partition, endOffset, records: between(nextOffset, endOffset) }
  })
})

/**
 * Queries the lag of the tasks' inputs. Tasks without a reply are left out, so that one unavailable
 * partition does not hide the others. `undefined` if there is no reply for any task.
 */
export const lagsOf = Effect.fnUntraced(function* (checkpoints: ReadonlyArray<Checkpoint>) {
  const lags = yield* Effect.forEach(
    checkpoints,
    (checkpoint) =>
      lagOf(checkpoint).pipe(
        Effect.timeout(PATIENCE),
        Effect.orElseSucceed(() => undefined)
      ),
    { concurrency: "unbounded" }
  )
  const known = lags.filter((lag) => lag !== undefined)
  return known.length === 0 && checkpoints.length > 0 ? undefined : known.flat()
})

/** End offsets as of the last query, for callers that cannot wait for a reply. */
export class KnownEnds {
  #ends: ReadonlyMap<string, bigint> = new Map()
  /** End offsets of tasks that have started since. */
  readonly #started = new Map<string, bigint>()

  /** Replaces all known ends; `undefined` forgets them. */
  learn(lags: ReadonlyArray<InputLag> | undefined): void {
    this.#ends = new Map(lags?.map((lag) => [partitionKey(lag), lag.endOffset]))
    if (lags === undefined) this.#started.clear()
    for (const key of this.#ends.keys()) this.#started.delete(key)
  }

  /**
   * Adds the ends of a task that starts, one per input: its first flush may be its last for a long
   * time.
   */
  start({ inputs }: Checkpoint, ends: ReadonlyArray<bigint>): void {
    for (const [index, input] of inputs.entries()) {
      this.#started.set(partitionKey(input), present(ends[index], ONE_PER_INPUT))
    }
  }

  /**
   * Records that are left once the checkpoint is committed; `null` unless the ends of all its
   * inputs are known.
   */
  lagOf({ inputs }: Checkpoint): number | null {
    let records = 0
    for (const input of inputs) {
      const key = partitionKey(input)
      const end = this.#ends.get(key) ?? this.#started.get(key)
      if (end === undefined) return null
      records += between(input.nextOffset, end)
    }
    return records
  }
}
