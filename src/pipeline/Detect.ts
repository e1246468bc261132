/** Stage "detect": judges rows against what is usual for their streams, and finds the moments. */
import { Stream } from "effect"
import type { Detected, Detection } from "../anomaly/Detection.ts"
import type { WindowOutput } from "../windowing/WindowOutput.ts"

/** The judged rows of one element with the moments and baselines that follow from them. */
export interface DetectedOutput extends Omit<WindowOutput, "rows">, Detected {}

/** `detection` already knows the past of the task. */
export const detect =
  (detection: Detection) =>
  <E, R>(outputs: Stream.Stream<WindowOutput, E, R>): Stream.Stream<DetectedOutput, E, R> =>
    Stream.map(outputs, (output) => ({ ...output, ...detection.step(output.rows, output.progress.watermarkMs) }))
