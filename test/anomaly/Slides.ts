/** Slides by hand: a stream that does the usual, and what is put on top. */
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"

export const SLIDE_MS = 10_000
export const START_MS = Date.UTC(2026, 0, 5)
export const WINDOW = { sizeMs: 60_000, slideMs: SLIDE_MS }

export const reaction = (people: number, unison: number, more: Partial<Reaction> = {}): Reaction => ({
  ...NO_REACTION,
  people,
  messages: Math.ceil(1.2 * people),
  unison,
  shared: unison > 0 ? "kekw" : undefined,
  ...more
})

/** The stream's slide of a number, which counts from the start. */
export const slide = (number: number, of: Reaction, viewers?: number, stream = "stream"): StreamSlide => ({
  stream,
  endMs: EventTimeMs(START_MS + number * SLIDE_MS),
  reaction: of,
  viewerSum: viewers ?? 0,
  viewerSamples: viewers === undefined ? 0 : 1
})

/** Slides [from, to) of usual chat, ten people more or less, with a viewer sample each minute. */
export const usual = (from: number, to: number, viewers = 1000): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => {
    const number = from + index
    return slide(number, reaction(9 + ((number * 7) % 4), 2 + (number % 2)), number % 6 === 0 ? viewers : undefined)
  })
