/** What a detector reported, reduced to what the scorecard measures. */
import type { Scene } from "./Scene.ts"

export type Direction = "rise" | "fall" | "turn"

export interface Alert {
  readonly type: string
  readonly direction: Direction
  readonly timestampMs: number
  readonly endedAtMs: number
  /** Event time from which the moment can be written, without the watermark's delay. */
  readonly writableMs: number
  readonly intensity: number
  readonly description: string
}

/** A detector under measurement: reads a scene's events, in order. */
export interface Subject {
  readonly name: string
  readonly alerts: (events: Scene["events"]) => ReadonlyArray<Alert>
}
