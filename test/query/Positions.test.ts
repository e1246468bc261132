import { assert, describe, it } from "@effect/vitest"
import { type Positions, readPositions, writePositions } from "../../src/query/Positions.ts"

describe("positions", () => {
  it.each([
    [new Map<number, bigint>(), "none"],
    [new Map([[0, 0n]]), "0:0"],
    [
      new Map([
        [-3, 1n],
        [11, 2n ** 63n - 1n]
      ]),
      "-3:1,11:9223372036854775807"
    ]
  ] satisfies ReadonlyArray<[Positions, string]>)("%o are written as %s and read again", (positions, text) => {
    assert.strictEqual(writePositions(positions), text)
    assert.deepStrictEqual(readPositions(text), positions)
  })

  it.each([
    "",
    " ",
    "none,0:1",
    "0",
    "0:",
    ":1",
    "0:1,",
    "0:-1",
    "0:1.5",
    "a:b",
    "0:1;1:2",
    "0:1\n",
    "12345678901:1",
    "0:12345678901234567890"
  ])("are not %j", (text) => {
    assert.isUndefined(readPositions(text))
  })
})
