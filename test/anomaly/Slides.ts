/** Slides by hand: a stream that does the usual, and what is put on top. */
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import type { WindowSummary } from "../../src/domain/SummaryRow.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { SILENT_WINDOW } from "../oracle/Silence.ts"

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
  viewerSamples: viewers === undefined ? 0 : 1,
  slideMessages: of.messages,
  slideScored: of.moodTexts,
  slideScoreMicro: of.moodMicro
})

/** Slides [from, to) of usual chat, ten people more or less, with a viewer sample each minute. */
export const usual = (from: number, to: number, viewers = 1000): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => {
    const number = from + index
    return slide(number, reaction(9 + ((number * 7) % 4), 2 + (number % 2)), number % 6 === 0 ? viewers : undefined)
  })

/** Random chat of several streams with bursts, pauses, viewers and moods. */
export const randomSlides = (seed: number): ReadonlyArray<StreamSlide> => {
  const draws = new Draws(hash(seed))
  const slides: Array<StreamSlide> = []
  for (let number = 0; number < 160; number++) {
    for (const stream of ["a", "b", "c"]) {
      if (draws.chance(0.03)) continue
      const isBurst = draws.chance(0.04)
      const people = isBurst ? draws.between(20, 80) : draws.below(12)
      const texts = draws.between(4, 10)
      const moodMicro = texts * (number % 70 > 55 ? -900_000 : 700_000)
      const viewers = draws.chance(0.2) ? (draws.chance(0.1) ? 2000 : 800) + draws.below(50) : undefined
      // Now and then a stream is gone for an hour.
      const hour = stream === "c" && number > 80 ? 360 : 0
      slides.push(
        slide(
          number + hour,
          reaction(people, draws.below(people + 1), { moodTexts: texts, moodMicro }),
          viewers,
          stream
        )
      )
    }
  }
  return slides.toSorted((a, b) => a.endMs - b.endMs)
}

/** A slide with the columns of its window's row, which decide nothing. */
export const summary = (each: StreamSlide): WindowSummary => ({
  ...SILENT_WINDOW,
  ...each,
  startMs: EventTimeMs(each.endMs - WINDOW.sizeMs),
  chatCount: each.reaction.messages,
  uniqueChatters: each.reaction.people
})
