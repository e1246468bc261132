/**
 * What the clock decided in a run, as the oracle wants it: the task's watermark when records were counted for the first time. A decision counts once its flush is
 * durable, so it is noted with the flush that carries it.
 *
 * Every task of this thread is watched, from outside: each step is noted before and after it is done as always.
 */
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import type { Flush } from "../../../src/domain/Flush.ts"
import { TaskStep } from "../../../src/pipeline/TaskStep.ts"

/** One batch, as it was taken in. */
export interface Taken {
  readonly input: number
  /** Those not taken before, in order. */
  readonly offsets: ReadonlyArray<bigint>
  /** The task's watermark before and after the batch. */
  readonly beforeMs: number
  readonly afterMs: number
  /** Whether each input held the task's watermark before the batch. */
  readonly counted: ReadonlyArray<boolean>
  /** Where each input had been read up to. */
  readonly positions: ReadonlyArray<bigint>
}

const open = new WeakMap<TaskStep, Array<Taken>>()
/** By the flush's checkpoint: the flush itself is made anew when it is committed. */
const ofFlush = new WeakMap<Checkpoint, ReadonlyArray<Taken>>()

/** What a flush makes durable. */
export const takenFor = (flush: Flush): ReadonlyArray<Taken> => ofFlush.get(flush.checkpoint) ?? []

const { results } = TaskStep.prototype

TaskStep.prototype.results = function* (input) {
  const { windows } = this
  const positions = windows.positions()
  const beforeMs = windows.watermarkMs
  const counted = positions.map((_, index) => windows.isActive(index))
  const taken = open.get(this) ?? []
  open.set(this, taken)
  const note = () => {
    if (input._tag !== "Batch") return
    const position = positions[input.batch.input] ?? 0n
    const offsets = input.batch.records.map(({ offset }) => offset).filter((offset) => offset >= position)
    taken.push({ input: input.batch.input, offsets, beforeMs, afterMs: windows.watermarkMs, counted, positions })
  }
  let isNoted = false
  for (const flush of results.call(this, input)) {
    // the first flush makes the whole input durable, those after it more of its rows
    if (flush !== undefined && !isNoted) {
      note()
      isNoted = true
    }
    if (flush !== undefined) ofFlush.set(flush.checkpoint, taken.splice(0))
    yield flush
  }
  if (!isNoted) note()
}
