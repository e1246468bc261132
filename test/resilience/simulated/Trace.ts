/**
 * The clock's decisions in a run, in the oracle's form: the task's watermark when records were
 * counted for the first time. A decision counts once its flush is durable, so it is noted with the
 * flush that carries it.
 *
 * Every task of this thread is watched, from outside: each step is noted before and after it is
 * done as always.
 */
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import type { Flush } from "../../../src/domain/Flush.ts"
import { TaskDecoder } from "../../../src/pipeline/Decode.ts"
import { FlushBuilder } from "../../../src/pipeline/FlushBuilder.ts"
import { TaskWindows } from "../../../src/windowing/TaskWindows.ts"
import type { Progress, WindowInput } from "../../../src/windowing/WindowOutput.ts"

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

/** The offsets of a batch's records, by what they were decoded to. */
const ofDecoded = new WeakMap<WindowInput, ReadonlyArray<bigint>>()
/** The batches that an element of the windows covers, by its progress. */
const ofProgress = new WeakMap<Progress, Taken>()
/** Batches that the next flush of a builder covers. */
const pending = new WeakMap<FlushBuilder, Array<Taken>>()
/** By the flush's checkpoint: the flush itself is copied when it is committed. */
const ofFlush = new WeakMap<Checkpoint, ReadonlyArray<Taken>>()

/** The records that a flush makes durable. */
export const takenFor = (flush: Flush): ReadonlyArray<Taken> => ofFlush.get(flush.checkpoint) ?? []

const { step } = TaskDecoder.prototype

TaskDecoder.prototype.step = function (input) {
  const decoded = step.call(this, input)
  if (input._tag === "Batch") {
    ofDecoded.set(
      decoded,
      Array.from(input.batch.records, ({ offset }) => offset)
    )
  }
  return decoded
}

const { results } = TaskWindows.prototype

TaskWindows.prototype.results = function* (input, maxRows) {
  const positions = this.positions()
  const beforeMs = this.watermarkMs
  const counted = positions.map((_, index) => this.isActive(index))
  let isNoted = input._tag !== "Decoded"
  for (const output of results.call(this, input, maxRows)) {
    // The first element covers the whole batch, the others more of its rows.
    if (output !== undefined && input._tag === "Decoded" && !isNoted) {
      const position = positions[input.input] ?? 0n
      ofProgress.set(output.progress, {
        input: input.input,
        offsets: (ofDecoded.get(input) ?? []).filter((offset) => offset >= position),
        beforeMs,
        afterMs: this.watermarkMs,
        counted,
        positions
      })
      isNoted = true
    }
    yield output
  }
}

const { add } = FlushBuilder.prototype

FlushBuilder.prototype.add = function (output) {
  const taken = pending.get(this) ?? []
  pending.set(this, taken)
  const mine = ofProgress.get(output.progress)
  const made = add.call(this, output)
  for (const { checkpoint } of made) {
    const covers = checkpoint.inputs === output.progress.inputs
    ofFlush.set(checkpoint, [...taken.splice(0), ...(covers && mine !== undefined ? [mine] : [])])
    if (covers) return made
  }
  if (mine !== undefined) taken.push(mine)
  return made
}
