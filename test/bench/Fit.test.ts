import { assert, describe, it } from "@effect/vitest"
import { fitExponent, fitLine } from "../../bench/scaling/Fit.ts"

const of = (xs: ReadonlyArray<number>, f: (x: number) => number) => xs.map((x) => ({ x, y: f(x) }))

describe("least squares", () => {
  it("finds the line that all points lie on", () => {
    const { atZero, explained, slope } = fitLine(of([0, 1, 5, 20], (x) => 7 - 3 * x))
    assert.closeTo(slope, -3, 1e-12)
    assert.closeTo(atZero, 7, 1e-12)
    assert.closeTo(explained, 1, 1e-12)
  })

  it("finds the nearest line, and how much it explains", () => {
    // By hand: means 2 and 3, sums of squares 2 and 6, of products 3.
    const { atZero, explained, slope } = fitLine([
      { x: 1, y: 1 },
      { x: 2, y: 4 },
      { x: 3, y: 4 }
    ])
    assert.closeTo(slope, 1.5, 1e-12)
    assert.closeTo(atZero, 0, 1e-12)
    assert.closeTo(explained, 0.75, 1e-12)
  })

  it("explains all where nothing varies, and nothing where x does not", () => {
    assert.deepStrictEqual(fitLine(of([1, 2, 3], () => 4)), { slope: 0, atZero: 4, explained: 1 })
    assert.isNaN(fitLine([{ x: 1, y: 1 }]).slope)
  })

  it("finds the exponent of a power law", () => {
    assert.closeTo(fitExponent(of([100, 1_000, 10_000], (x) => 5 * x ** 0.7)), 0.7, 1e-12)
    assert.closeTo(fitExponent(of([1, 6, 60, 360], () => 3)), 0, 1e-12)
  })
})
