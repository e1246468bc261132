/** Stage "detect": judges rows against what is usual for their streams, and finds the moments. */
import { Stream } from "effect"
import type { SensitivityApplied } from "../domain/Sensitivity.ts"
import type { Detected, Detection } from "../anomaly/Detection.ts"
import type { WindowOutput } from "../windowing/WindowOutput.ts"

/** The judged rows of one element with the moments and baselines that follow from them. */
export interface DetectedOutput extends Omit<WindowOutput, "rows">, Detected {
  /** A version of the sensitivity that applies from here on; absent = no new one. */
  readonly sensitivity?: SensitivityApplied
}

const judged = (detection: Detection, output: WindowOutput): DetectedOutput => {
  const news = output.tick?.sensitivity
  // Before the rows, which may be of the first window that it applies to.
  const sensitivity = news === undefined ? undefined : detection.adopt(news)
  const detected = detection.step(output.rows, output.progress.watermarkMs)
  return { ...output, ...detected, ...(sensitivity === undefined ? {} : { sensitivity }) }
}

/** `detection` already knows the past of the task. */
export const detect =
  (detection: Detection) =>
  <E, R>(outputs: Stream.Stream<WindowOutput, E, R>): Stream.Stream<DetectedOutput, E, R> =>
    Stream.map(outputs, (output) => judged(detection, output))
