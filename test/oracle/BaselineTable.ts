/**
 * Whether table `baselines` lets a task continue as if it had never stopped. Each of its rows is
 * the state that some row of the stream left behind, and is not older than allowed.
 */
import { compareBaselines } from "./Compare.ts"
import type { Learned } from "./Detection.ts"
import { type Reached, storedOf } from "./Stored.ts"

interface WindowSettings {
  readonly sizeMs: number
  readonly slideMs: number
}

/** A stream's numbers after one of its rows. */
export interface LearnedUnder extends Learned {
  readonly window: WindowSettings
  /** Whether these numbers, or later ones, must be in the table. */
  readonly isDue: boolean
}

interface StoredBaseline {
  readonly stream: string
  readonly numbers: ReadonlyArray<number>
  readonly window: WindowSettings
}

const isSame = (a: WindowSettings, b: WindowSettings): boolean => a.sizeMs === b.sizeMs && a.slideMs === b.slideMs

/** The state that the rows of a task have left behind so far. */
export const learnedUnder = (
  learned: ReadonlyArray<Learned>,
  window: WindowSettings,
  reached: Reached
): ReadonlyArray<LearnedUnder> => {
  const due = new Set(storedOf(learned, window, reached))
  return learned.map((each) => ({ ...each, window, isDue: due.has(each) }))
}

/**
 * `learned`: in the order in which the rows were written. A restart inside a window may store a
 * stream more often than it is due.
 */
export const baselineFindings = (
  learned: ReadonlyArray<LearnedUnder>,
  table: ReadonlyArray<StoredBaseline>
): ReadonlyArray<string> =>
  [...new Set([...learned, ...table].map(({ stream }) => stream))].flatMap((stream) => {
    const ofStream = learned.filter((each) => each.stream === stream)
    const due = ofStream.findLastIndex(({ isDue }) => isDue)
    const row = table.find((each) => each.stream === stream)
    if (row === undefined) return due < 0 ? [] : [`baseline ${JSON.stringify(stream)}: missing`]
    const at = ofStream.findIndex(({ endMs, window }) => endMs === row.numbers[0] && isSame(window, row.window))
    const left = ofStream[at]
    if (left === undefined) return [`baseline ${JSON.stringify(stream)}: no row has left it behind`]
    if (at < due) return [`baseline ${JSON.stringify(stream)}: is of ${left.endMs}, not of ${ofStream[due]?.endMs}`]
    return compareBaselines([left], [row])
  })
