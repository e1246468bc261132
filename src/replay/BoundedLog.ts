/** A stretch of a log as a bounded {@link EventLog}: one task from its starts to its ends, whatever comes after. Changes nothing in the log, not even what its lag tools see. */
import { Effect, Stream } from "effect"
import type { Batch } from "../domain/Batch.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import { EventLog } from "../source/EventLog.ts"

export interface Stretch {
  readonly task: TaskDefinition
  /** Per input: the first offset (closed bound) ... */
  readonly starts: ReadonlyArray<bigint>
  /** ... and the one that is not read any more (open bound). */
  readonly ends: ReadonlyArray<bigint>
  /** Per input: records that are left out, as if they were not there. */
  readonly leftOut: ReadonlyArray<OffsetRuns>
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

export const make = (log: EventLog["Service"], { ends, leftOut, starts, task }: Stretch): EventLog["Service"] => {
  const endOf = (input: number): bigint => ends[input] ?? 0n

  /** The batch without what lies behind the end. */
  const within = (batch: Batch): Batch => {
    const end = endOf(batch.input)
    const out = leftOut[batch.input]
    return {
      input: batch.input,
      records: batch.records.filter(({ offset }) => offset < end && out?.has(offset) !== true),
      nextOffset: least(batch.nextOffset, end)
    }
  }

  return EventLog.of({
    assignments: Stream.succeed({ generation: 1, tasks: [task] }),
    startOffsets: () => Effect.succeed(starts),
    endOffsets: () => Effect.succeed(ends),
    readableEnds: () => Effect.succeed(ends),
    openTransactions: () => Effect.succeed([]),
    problem: log.problem,
    commit: () => Effect.void,
    read: (_, positions, demand) =>
      Stream.suspend(() => {
        const at = [...positions]
        const isRead = (input: number): boolean => (at[input] ?? 0n) >= endOf(input)
        const allRead = (): boolean => at.every((_, input) => isRead(input))
        if (allRead()) return Stream.empty
        return log
          .read(task, positions, () => demand().filter((input) => !isRead(input)))
          .pipe(
            Stream.map(within),
            Stream.takeUntil((batch) => {
              at[batch.input] = batch.nextOffset
              return allRead()
            })
          )
      })
  })
}
