/** What makes one detector differ from another. The fold over a stream's rows (Detection, Episode) is the same for all. */
import type { MomentType } from "../domain/Moment.ts"
import type { WindowSummary, WindowValues } from "../domain/SummaryRow.ts"
import type { Verdict } from "./Baseline.ts"

export interface Detector {
  /** The value that is judged; `undefined` leaves the window out, as a candidate and as a part of baselines. */
  readonly value: (row: WindowValues) => number | undefined
  /** What a baseline window without row counts as; `undefined` leaves it out. */
  readonly missing: number | undefined
  /** The least deviation: differences below it are noise. */
  readonly floor: (mean: number) => number
  /** The moment types that an episode of positive and of negative scores has. */
  readonly rise: MomentType
  readonly fall: MomentType
  /** A sentence for people. */
  readonly describe: (row: WindowSummary, verdict: Verdict) => string
}

/** Baseline values in the order of the slots. */
export const baselineValues = (
  detector: Detector,
  slots: ReadonlyArray<WindowValues | undefined>
): ReadonlyArray<number> =>
  slots
    .map((row) => (row === undefined ? detector.missing : detector.value(row)))
    .filter((value) => value !== undefined)
