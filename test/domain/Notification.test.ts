import { assert, describe, it } from "@effect/vitest"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import { momentId, notificationsOf, type NotifyFilter, type NotifyRule, wants } from "../../src/domain/Notification.ts"
import { momentOf, T0 } from "../contract/ResultStoreContract.ts"

const ANY: NotifyFilter = { streams: undefined, types: undefined, minIntensity: Number.NEGATIVE_INFINITY }
const ruleOf = (...filters: ReadonlyArray<Partial<NotifyFilter>>): NotifyRule => ({
  target: "t",
  filters: filters.map((filter) => ({ ...ANY, ...filter }))
})

describe("the filters of a target", () => {
  const moment = momentOf({ stream: "a", type: "raid", intensity: 5 })
  const cases: ReadonlyArray<readonly [string, NotifyRule, boolean]> = [
    ["no condition", ruleOf({}), true],
    ["its stream", ruleOf({ streams: ["b", "a"] }), true],
    ["a stream of which it is a part", ruleOf({ streams: ["ab"] }), false],
    ["its type", ruleOf({ types: ["hype", "raid"] }), true],
    ["another type", ruleOf({ types: ["hype"] }), false],
    ["its intensity", ruleOf({ minIntensity: 5 }), true],
    ["a greater intensity", ruleOf({ minIntensity: 5.000001 }), false],
    ["all conditions", ruleOf({ streams: ["a"], types: ["raid"], minIntensity: 5 }), true],
    ["all conditions but one", ruleOf({ streams: ["a"], types: ["hype"], minIntensity: 5 }), false],
    ["one of two filters", ruleOf({ streams: ["b"] }, { minIntensity: 4 }), true],
    ["half of each of two filters", ruleOf({ streams: ["a"], minIntensity: 6 }, { streams: ["b"] }), false]
  ]
  for (const [title, rule, expected] of cases) {
    it(`${title}: ${expected ? "sent" : "not sent"}`, () => assert.strictEqual(wants(rule, moment), expected))
  }
})

/** The flushes that send a moment to a target; each flush stores the next of these states. */
const sent = (rule: NotifyRule, states: ReadonlyArray<Partial<Moment>>): ReadonlyArray<number> => {
  let before: Moment | undefined
  return states.flatMap((over, flush) => {
    const moment = momentOf(over)
    const found = notificationsOf([rule], 3, [moment], () => before)
    before = moment
    return found.map(() => flush)
  })
}

describe("notifications of a flush", () => {
  it("a moment that goes on is sent once", () =>
    assert.deepStrictEqual(sent(ruleOf({}), [{ intensity: 3 }, { intensity: 4 }, { intensity: 4 }]), [0]))
  it("a moment that grows beyond the filter is sent then", () =>
    assert.deepStrictEqual(
      sent(ruleOf({ minIntensity: 5 }), [{ intensity: 3 }, { intensity: 5 }, { intensity: 9 }]),
      [1]
    ))
  it("a moment whose type becomes a wanted one is sent then", () =>
    assert.deepStrictEqual(
      sent(ruleOf({ types: ["raid"] }), [{ type: "chat_spike" }, { type: "raid" }, { type: "raid" }]),
      [1]
    ))
  it("a second filter does not send it again", () =>
    assert.deepStrictEqual(
      sent(ruleOf({ types: ["raid"] }, { minIntensity: 5 }), [{ type: "raid" }, { intensity: 6 }]),
      [0]
    ))
})

describe("the id of a moment", () => {
  it("depends on its key alone", () => {
    const key = { stream: "alpha", timestampMs: EventTimeMs(T0), openedAs: "raid" } as const
    assert.strictEqual(momentId(3, key), "moment_f7b99591d660e3a9cbbcfae1fb82f5bb")
    const ids = [
      momentId(3, key),
      momentId(4, key),
      momentId(3, { ...key, stream: "beta" }),
      momentId(3, { ...key, openedAs: "hype" }),
      momentId(3, { ...key, timestampMs: EventTimeMs(T0 + 1) })
    ]
    assert.strictEqual(new Set(ids).size, 5)
  })
})
