import { assert, describe, it } from "@effect/vitest"
import { FORMER, PEOPLE, RECENT, WIDTH } from "../../src/anomaly/Baselines.ts"
import { followDown, learnLevels, learnThroughLull, scoreOfReturn } from "../../src/anomaly/Lull.ts"
import { Moments } from "../../src/anomaly/Moments.ts"
import { reaction, slide, WINDOW } from "./Slides.ts"

const LEVELS = { recentGain: 0.1, formerGain: 0.01 }

/** A stream's numbers with usual people and their deviation, and the two levels. */
const numbersOf = (people: number, deviation: number, recent: number, former: number): Float64Array => {
  const numbers = new Float64Array(WIDTH)
  numbers[PEOPLE] = people
  numbers[PEOPLE + 1] = deviation
  numbers[RECENT] = recent
  numbers[FORMER] = former
  return numbers
}

describe("what is usual in a lull", () => {
  it("falls in proportion to twice what is recent, and one more", () => {
    const numbers = numbersOf(40, 8, 9.5, 40)
    followDown(numbers, 0, 10)
    assert.deepStrictEqual([numbers[PEOPLE], numbers[PEOPLE + 1]], [20, 4])
  })

  it("stays while more are recent, and where people are back", () => {
    for (const [recent, value] of [
      [19.5, 10],
      [9.5, 21]
    ] as const) {
      const numbers = numbersOf(40, 8, recent, 40)
      followDown(numbers, 0, value)
      assert.deepStrictEqual([numbers[PEOPLE], numbers[PEOPLE + 1]], [40, 8])
    }
  })

  it("keeps the share that the deviation has of the mean", () => {
    const numbers = numbersOf(40, 8, 0, 0)
    learnThroughLull(numbers, PEOPLE, 19, 16, 100, 0.02)
    assert.closeTo(numbers[PEOPLE] ?? 0, 39.58, 1e-9)
    assert.closeTo((numbers[PEOPLE + 1] ?? 0) / (numbers[PEOPLE] ?? 0), 0.2, 1e-9)
    const noise = numbersOf(40, 8, 0, 0)
    learnThroughLull(noise, PEOPLE, 20, 16, 100, 0.02)
    assert.closeTo(noise[PEOPLE + 1] ?? 0, 8 + 0.02 * (20 - 8), 1e-9)
  })

  it("learns recent people soon, and the former level slowly, which is never below what is usual", () => {
    const numbers = numbersOf(40, 8, 40, 60)
    learnLevels(numbers, 0, 10, 100, LEVELS)
    assert.closeTo(numbers[RECENT] ?? 0, 37, 1e-9)
    assert.closeTo(numbers[FORMER] ?? 0, 59.8, 1e-9)
    const risen = numbersOf(80, 8, 80, 60)
    learnLevels(risen, 0, 80, 100, LEVELS)
    assert.strictEqual(risen[FORMER], 80)
    const first = numbersOf(10, 8, 0, 0)
    learnLevels(first, 0, 10, 0, LEVELS)
    assert.strictEqual(first[RECENT], 10)
  })
})

const people = (value: number, usual: number) => ({ value, usual, deviation: 5, score: (value - usual) / 5 })

describe("people who come back", () => {
  it("score two at most while they are as many as before, and more beyond", () => {
    const numbers = numbersOf(16, 1, 8, 32)
    assert.strictEqual(scoreOfReturn(numbers, 0, people(32, 16), 2.005), 2)
    // Against 32: 41 / (1.6 * sqrt(32)).
    assert.closeTo(scoreOfReturn(numbers, 0, people(73, 16), 2.005), 41 / (1.6 * Math.sqrt(32)), 1e-9)
  })

  it("score as always where the chat has not fallen, and where less was usual than twice what is", () => {
    const level = numbersOf(16, 1, 16, 22)
    assert.strictEqual(scoreOfReturn(level, 0, people(32, 16), 2.005), 3.2)
    const deep = numbersOf(16, 1, 8, 320)
    assert.closeTo(scoreOfReturn(deep, 0, people(73, 16), 2.005), 41 / (1.6 * Math.sqrt(32)), 1e-9)
  })
})

/** The usual level after slides at which 40 people write, and from slide 60 on 4. */
const usualAfter = (numbers: ReadonlyArray<number>): number => {
  const moments = new Moments(WINDOW, { threshold: 3 })
  for (const number of numbers) moments.step(slide(number, reaction(number < 60 ? 40 : 4, 0)))
  return moments.baselines.at(moments.baselines.placeOf("stream"), PEOPLE)
}
const upTo = (end: number): ReadonlyArray<number> => Array.from({ length: end }, (_, number) => number)

describe("a lull", () => {
  it("is followed at rows, not at slides without row", () => {
    assert.isBelow(usualAfter(upTo(78)), 17)
    // 17 slides are missing before the row at which people are back.
    const moments = new Moments(WINDOW, { threshold: 3 })
    for (const number of [...upTo(60), 77]) moments.step(slide(number, reaction(40, 0)))
    assert.isAbove(moments.baselines.at(moments.baselines.placeOf("stream"), PEOPLE), 20)
  })
})
