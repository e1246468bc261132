import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { chooseOne, type Member, spread } from "../../../src/source/kafka/CoPartitionAssigner.ts"

const member = (memberId: string, ...owned: ReadonlyArray<number>): Member => ({ memberId, owned })

const shares = (members: ReadonlyArray<Member>, count: number) => Object.fromEntries(spread(members, count))

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

  it("keeps a balanced assignment as it is, whoever has one more", () => {
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

  it.prop(
    "gives each number once, balanced, whatever order the members come in",
    [Arbitrary.array(Arbitrary.array(upTo(20)), { minLength: 1, maxLength: 6 }), upTo(20)],
    ([claims, count]) => {
      const members = claims.map((owned, index) => member(`m${index}`, ...owned))
      const result = spread(members, count)
      const sizes = [...result.values()].map((share) => share.length)
      assert.deepStrictEqual(
        [...result.values()].flat().sort((a, b) => a - b),
        Array.from({ length: count }, (_, number) => number)
      )
      assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 1)
      assert.deepStrictEqual(Object.fromEntries(spread(members.toReversed(), count)), Object.fromEntries(result))
      // what it gave is what it gives again
      const settled = [...result].map(([memberId, owned]) => member(memberId, ...owned))
      assert.deepStrictEqual(Object.fromEntries(spread(settled, count)), Object.fromEntries(result))
    }
  )

  it("chooses the member that has everything already, else the first", () => {
    assert.strictEqual(chooseOne([member("b"), member("a")]), "a")
    assert.strictEqual(chooseOne([member("b", 0, 1), member("a")]), "b")
    assert.isUndefined(chooseOne([]))
  })
})
