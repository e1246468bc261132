/** Stage "decode": batches of bytes become batches of events. Everything else passes unchanged. */
import { Stream } from "effect"
import { decodeBatch, type Reread } from "../decode/BatchDecoder.ts"
import type { Batch } from "../domain/Batch.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { present } from "../domain/Invariant.ts"
import { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import type { TaskInput } from "../domain/TaskInput.ts"
import type { WindowInput } from "../windowing/WindowOutput.ts"

/** Used if the store has no future offsets for an input. */
const NO_OFFSETS = new OffsetRuns()

const INPUT_EXISTS = "a batch belongs to an input of its task"

/** Drops the records below `position`: what the log delivers twice counts once. */
const dropBefore = (batch: Batch, position: bigint): Batch => {
  const { input, nextOffset, records } = batch
  const from = records.indexFrom(position)
  if (from === 0) return batch
  return {
    input,
    records: records.slice(from, records.count),
    nextOffset: nextOffset > position ? nextOffset : position
  }
}

export interface DecodeStart {
  /** The checkpoint that the task continues from. */
  readonly checkpoint: Checkpoint
  /** Per input, see {@link Reread}. */
  readonly futureOffsets: ReadonlyArray<OffsetRuns>
  /** Scores the messages. */
  readonly model: SentimentModel
}

/** Decodes the inputs of a task in their order. */
export class TaskDecoder {
  readonly #checkpoint: Checkpoint
  readonly #model: SentimentModel
  readonly #rereads: ReadonlyArray<Reread>
  /** Per input, the first offset that was not delivered before. */
  readonly #positions: Array<bigint>

  constructor({ checkpoint, futureOffsets, model }: DecodeStart) {
    this.#checkpoint = checkpoint
    this.#model = model
    this.#rereads = checkpoint.inputs.map(({ earlier, nextOffset }, input) => ({
      earlier,
      untilOffset: nextOffset,
      futureOffsets: futureOffsets[input] ?? NO_OFFSETS
    }))
    this.#positions = checkpoint.inputs.map(({ rereadOffset }) => rereadOffset)
  }

  step(element: TaskInput): WindowInput {
    if (element._tag === "Gap") this.#positions[element.input] = element.toOffset
    if (element._tag !== "Batch") return element
    const { input } = element.batch
    const source = present(this.#checkpoint.inputs[input], INPUT_EXISTS)
    const reread = present(this.#rereads[input], INPUT_EXISTS)
    const batch = dropBefore(element.batch, present(this.#positions[input], INPUT_EXISTS))
    this.#positions[input] = batch.nextOffset
    return decodeBatch(source, batch, element.clockMs, this.#checkpoint.read, reread, this.#model)
  }
}

export const decode =
  (start: DecodeStart) =>
  <E, R>(inputs: Stream.Stream<TaskInput, E, R>): Stream.Stream<WindowInput, E, R> =>
    Stream.mapAccum(
      inputs,
      () => new TaskDecoder(start),
      (decoder, input) => [decoder, [decoder.step(input)]]
    )
