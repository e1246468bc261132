import { assert, describe, it } from "@effect/vitest"
import { Detection, unstoredMs } from "../../src/anomaly/Detection.ts"
import type { BaselineRow } from "../../src/domain/Baseline.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { slideOf, slideSums, type StreamSlide } from "../../src/domain/Slide.ts"
import type { WindowSummary } from "../../src/domain/SummaryRow.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { reaction, slide, SLIDE_MS, START_MS, WINDOW } from "../anomaly/Slides.ts"
import { SILENT_WINDOW } from "../oracle/Silence.ts"
import { broadcastsOf } from "./Definition.ts"

const STREAMS = ["a", "b", "c", "d"]
const SLIDES = 400

/** Slides of several streams with pauses around the gap; some slides hold nothing themselves. */
const slidesOf = (draws: Draws, gapSlides: number): ReadonlyArray<StreamSlide> =>
  STREAMS.flatMap((stream) => {
    const slides: Array<StreamSlide> = []
    for (let number = 0; number < SLIDES; number++) {
      if (draws.chance(0.05)) number += gapSlides - 2 + draws.below(5)
      const people = draws.below(4)
      const viewers = draws.chance(0.2) ? draws.below(100) : undefined
      slides.push(
        slide(number, reaction(people, 0, { moodTexts: people, moodMicro: -people * 400_000 }), viewers, stream)
      )
    }
    return slides
  }).toSorted((a, b) => a.endMs - b.endMs || (a.stream < b.stream ? -1 : 1))

const summary = (each: StreamSlide): WindowSummary => ({
  ...SILENT_WINDOW,
  ...each,
  startMs: EventTimeMs(each.endMs - WINDOW.sizeMs)
})

const copy = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** Tables that a task writes, and continues from. */
class Tables {
  readonly #gapMs: number
  readonly #baselines = new Map<string, BaselineRow>()
  readonly #slides: Array<StreamSlide> = []
  readonly #broadcasts = new Map<string, Broadcast>()

  constructor(gapMs: number) {
    this.#gapMs = gapMs
  }

  restored(watermarkMs: number): Detection {
    const detection = new Detection(WINDOW, { threshold: 3 }, watermarkMs, [], this.#gapMs)
    detection.restore(copy([...this.#baselines.values()]))
    const since = this.#slides.filter(({ endMs }) => endMs > watermarkMs - unstoredMs(WINDOW))
    detection.remember(since.map((each) => slideOf(each.stream, each.endMs, copy(slideSums(each)))))
    return detection
  }

  write({ baselines, broadcasts, rows }: ReturnType<Detection["step"]>): void {
    for (const baseline of baselines) this.#baselines.set(baseline.stream, baseline)
    for (const broadcast of broadcasts)
      this.#broadcasts.set(JSON.stringify([broadcast.stream, broadcast.startedAtMs]), broadcast)
    this.#slides.push(...rows)
  }

  /** In order of (stream, start). */
  get broadcasts(): ReadonlyArray<Broadcast> {
    return [...this.#broadcasts.values()].sort((a, b) =>
      a.stream === b.stream ? a.startedAtMs - b.startedAtMs : a.stream < b.stream ? -1 : 1
    )
  }
}

describe("the broadcasts in the tables", () => {
  it.each([6, 29, 60])(
    "are those of the slides, however a task's work is divided and wherever it starts again (gap of %i slides)",
    (gapSlides) => {
      for (let seed = 0; seed < 25; seed++) {
        const draws = new Draws(hash(seed, gapSlides))
        const gapMs = gapSlides * SLIDE_MS
        const slides = slidesOf(draws, gapSlides)
        const tables = new Tables(gapMs)
        let detection = tables.restored(Number.NEGATIVE_INFINITY)
        for (let from = 0; from < slides.length;) {
          const to = from + 1 + draws.below(12)
          const some = slides.slice(from, to)
          const lastMs = some.at(-1)?.endMs ?? START_MS
          // A window is written in part if one of its slides is still to come.
          const watermarkMs = slides[to]?.endMs === lastMs ? lastMs - SLIDE_MS : lastMs
          tables.write(detection.step(some.map(summary), watermarkMs))
          if (draws.chance(0.1)) detection = tables.restored(watermarkMs)
          from = to
        }
        tables.write(detection.step([], Number.POSITIVE_INFINITY))
        const expected = STREAMS.flatMap((stream) =>
          broadcastsOf(
            slides.filter((each) => each.stream === stream),
            { slideMs: SLIDE_MS, sessionGapMs: gapMs }
          )
        )
        assert.isAbove(expected.length, STREAMS.length)
        assert.deepStrictEqual(tables.broadcasts, expected, `seed ${seed}`)
      }
    }
  )
})
