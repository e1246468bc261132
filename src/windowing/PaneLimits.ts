/**
 * The limits of one pane of one input, see docs/SEMANTICS.md, "Limits". They follow from the
 * settings and the task's inputs alone.
 */
import type { StateLimits } from "../domain/Limits.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"

export interface PaneLimits {
  /** Distinct streams. */
  readonly streams: number
  /** Chat messages of one stream. */
  readonly messages: number
  /** Viewer samples of one stream. */
  readonly samples: number
  /** Cost of the emotes of all streams; one stream gets a quarter at most. */
  readonly emoteCost: number
  /** Cost of the chatters of all streams; one stream gets a quarter at most. */
  readonly chatterCost: number
  /** Cost of the kept messages of all streams; one stream gets a quarter at most. */
  readonly textCost: number
}

/** One stream's share of a pane's cost. */
export const STREAM_SHARE = 1 / 4

/** `inputs`: how many inputs of the same kind the task has. */
export const paneLimits = (windows: SlidingWindows, limits: StateLimits, inputs: number): PaneLimits => {
  const { paneMs, sizeMs, slideMs } = windows
  const panesPerWindow = sizeMs / paneMs
  // Halves that are joined with those of other inputs carry every name, once for each window that
  // waits.
  const copies = inputs === 1 ? 1 : inputs * (Math.ceil(sizeMs / slideMs) + 1)
  const ofPane = (cost: number): number =>
    Math.max(Math.floor(cost / (2 * panesPerWindow) / copies), limits.leastPaneCost)
  return {
    streams: limits.streamsPerPane,
    messages: Math.max(1, Math.floor(limits.messagesPerWindow / panesPerWindow / inputs)),
    samples: Math.max(1, Math.floor(limits.samplesPerWindow / panesPerWindow / inputs)),
    emoteCost: ofPane(limits.emoteCost),
    chatterCost: ofPane(limits.chatterCost),
    textCost: ofPane(limits.textCost)
  }
}
