/** A moment, reduced to what the scorecard measures. */

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
