import { assert, describe, it } from "@effect/vitest"
import { Moments } from "../../src/anomaly/Moments.ts"
import { continued } from "../../src/broadcast/Continued.ts"
import { lookBackMs } from "../../src/replay/LookBack.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_REACTION } from "../../src/domain/Reaction.ts"
import type { WindowSettings } from "../../src/domain/WindowSettings.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"

const LIVE: WindowSettings = { sizeMs: 60_000, slideMs: 10_000 }

const HOUR = 3_600_000

/** From 0 (closed) to 1 (open), the same for each seed. */
const randomOf = (seed: number) => {
  let state = seed * 7919
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

const poisson = (random: () => number, mean: number): number => {
  let events = -1
  for (let left = 1; left > Math.exp(-mean); left *= random()) events++
  return events
}

/** An evening of one stream: its size drifts, and a slide in fifty is three times as loud. */
const evening = (seed: number, slides: number): ReadonlyArray<StreamSlide> => {
  const random = randomOf(seed)
  const size = 3 + 60 * random()
  return Array.from({ length: slides }, (_, n) => {
    const people = poisson(random, size * (1 + 0.5 * Math.sin(n / 200)) * (random() < 0.02 ? 3 : 1))
    return {
      stream: "s",
      endMs: EventTimeMs(Date.UTC(2024, 4, 1) + n * LIVE.slideMs),
      reaction: { ...NO_REACTION, people, messages: people + poisson(random, 3), unison: Math.min(people, 2) },
      viewerSum: Math.round(1000 + 50 * random()),
      viewerSamples: n % 6 === 0 ? 1 : 0,
      slideMessages: people,
      slideScored: 0,
      slideScoreMicro: 0
    }
  })
}

describe("how far back a replay learns", () => {
  it("by the half-life of what is usual, and never more than 4000 slides", () => {
    assert.strictEqual(lookBackMs(LIVE), 6 * HOUR)
    assert.strictEqual(lookBackMs({ sizeMs: 60_000, slideMs: 60_000 }), 54 * HOUR)
    assert.strictEqual(lookBackMs({ sizeMs: 300_000, slideMs: 300_000 }), 4000 * 300_000)
  })

  it.each([1, 2, 3, 4])(
    "scores and moments are to the last bit those of a worker that knows the whole evening (%i)",
    (seed) => {
      const before = (12 * HOUR) / LIVE.slideMs
      const slides = evening(seed, before + HOUR / LIVE.slideMs)
      const worker = new Moments(LIVE, { threshold: 3 })
      const replay = new Moments(LIVE, { threshold: 3 })
      for (const slide of slides.slice(0, before)) worker.learn(slide)
      const learned = slides.slice(before - lookBackMs(LIVE) / LIVE.slideMs, before)
      const [first, last] = [slides.at(0)?.endMs ?? 0, learned.at(-1)?.endMs ?? 0]
      const broadcast = { stream: "s", startedAtMs: EventTimeMs(first - LIVE.slideMs), endedAtMs: EventTimeMs(last) }
      replay.restore([continued(broadcast)])
      for (const slide of learned) replay.learn(slide)
      const judged = slides.slice(before).map((slide) => [worker.step(slide), replay.step(slide)] as const)
      assert.isAbove(judged.flatMap(([{ moments }]) => moments).length, 0)
      for (const [expected, actual] of judged) assert.deepStrictEqual(actual, expected)
    }
  )
})
