/** How far tasks are behind the log: asked for, and as last learnt. */
import { Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { InputLag } from "../domain/Lag.ts"
import { EventLog } from "../source/EventLog.ts"

/** How long the log may take to answer. */
const PATIENCE = "5 seconds"

const between = (nextOffset: bigint, endOffset: bigint): number =>
  endOffset > nextOffset ? Number(endOffset - nextOffset) : 0

/** Asks the log how far the tasks' inputs are behind; `undefined` while it does not say. */
export const lagsOf = (checkpoints: ReadonlyArray<Checkpoint>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const lags = yield* Effect.forEach(checkpoints, ({ inputs, sourcePartition }) =>
      Effect.map(log.endOffsets({ sourcePartition, inputs }), (ends) =>
        inputs.map(({ nextOffset, partition, topic }, index): InputLag => {
          const endOffset = ends[index] ?? nextOffset
          return { topic, partition, endOffset, records: between(nextOffset, endOffset) }
        })
      )
    )
    return lags.flat()
  }).pipe(
    Effect.timeout(PATIENCE),
    Effect.orElseSucceed(() => undefined)
  )

const keyOf = (topic: string, partition: number): string => `${topic} ${partition}` // no topic's name holds a blank

/** The log's ends as last learnt, for who can't wait for an answer. */
export class KnownEnds {
  #ends: ReadonlyMap<string, bigint> = new Map()

  /** Replaces what was known before; `undefined` = nothing is known any more. */
  learn(lags: ReadonlyArray<InputLag> | undefined): void {
    this.#ends = new Map(lags?.map(({ endOffset, partition, topic }) => [keyOf(topic, partition), endOffset]))
  }

  /** Records that are left once the checkpoint is committed; `null` unless the ends of all its inputs are known. */
  lagOf({ inputs }: Checkpoint): number | null {
    let records = 0
    for (const { nextOffset, partition, topic } of inputs) {
      const end = this.#ends.get(keyOf(topic, partition))
      if (end === undefined) return null
      records += between(nextOffset, end)
    }
    return records
  }
}
