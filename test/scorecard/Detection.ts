/** Runs the worker's detection over one stream, through the pure core. */
import { Moments } from "../../src/anomaly/Moments.ts"
import { tempoOf } from "../../src/anomaly/Tempo.ts"
import { Reactions } from "../../src/reaction/Reactions.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { FALLS, type Moment, RISES } from "../../src/domain/Moment.ts"
import type { WindowSettings } from "../../src/domain/WindowSettings.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { ChatModel } from "../../src/sentiment/ChatModel.ts"
import * as SlidingWindows from "../../src/windowing/SlidingWindows.ts"
import { columnsOf } from "../harness/Events.ts"
import type { Alert, Direction } from "./Alert.ts"
import type { Scene } from "./Scene.ts"

/** The worker's default WINDOW_DURATION and SLIDE_DURATION. */
const WINDOW: WindowSettings = { sizeMs: 60_000, slideMs: 10_000 }

const directionOf = (type: string): Direction => {
  const isOf = (types: ReadonlyArray<string>): boolean => types.includes(type)
  if (isOf(RISES)) return "rise"
  return isOf(FALLS) ? "fall" : "turn"
}

/** A stream's slides in order. As with rows, only windows that hold an event have one. */
const slidesOf = (events: Scene["events"], window: WindowSettings, spanMs: number): ReadonlyArray<StreamSlide> => {
  const windows = SlidingWindows.make(window)
  const reactions = new Reactions()
  const slides: Array<StreamSlide> = []
  const samples = new Map<number, { sum: number; count: number }>()
  let endMs = windows.endAfter(events[0]?.timeMs ?? 0)
  let lastMs = Number.NEGATIVE_INFINITY
  const closeTo = (limitMs: number): void => {
    for (; endMs <= limitMs && endMs <= lastMs + window.sizeMs + window.slideMs; endMs += window.slideMs) {
      const last = windows.lastPane(endMs)
      let viewerSum = 0
      let viewerSamples = 0
      for (let pane = (endMs - window.slideMs) / windows.paneMs; pane <= last; pane++) {
        viewerSum += samples.get(pane)?.sum ?? 0
        viewerSamples += samples.get(pane)?.count ?? 0
        samples.delete(pane)
      }
      reactions.open((endMs - spanMs) / windows.paneMs, last)
      if (lastMs >= endMs - window.sizeMs)
        slides.push({
          stream: "scene",
          endMs: EventTimeMs(endMs),
          reaction: reactions.of(0),
          viewerSum,
          viewerSamples,
          slideMessages: 0,
          slideScored: 0,
          slideScoreMicro: 0
        })
      reactions.evictBefore((endMs + window.slideMs - spanMs) / windows.paneMs)
    }
    endMs = Math.max(endMs, windows.endAfter(limitMs))
  }
  for (const event of events) {
    closeTo(event.timeMs)
    lastMs = event.timeMs
    const pane = windows.paneOf(event.timeMs)
    if (event._tag === "chat") {
      const columns = columnsOf([event])
      reactions.add(0, pane, columnsOf([event], [ChatModel.scoreMicro(columns, 0)]), 0)
    } else {
      const before = samples.get(pane) ?? { sum: 0, count: 0 }
      samples.set(pane, { sum: before.sum + event.viewers, count: before.count + 1 })
    }
  }
  closeTo(lastMs + window.sizeMs)
  return slides
}

const alertOf = (moment: Moment, window: WindowSettings): Alert => ({
  type: moment.type,
  direction: directionOf(moment.type),
  timestampMs: moment.timestampMs,
  endedAtMs: moment.endedAtMs,
  writableMs: moment.timestampMs + window.slideMs,
  intensity: moment.intensity,
  description: moment.description
})

/** The moments in a scene's events, which are in order. `threshold`: ANOMALY_THRESHOLD. */
export const alertsOf = (events: Scene["events"], window = WINDOW, threshold = 3): ReadonlyArray<Alert> => {
  const detection = new Moments(window, { threshold })
  const moments = new Map<string, Moment>()
  for (const slide of slidesOf(events, window, tempoOf(window).spanMs)) {
    for (const moment of detection.step(slide).moments) moments.set(`${moment.timestampMs} ${moment.openedAs}`, moment)
  }
  return [...moments.values()].map((moment) => alertOf(moment, window))
}
