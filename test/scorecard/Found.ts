/** Which truths an alert of a rise opened in, and how soon. */
import type { Alert } from "./Alert.ts"
import type { Truth } from "./Scene.ts"

/**
 * An alert may open a slide before the truth does, where its pane had begun, and so long after its
 * end.
 */
const BEFORE_MS = 10_000
const AFTER_MS = 30_000

export interface Found {
  readonly truths: number
  readonly found: number
  /**
   * From the truth's start to the event time from which the alert can be written, ms, one for each
   * that was found.
   */
  readonly delaysMs: ReadonlyArray<number>
}

export const NONE_FOUND: Found = { truths: 0, found: 0, delaysMs: [] }

export const rises = (alerts: ReadonlyArray<Alert>): ReadonlyArray<Alert> =>
  alerts.filter(({ direction }) => direction === "rise")

const opensIn = ({ timestampMs }: Alert, { fromMs, toMs }: Truth): boolean =>
  timestampMs > fromMs - BEFORE_MS && timestampMs <= toMs + AFTER_MS

export const find = (truths: ReadonlyArray<Truth>, alerts: ReadonlyArray<Alert>): Found => {
  const delaysMs = truths.flatMap((truth) => {
    const first = rises(alerts).find((alert) => opensIn(alert, truth))
    return first === undefined ? [] : [first.writableMs - truth.fromMs]
  })
  return { truths: truths.length, found: delaysMs.length, delaysMs }
}

export const join = (a: Found, b: Found): Found => ({
  truths: a.truths + b.truths,
  found: a.found + b.found,
  delaysMs: [...a.delaysMs, ...b.delaysMs]
})

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
