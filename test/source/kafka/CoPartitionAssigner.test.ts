import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { chooseOne, type Member, readyOf, spread } from "../../../src/source/kafka/CoPartitionAssigner.ts"

const member = (memberId: string, ...owned: ReadonlyArray<number>): Member => ({ memberId, owned })

/** Equal weights. */
const equalWeights = (count: number): ReadonlyArray<number> => Array.from({ length: count }, () => 1)

const shares = (members: ReadonlyArray<Member>, count: number) =>
  Object.fromEntries(spread(members, equalWeights(count)))

/** In its first join, of a process that starts two members. */
const starting = (memberId: string, process: string): Member => ({ memberId, owned: [], process, starting: 2 })

const ready = (...members: ReadonlyArray<Member>) => readyOf(members).map(({ memberId }) => memberId)

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

describe("CoPartitionAssigner", () => {
  it("spreads over new members in their order", () => {
    assert.deepStrictEqual(shares([member("b"), member("a"), member("c")], 7), { a: [0, 3, 6], b: [1, 4], c: [2, 5] })
  })

  it("moves the fewest when a member comes", () => {
    assert.deepStrictEqual(shares([member("b", 0, 1, 2, 3, 4), member("a")], 5), { a: [3, 4], b: [0, 1, 2] })
  })

  it("gives what a lost member had to the others, who keep theirs", () => {
    assert.deepStrictEqual(shares([member("a", 0, 3), member("b", 4, 1)], 6), { a: [0, 2, 3], b: [1, 4, 5] })
  })

  it("keeps a balanced assignment, whichever member has one more", () => {
    assert.deepStrictEqual(shares([member("a", 4), member("b", 0, 2), member("c", 1, 3)], 5), {
      a: [4],
      b: [0, 2],
      c: [1, 3]
    })
  })

  it("settles what two members claim, and ignores numbers that are not there", () => {
    assert.deepStrictEqual(shares([member("a", 0, 1, 99), member("b", 1, 0)], 2), { a: [0], b: [1] })
  })

  it("leaves members without a share where there are more members than partitions", () => {
    assert.deepStrictEqual(shares([member("a"), member("b"), member("c")], 1), { a: [0], b: [], c: [] })
    assert.deepStrictEqual(shares([member("a")], 0), { a: [] })
  })

  it("gives nothing to the first members of a process until all of them have joined", () => {
    assert.deepStrictEqual(ready(starting("a", "p")), [])
    assert.deepStrictEqual(ready(starting("a", "p"), starting("b", "q")), [])
    assert.deepStrictEqual(ready(starting("a", "p"), starting("b", "p")), ["a", "b"])
    // The first one has been a member before. Older versions do not wait.
    const before: Member = { memberId: "a", owned: [], process: "p" }
    const members = [before, starting("b", "p"), starting("c", "q"), member("o", 0)]
    assert.deepStrictEqual(ready(...members), ["a", "b", "o"])
  })

  it("balances the records to read, within equal numbers and kept partitions", () => {
    assert.deepStrictEqual(Object.fromEntries(spread([member("a"), member("b")], [50, 25, 25])), { a: [0], b: [1, 2] })
    assert.deepStrictEqual(Object.fromEntries(spread([member("a", 0, 1, 2), member("b")], [50, 20, 30])), {
      a: [1, 2],
      b: [0]
    })
    assert.deepStrictEqual(Object.fromEntries(spread([member("a", 0, 1), member("b", 2)], [50, 30, 20])), {
      a: [0, 1],
      b: [2]
    })
    assert.deepStrictEqual(Object.fromEntries(spread([member("a"), member("b")], [1, 9, 9, 1, 5, 5])), {
      a: [0, 1, 4],
      b: [2, 3, 5]
    })
  })

  it.prop(
    "gives each number once, balanced, whatever order the members come in",
    [
      Arbitrary.array(Arbitrary.array(upTo(20)), { minLength: 1, maxLength: 6 }),
      Arbitrary.array(upTo(5), { maxLength: 20 })
    ],
    ([claims, weights]) => {
      const count = weights.length
      const members = claims.map((owned, index) => member(`m${index}`, ...owned))
      const result = spread(members, weights)
      const sizes = [...result.values()].map((share) => share.length)
      assert.deepStrictEqual(
        [...result.values()].flat().sort((a, b) => a - b),
        Array.from({ length: count }, (_, number) => number)
      )
      assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 1)
      assert.deepStrictEqual(Object.fromEntries(spread(members.toReversed(), weights)), Object.fromEntries(result))
      // A second run over its own result changes nothing.
      const settled = [...result].map(([memberId, owned]) => member(memberId, ...owned))
      assert.deepStrictEqual(Object.fromEntries(spread(settled, weights)), Object.fromEntries(result))
    }
  )

  it("chooses the member that has everything already, else the first", () => {
    assert.strictEqual(chooseOne([member("b"), member("a")]), "a")
    assert.strictEqual(chooseOne([member("b", 0, 1), member("a")]), "b")
    assert.isUndefined(chooseOne([]))
  })
})
