/** Moments in counts of mentions over weeks, scored as the Numenta Anomaly Benchmark does. */
import { alertsOf } from "../Detection.ts"
import { sample } from "../../harness/Events.ts"
import type { Scene } from "../Scene.ts"
import { type Mentions, mentions, STEP_MS } from "./Mentions.ts"
import { nabScore } from "./NabScore.ts"

const START_MS = Date.UTC(2026, 0, 5)

const WINDOW = { sizeMs: STEP_MS, slideMs: STEP_MS }

/** One viewer sample for each count. */
const asViewers = ({ counts, name }: Mentions): Scene["events"] =>
  counts.map((count, step) => sample(name, START_MS + step * STEP_MS, count))

/** The score of the moments' first slides over ten series, and the number of moments. */
export const weeksScore = (seed: number, threshold: number): { readonly score: number; readonly moments: number } => {
  let moments = 0
  const labeled = Array.from({ length: 10 }, (_, number) => {
    const series = mentions(number, seed)
    const alerts = alertsOf(asViewers(series), WINDOW, threshold)
    moments += alerts.length
    return {
      steps: series.counts.length,
      windows: series.windows,
      detections: alerts.map(({ timestampMs }) => Math.floor((timestampMs - START_MS) / STEP_MS))
    }
  })
  return { score: nabScore(labeled), moments }
}
