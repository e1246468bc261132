/** The inputs of a task, in one order: batches of the log, the passing of time, and the end. */
import type { Batch } from "./Batch.ts"
import type { EndOffsets } from "./EndOffsets.ts"
import type { Sensitivity } from "./Sensitivity.ts"

export type TaskInput =
  /** `clockMs`: the wall clock when the batch was read, for the future guard. */
  | { readonly _tag: "Batch"; readonly batch: Batch; readonly clockMs: number }
  /** The log lost what lies between the input's position and `toOffset` (open bound). */
  | { readonly _tag: "Gap"; readonly input: number; readonly toOffset: bigint }
  /** The only way in which time passes for a task. */
  | Tick
  /** The log has ended: every open window is closed. */
  | { readonly _tag: "EndOfInput" }
  /** The worker stops: what is finished is flushed, open windows stay open. */
  | { readonly _tag: "Stop" }

export interface Tick {
  readonly _tag: "Tick"
  readonly clockMs: number
  readonly monotonicMs: number
  /** End offsets that have arrived since the tick before. */
  readonly ends: EndOffsets | undefined
  /** Inputs in which a transaction is open: they hold records that can't be read yet. */
  readonly openTransactions: ReadonlyArray<number>
  /** A version that the ticks before did not carry; absent = no news. */
  readonly sensitivity?: Sensitivity
}
