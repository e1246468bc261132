/**
 * A stretch of a log as a bounded {@link EventLog}: one task from its start offsets to its end
 * offsets. Changes nothing in the log, and commits no offsets.
 */
import { Effect, Stream } from "effect"
import type { Batch } from "../domain/Batch.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import { present } from "../domain/Invariant.ts"
import { EventLog } from "../source/EventLog.ts"

export interface Stretch {
  readonly task: TaskDefinition
  /** Per input: the first offset (closed bound) ... */
  readonly starts: ReadonlyArray<bigint>
  /** ... and the end offset (open bound). */
  readonly ends: ReadonlyArray<bigint>
  /** Per input: records that are skipped. */
  readonly leftOut: ReadonlyArray<OffsetRuns>
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

export const make = (log: EventLog["Service"], { ends, leftOut, starts, task }: Stretch): EventLog["Service"] => {
  const endOf = (input: number): bigint => present(ends[input], "every input has an end")

  /** The batch without records beyond the end. */
  const within = (batch: Batch): Batch => {
    const end = endOf(batch.input)
    const out = leftOut[batch.input]
    const records = batch.records.slice(0, batch.records.indexFrom(end))
    return {
      input: batch.input,
      records: out === undefined ? records : records.filter((offset) => !out.has(offset)),
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
        const isRead = (input: number): boolean => present(at[input], "every input has a position") >= endOf(input)
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
