/** Moments in counts of mentions over weeks, scored as the Numenta Anomaly Benchmark does. */
import type { Subject } from "../Alert.ts"
import { sample, type Scene } from "../Scene.ts"
import { type Mentions, mentions, STEP_MS } from "./Mentions.ts"
import { nabScore } from "./NabScore.ts"

const START_MS = Date.UTC(2026, 0, 5)

/** One viewer sample for each count. */
export const asViewers = ({ counts, name }: Mentions): Scene => ({
  name,
  events: counts.map((count, step) => sample(name, START_MS + step * STEP_MS, count)),
  truths: []
})

/** The score of a detector's openings over ten series, and how many there are. */
export const weeksScore = (
  subject: Subject,
  seed: number,
  feed: (series: Mentions) => Scene
): { readonly score: number; readonly moments: number } => {
  let moments = 0
  const labeled = Array.from({ length: 10 }, (_, number) => {
    const series = mentions(number, seed)
    const alerts = subject.alerts(feed(series).events)
    moments += alerts.length
    return {
      steps: series.counts.length,
      windows: series.windows,
      detections: alerts.map(({ timestampMs }) => Math.floor((timestampMs - START_MS) / STEP_MS))
    }
  })
  return { score: nabScore(labeled), moments }
}
