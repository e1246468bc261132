import { assert, describe, it } from "@effect/vitest"
import {
  around,
  DAY_MS,
  fixed,
  HOUR_MS,
  LONGEST_MS,
  MINUTE_MS,
  MOST_POINTS,
  panned,
  parseView,
  RANGES,
  SHORTEST_MS,
  stepFor,
  viewParameters,
  zoomed
} from "../../dashboard/routing/View.ts"

const NOON = Date.UTC(2026, 0, 31, 12)

const lengthOf = (view: ReturnType<typeof fixed>): number => (view.kind === "fixed" ? view.toMs - view.fromMs : 0)

describe("the step", () => {
  it("is none where every window can be had", () => {
    assert.strictEqual(stepFor(15 * MINUTE_MS, 10_000), undefined)
    assert.strictEqual(stepFor(HOUR_MS, 10_000), undefined)
    assert.strictEqual(stepFor(MOST_POINTS * 10_000, 10_000), undefined)
    assert.strictEqual(stepFor(7 * DAY_MS, HOUR_MS), undefined)
  })

  it("is a whole number of slides", () => {
    assert.strictEqual(stepFor(MOST_POINTS * 10_000 + 1, 10_000), 20)
    assert.strictEqual(stepFor(6 * HOUR_MS, 10_000), 20)
    assert.strictEqual(stepFor(DAY_MS, 10_000), 60)
    assert.strictEqual(stepFor(7 * DAY_MS, 10_000), 600)
    assert.strictEqual(stepFor(7 * DAY_MS, 7000), 420)
  })

  it("is a whole number of seconds from one second to 31 days", () => {
    assert.strictEqual(stepFor(MINUTE_MS, 1), 1)
    assert.strictEqual(stepFor(LONGEST_MS, 1), 1786)
    assert.strictEqual(stepFor(1e15, 86_400_000), 31 * 86_400)
  })

  it("keeps every range within the points that a chart can show", () => {
    for (const slideMs of [1, 250, 1000, 7000, 10_000, 60_000]) {
      for (const { ms } of RANGES) {
        const stepMs = (stepFor(ms, slideMs) ?? slideMs / 1000) * 1000
        assert.isAtMost(ms / stepMs, MOST_POINTS)
      }
    }
  })
})

describe("a view", () => {
  it("keeps its middle while it is zoomed, within bounds", () => {
    assert.deepStrictEqual(zoomed({ fromMs: NOON, toMs: NOON + HOUR_MS }, 0.5), {
      kind: "fixed",
      fromMs: NOON + 15 * MINUTE_MS,
      toMs: NOON + 45 * MINUTE_MS
    })
    assert.strictEqual(lengthOf(zoomed({ fromMs: NOON, toMs: NOON + 70_000 }, 0.1)), SHORTEST_MS)
    assert.strictEqual(lengthOf(zoomed({ fromMs: NOON, toMs: NOON + 30 * DAY_MS }, 9)), LONGEST_MS)
  })

  it("moves by a share of its length, never before 1970", () => {
    assert.deepStrictEqual(panned({ fromMs: NOON, toMs: NOON + HOUR_MS }, 0.25), {
      kind: "fixed",
      fromMs: NOON + 15 * MINUTE_MS,
      toMs: NOON + 75 * MINUTE_MS
    })
    assert.deepStrictEqual(panned({ fromMs: 0, toMs: HOUR_MS }, -5), { kind: "fixed", fromMs: 0, toMs: HOUR_MS })
  })

  it("takes its ends in any order, at whole seconds", () => {
    assert.deepStrictEqual(fixed(NOON + HOUR_MS + 0.4, NOON), { kind: "fixed", fromMs: NOON, toMs: NOON + HOUR_MS })
  })

  it("shows ten minutes on either side of a moment", () => {
    assert.deepStrictEqual(around(NOON, NOON + 90_000), {
      kind: "fixed",
      fromMs: NOON - 10 * MINUTE_MS,
      toMs: NOON + 90_000 + 10 * MINUTE_MS
    })
  })

  it("comes back from its parameters", () => {
    for (const view of [
      ...RANGES.map(({ name }) => ({ kind: "live" as const, range: name })),
      fixed(NOON, NOON + DAY_MS)
    ]) {
      const parameters = viewParameters(view).map(([name, value]): [string, string] => [name, value])
      const parsed = parseView(new URLSearchParams(parameters))
      // The standard view needs no parameters.
      assert.deepStrictEqual(parsed, parameters.length === 0 ? undefined : view)
    }
  })

  it.each(["from=2026-01-31", "from=x&to=y", "from=2026-01-31T12:00:00Z&to=2026-01-31T11:00:00Z", "range=2y", ""])(
    "is not read from %s",
    (text) => assert.isUndefined(parseView(new URLSearchParams(text)))
  )
})
