import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { advance, broadcastOf, isOver, startedAt } from "../../src/broadcast/Fold.ts"
import { STREAM_NUMBERS } from "../../src/domain/Baseline.ts"
import { BROADCAST_NUMBERS, type Broadcast } from "../../src/domain/Broadcast.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_REACTION } from "../../src/domain/Reaction.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { broadcastsOf } from "./Definition.ts"

const SLIDE = 10_000
const MINUTE = 60_000
const T0 = Date.UTC(2026, 0, 1)
const SETTINGS = { slideMs: SLIDE, sessionGapMs: MINUTE }

/** The stream's slide of a number, which begins so many slides after T0. */
const slide = (number: number, over: Partial<StreamSlide> & { readonly people?: number } = {}): StreamSlide => ({
  stream: "s",
  endMs: EventTimeMs(T0 + (number + 1) * SLIDE),
  reaction: { ...NO_REACTION, people: over.people ?? 0 },
  viewerSum: 0,
  viewerSamples: 0,
  slideMessages: 0,
  slideScored: 0,
  slideScoreMicro: 0,
  ...over
})

/** The broadcasts of slides, in order of their starts. */
const fold = (slides: ReadonlyArray<StreamSlide>, settings = SETTINGS): ReadonlyArray<Broadcast> => {
  const at = 3
  const numbers = new Float64Array(at + BROADCAST_NUMBERS.length + 2).fill(7)
  numbers.fill(0, at, at + BROADCAST_NUMBERS.length)
  const found = new Map<number, Broadcast>()
  for (const each of slides) {
    advance(numbers, at, each, settings)
    const broadcast = broadcastOf("s", numbers, at)
    if (broadcast !== undefined) found.set(broadcast.startedAtMs, broadcast)
  }
  assert.deepStrictEqual([...numbers.slice(0, at), ...numbers.slice(-2)], [7, 7, 7, 7, 7])
  return [...found.values()]
}

const time = (number: number): EventTimeMs => EventTimeMs(T0 + number * SLIDE)

/** The times of the broadcasts of two messages with so many slides between them. */
const pauses = (slides: number) =>
  fold([slide(0, { slideMessages: 1 }), slide(1 + slides, { slideMessages: 1 })]).map(({ endedAtMs, startedAtMs }) => [
    startedAtMs,
    endedAtMs
  ])

describe("a broadcast", () => {
  it("sums what each of its slides holds, and keeps the greatest slide of each kind, the first of equals", () => {
    assert.deepStrictEqual(
      fold([
        slide(0, { people: 1, slideMessages: 2, slideScored: 1, slideScoreMicro: -500_000 }),
        slide(1, { people: 4, viewerSum: 300, viewerSamples: 2 }),
        slide(2, { people: 4, slideMessages: 9, slideScored: 3, slideScoreMicro: 1_500_000 }),
        slide(3, { people: 2, slideMessages: 9, viewerSum: 150, viewerSamples: 1 })
      ]),
      [
        {
          stream: "s",
          startedAtMs: time(0),
          endedAtMs: time(4),
          messages: 20,
          scored: 4,
          avgSentiment: 0.05,
          avgViewers: 150,
          peakViewers: 150,
          peakViewersAtMs: time(1),
          peakMessages: 9,
          peakMessagesAtMs: time(2),
          peakPeople: 4,
          peakPeopleAtMs: time(1)
        }
      ]
    )
  })

  it("has no mood, viewers or peaks without messages and samples", () => {
    const [chat] = fold([slide(0, { people: 1, slideMessages: 1 })])
    const none = { avgSentiment: null, avgViewers: null, peakViewers: null, peakViewersAtMs: null }
    assert.deepInclude(chat, { ...none, avgSentiment: 0, peakMessagesAtMs: time(0), peakPeopleAtMs: time(0) })
    const [viewers] = fold([slide(0, { viewerSum: 0, viewerSamples: 1 })])
    assert.deepInclude(viewers, { avgViewers: 0, peakViewers: 0, peakViewersAtMs: time(0) })
    assert.deepInclude(viewers, { messages: 0, peakMessages: 0, peakMessagesAtMs: null, peakPeopleAtMs: null })
  })

  it("goes on after a pause of the gap, and ends with a longer one", () => {
    assert.deepStrictEqual(pauses(6), [[time(0), time(8)]])
    assert.deepStrictEqual(pauses(7), [
      [time(0), time(1)],
      [time(8), time(9)]
    ])
  })

  it("is not prolonged by slides that hold nothing themselves", () => {
    const rest = Array.from({ length: 7 }, (_, n) => slide(1 + n, { people: 3 }))
    const starts = fold([slide(0, { slideMessages: 1 }), ...rest, slide(8, { viewerSamples: 1 })])
    assert.deepStrictEqual(
      starts.map(({ endedAtMs, startedAtMs }) => [startedAtMs, endedAtMs]),
      [
        [time(0), time(1)],
        [time(8), time(9)]
      ]
    )
  })

  it("is over when no slide can continue it", () => {
    const numbers = new Float64Array(BROADCAST_NUMBERS.length)
    advance(numbers, 0, slide(0, { slideMessages: 1 }), SETTINGS)
    for (const pause of [0, 5, 6, 7, 8]) {
      const next = slide(1 + pause, { slideMessages: 1 })
      const after = numbers.slice()
      advance(after, 0, next, SETTINGS)
      const begins = startedAt(after, 0) !== startedAt(numbers, 0)
      assert.strictEqual(isOver(numbers, 0, next.endMs, SETTINGS), begins, `${pause}`)
    }
  })

  it("has its numbers behind those of the baseline", () => {
    assert.deepStrictEqual(STREAM_NUMBERS.slice(-BROADCAST_NUMBERS.length), [...BROADCAST_NUMBERS])
  })
})

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Step = Schema.Struct({
  pause: Schema.Literals([0, 0, 0, 0, 1, 5, 6, 7, 8, 40]),
  people: between(0, 5),
  slideMessages: Schema.Literals([0, 0, 1, 2, 50]),
  scoreMicro: between(-1_000_000, 1_000_000),
  viewers: between(0, 50),
  viewerSamples: Schema.Literals([0, 0, 1, 3])
})

const stepsToSlides = (steps: ReadonlyArray<typeof Step.Type>): ReadonlyArray<StreamSlide> => {
  let number = 0
  return steps.map(({ pause, people, scoreMicro, slideMessages, viewerSamples, viewers }) => {
    number += 1 + pause
    const slideScored = Math.floor(slideMessages / 2)
    return slide(number, {
      people,
      slideMessages,
      slideScored,
      slideScoreMicro: slideScored * scoreMicro,
      viewerSum: viewers * viewerSamples,
      viewerSamples
    })
  })
}

describe("the fold", () => {
  it.prop(
    "finds the broadcasts of the definition",
    [Arbitrary.array(Arbitrary.schema(Step), { maxLength: 60 })],
    ([steps]) => {
      const slides = stepsToSlides(steps)
      assert.deepStrictEqual(fold(slides), broadcastsOf(slides, SETTINGS))
    },
    { arbitrary: { runs: 300, size: 60, seed: 1 } }
  )
})
