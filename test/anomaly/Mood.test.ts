import { assert, describe, it } from "@effect/vitest"
import { Moments } from "../../src/anomaly/Moments.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { reaction, slide, SLIDE_MS, START_MS, WINDOW } from "./Slides.ts"

/** A text's score: `mean`, plus or minus half of `range` at most. */
interface Tone {
  readonly mean: number
  readonly range: number
}

/** Slides of one tone; each span shares half of its texts with the one before. */
const chatOf = (draws: Draws, tone: Tone, from: number, to: number, texts = 24): ReadonlyArray<StreamSlide> => {
  const pane = (): number => {
    let sum = 0
    for (let n = 0; n < texts / 2; n++) sum += tone.mean + tone.range * (draws.unit() - 0.5)
    return sum
  }
  let before = pane()
  return Array.from({ length: to - from }, (_, index) => {
    const now = pane()
    const moodMicro = Math.round((before + now) * 1_000_000)
    before = now
    return slide(from + index, reaction(10, 3, { moodTexts: texts, moodMicro }))
  })
}

const USUAL: Tone = { mean: 0.25, range: 1.2 }
const JOY: Tone = { mean: 0.65, range: 0.6 }
const ANGER: Tone = { mean: -0.35, range: 1 }

/** Half an hour as usual, and what comes after it. */
const turning = (
  seed: number,
  later: ReadonlyArray<readonly [tone: Tone, slides: number]>
): ReadonlyArray<StreamSlide> => {
  const draws = new Draws(hash(seed))
  let at = 0
  return [[USUAL, 180] as const, ...later].flatMap(([tone, slides]) => {
    at += slides
    return chatOf(draws, tone, at - slides, at)
  })
}

const faint = ({ mean, range }: Tone): Tone => ({ mean: 0.37 * mean, range: 0.37 * range })

const momentsOf = (slides: ReadonlyArray<StreamSlide>, threshold = 3): ReadonlyArray<Moment> => {
  const detection = new Moments(WINDOW, { threshold })
  const table = new Map<number, Moment>()
  for (const each of slides) for (const moment of detection.step(each).moments) table.set(moment.timestampMs, moment)
  return [...table.values()]
}

const at = ({ timestampMs }: Moment): number => (timestampMs - START_MS) / SLIDE_MS

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

describe("a turn of the mood", () => {
  it("is found within 90 s although scores are far from 1", () => {
    for (const seed of SEEDS)
      for (const tone of [JOY, ANGER]) {
        const found = momentsOf(turning(seed, [[tone, 12]]))
        assert.deepStrictEqual(
          found.map(({ type }) => type),
          ["sentiment_shift"],
          `seed ${seed}`
        )
        assert.isAtMost(Math.max(...found.map(at)), 180 + 9, `seed ${seed}`)
      }
  })

  it("is measured in deviations of the stream's own scores", () => {
    for (const seed of SEEDS) {
      const draws = new Draws(hash(seed))
      const slides = [...chatOf(draws, faint(USUAL), 0, 180, 10), ...chatOf(draws, faint(ANGER), 180, 192, 10)]
      assert.lengthOf(momentsOf(slides), 1, `seed ${seed}`)
    }
  })

  it("is not what chance does in hours of one tone, in few texts or many", () => {
    for (const seed of SEEDS)
      for (const texts of [10, 24, 100])
        assert.deepStrictEqual(momentsOf(chatOf(new Draws(hash(seed)), USUAL, 0, 1000, texts)), [], `${seed} ${texts}`)
  })

  it("is not a change that is sure but too small to notice", () => {
    const divided = { mean: 0, range: 2 }
    for (const seed of SEEDS) {
      const draws = new Draws(hash(seed))
      const slides = [
        ...chatOf(draws, divided, 0, 90, 2000),
        ...chatOf(draws, { ...divided, mean: 0.22 }, 90, 120, 2000)
      ]
      assert.deepStrictEqual(momentsOf(slides), [])
    }
  })

  it("is neither its end nor its return to what was usual minutes before", () => {
    for (const seed of SEEDS) {
      const passing = turning(seed, [
        [ANGER, 9],
        [USUAL, 30]
      ])
      assert.lengthOf(momentsOf(passing), 1, `seed ${seed}`)
    }
  })

  it("may be a greater turn to the other side", () => {
    const BLISS: Tone = { mean: 0.9, range: 0.2 }
    for (const seed of SEEDS) {
      const found = momentsOf(
        turning(seed, [
          [{ mean: -0.1, range: 1 }, 12],
          [BLISS, 12]
        ])
      )
      assert.lengthOf(found, 2, `seed ${seed}`)
    }
  })
})
