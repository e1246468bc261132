/** The detectors over whole windows, run through the pure core: windows, baseline of ten windows, episodes. */
import { Detection } from "../../src/anomaly/Detection.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { DetectionSettings, WindowSettings } from "../../src/domain/Settings.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import * as SlidingWindows from "../../src/windowing/SlidingWindows.ts"
import { WindowJoin } from "../../src/windowing/WindowJoin.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"
import type { Alert, Direction, Subject } from "./Alert.ts"

export const DEFAULT_WINDOW: WindowSettings = { sizeMs: 60_000, slideMs: 10_000 }
export const DEFAULT_DETECTION: DetectionSettings = { threshold: 3, baselineWindows: 10, minBaseline: 5 }

const DIRECTIONS: Readonly<Record<Moment["type"], Direction>> = {
  chat_spike: "rise",
  viewer_surge: "rise",
  chat_drop: "fall",
  viewer_drop: "fall",
  sentiment_shift: "turn"
}

export const windowedSubject = (
  window: WindowSettings = DEFAULT_WINDOW,
  detection: DetectionSettings = DEFAULT_DETECTION
): Subject => ({
  name: "windows",
  alerts: (events) => {
    const windows = SlidingWindows.make(window)
    const operator = new WindowOperator(windows, Number.NEGATIVE_INFINITY, 5)
    const join = new WindowJoin(windows, 5)
    const detectors = new Detection(window, detection, { rows: [], moments: [] })
    const moments = new Map<string, Moment>()
    const close = (limitMs: number): void => {
      if (limitMs < operator.nextEndMs) return
      for (const closed of operator.close(limitMs)) join.add(closed)
      for (const moment of detectors.step(join.emit(limitMs, () => true)).moments)
        moments.set(`${moment.type} ${moment.timestampMs}`, moment)
    }
    for (const event of events) {
      close(event.timeMs)
      const score = event._tag === "chat" ? BaselineModel.scoreMicro(event.text) : 0
      operator.add(windows.paneOf(event.timeMs), event, score)
    }
    close(Number.POSITIVE_INFINITY)
    return [...moments.values()].map((moment) => alertOf(moment, window))
  }
})

const alertOf = ({ type, timestampMs, endedAtMs, intensity, description }: Moment, window: WindowSettings): Alert => ({
  type,
  direction: DIRECTIONS[type],
  timestampMs,
  endedAtMs,
  writableMs: timestampMs + window.slideMs,
  intensity,
  description
})
