/** The detectors over whole windows, run through the pure core: windows, baseline of ten windows, episodes. */
import { Detection } from "../../src/anomaly/Detection.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { DetectionSettings, WindowSettings } from "../../src/domain/Settings.ts"
import { UNSCORED } from "../../src/domain/Score.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import type { PaneLimits } from "../../src/windowing/PaneLimits.ts"
import * as SlidingWindows from "../../src/windowing/SlidingWindows.ts"
import { WindowJoin } from "../../src/windowing/WindowJoin.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"
import type { Alert, Direction, Subject } from "./Alert.ts"

export const DEFAULT_WINDOW: WindowSettings = { sizeMs: 60_000, slideMs: 10_000 }
export const DEFAULT_DETECTION: DetectionSettings = { threshold: 3, baselineWindows: 10, minBaseline: 5 }

const UNLIMITED: PaneLimits = {
  streams: Number.POSITIVE_INFINITY,
  messages: Number.POSITIVE_INFINITY,
  samples: Number.POSITIVE_INFINITY,
  emoteCost: Number.POSITIVE_INFINITY,
  chatterCost: Number.POSITIVE_INFINITY
}

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
    const operator = new WindowOperator(windows, Number.NEGATIVE_INFINITY, 5, UNLIMITED)
    const join = new WindowJoin(windows, 5)
    const detectors = new Detection(window, detection, { rows: [], moments: [] })
    const moments = new Map<string, Moment>()
    const close = (limitMs: number): void => {
      if (limitMs < operator.nextEndMs) return
      for (const closed of operator.close(limitMs)) {
        if (closed === undefined) continue
        join.add(closed)
        const rows = [...join.rows(closed.endMs, undefined, true)].filter((row) => row !== undefined)
        for (const moment of detectors.step(rows).moments) moments.set(`${moment.type} ${moment.timestampMs}`, moment)
      }
    }
    for (const event of events) {
      close(event.timeMs)
      const score = event._tag === "chat" ? BaselineModel.scoreMicro(event.text, event.emotes) : UNSCORED
      operator.add(windows.paneOf(event.timeMs), event, score)
    }
    close((events.at(-1)?.timeMs ?? 0) + window.sizeMs + window.slideMs)
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
