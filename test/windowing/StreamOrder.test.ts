import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { byCodeUnit } from "../../src/domain/CodeUnits.ts"
import { RUN, StreamOrder } from "../../src/windowing/StreamOrder.ts"

/** The names in the order that is given, and the number of pauses. */
const taken = (order: StreamOrder, nameOf: (number: number) => string) => {
  const steps = order.numbers()
  for (let pauses = 0; ; pauses++) {
    const { done, value } = steps.next()
    if (done === true) return { pauses, names: [...value].map(nameOf) }
  }
}

describe("the order of streams", () => {
  it("is that of code units", () => {
    const names = ["b", "\uFF41", "a", "\u{1F600}"]
    const nameOf = (number: number) => names[number] ?? ""
    const order = new StreamOrder(nameOf)
    for (const number of names.keys()) order.add(number)
    assert.deepStrictEqual(taken(order, nameOf).names, ["a", "b", "\u{1F600}", "\uFF41"])
  })

  it("is sorted in runs, with pauses between them", () => {
    const count = 4 * RUN + 100
    const nameOf = (number: number) => `a${(number * 7919) % count}`
    const order = new StreamOrder(nameOf)
    for (let number = 0; number < count; number++) order.add(number)
    const { names, pauses } = taken(order, nameOf)
    assert.deepStrictEqual(names, Array.from({ length: count }, (_, number) => nameOf(number)).sort(byCodeUnit))
    assert.isAtLeast(pauses, 4)
    assert.strictEqual(taken(order, nameOf).pauses, 0)
  })

  it.prop(
    "stays while streams come and go, and numbers get other names",
    [
      Schema.Array(
        Schema.Struct({
          number: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 })),
          drops: Schema.Boolean
        })
      )
    ],
    ([steps]) => {
      const names = new Map<number, string>()
      const nameOf = (number: number) => names.get(number) ?? ""
      const order = new StreamOrder(nameOf)
      for (const [step, { drops, number }] of steps.entries()) {
        if (drops) {
          order.keep((other) => other !== number)
          names.delete(number)
        } else if (!names.has(number)) {
          names.set(number, `${(step * 7) % 10}-${step}`)
          order.add(number)
        }
        if (step % 3 === 0) assert.deepStrictEqual(taken(order, nameOf).names, [...names.values()].sort(byCodeUnit))
      }
    }
  )
})
