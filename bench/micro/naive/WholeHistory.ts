/** Detection that keeps every row, and looks through all of its stream's for each value that it judges. */
import { advance, type Detector, DETECTORS, type Moment, SETTINGS, type SummaryRow, type Verdict } from "../Subject.ts"

const { sizeMs, slideMs } = SETTINGS.window
const { baselineWindows, minBaseline, threshold } = SETTINGS.detection
const strideMs = Math.ceil(sizeMs / slideMs) * slideMs

/** The baseline's windows, latest first; `undefined` for one without row. */
const baseline = (row: SummaryRow, history: ReadonlyArray<SummaryRow>): ReadonlyArray<SummaryRow | undefined> => {
  const reached = history.filter(({ startMs }) => startMs >= row.startMs - baselineWindows * strideMs)
  const slots: Array<SummaryRow | undefined> = []
  const earliestMs = Math.min(...reached.map(({ startMs }) => startMs))
  for (let slotMs = row.startMs - strideMs; slotMs >= earliestMs; slotMs -= strideMs)
    slots.push(reached.find(({ startMs }) => startMs === slotMs))
  return slots
}

const judge = (
  detector: Detector,
  row: SummaryRow,
  slots: ReadonlyArray<SummaryRow | undefined>
): Verdict | undefined => {
  const value = detector.value(row)
  const values = slots
    .map((slot) => (slot === undefined ? detector.missing : detector.value(slot)))
    .filter((one) => one !== undefined)
  const size = values.length
  if (value === undefined || size === 0 || size < minBaseline) return undefined
  const mean = values.reduce((sum, one) => sum + one, 0) / size
  const deviation = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) * (one - mean), 0) / size)
  return { value, score: (value - mean) / Math.max(deviation, detector.floor(mean)), mean, deviation, size }
}

/** Judges rows, which ascend by end, from an empty past on. Moments come as they are after each of their windows. */
export const judgeByWholeHistory = (rows: ReadonlyArray<SummaryRow>) => {
  const histories = new Map<string, Array<SummaryRow>>()
  const open = new Map<string, Moment | undefined>()
  const moments: Array<Moment> = []
  const judged = rows.map((row): SummaryRow => {
    const history = histories.get(row.stream) ?? []
    const verdicts = DETECTORS.map((detector) => {
      const slots = baseline(row, history)
      const verdict = judge(detector, row, slots)
      const latest = slots.find((slot) => slot !== undefined)
      const key = `${row.stream} ${detector.rise}`
      const moment = advance(open.get(key), detector, { row, verdict, latest }, { threshold, slideMs })
      open.set(key, moment)
      if (moment !== undefined) moments.push(moment)
      return verdict
    })
    history.push(row)
    histories.set(row.stream, history)
    const zScore = verdicts[0]?.score ?? null
    return { ...row, zScore, isAnomaly: zScore !== null && Math.abs(zScore) >= threshold }
  })
  return { rows: judged, moments }
}
