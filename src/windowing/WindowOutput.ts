/**
 * Elements that leave a task's windows: rows together with the progress that covers exactly them.
 */
import type { Emitted, InputCheckpoint } from "../domain/Checkpoint.ts"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { DecodedBatch } from "../domain/DecodedBatch.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { InputCounts } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import type { WindowSummary } from "../domain/SummaryRow.ts"
import type { TaskInput, Tick } from "../domain/TaskInput.ts"

/** Task inputs as the windows receive them: batches are decoded. */
export type WindowInput = DecodedBatch | Exclude<TaskInput, { readonly _tag: "Batch" }>

/** The position that a checkpoint is made of. */
export interface Progress {
  /** All rows of windows that end at or before it (closed bound) have been emitted. */
  readonly watermarkMs: EventTimeMs
  /** Present while the rows of one window are emitted in several parts. */
  readonly emitted?: Emitted
  readonly inputs: ReadonlyArray<InputCheckpoint>
}

/** The rows of one input, or a part of them. */
export interface WindowOutput {
  readonly cause: WindowInput["_tag"]
  /** `false` if more rows of the same input follow. */
  readonly isLast: boolean
  /** In order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<WindowSummary>
  /** The position after the last of the rows. A flush that ends here is consistent. */
  readonly progress: Progress
  /** Set in the first part only, like `gaps` and `counts`. */
  readonly deadLetters: ReadonlyArray<DeadLetter>
  readonly gaps: ReadonlyArray<Gap>
  readonly counts: InputCounts
  /** The input that was read; `undefined` if none was. */
  readonly input: number | undefined
  /** The clocks and the news of a tick. */
  readonly tick: Pick<Tick, "clockMs" | "monotonicMs" | "sensitivity"> | undefined
}
