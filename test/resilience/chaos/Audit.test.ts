import { assert, describe, it } from "@effect/vitest"
import { audit, type Change } from "./Audit.ts"

const NOTHING = { records: 0, events: 0, late: 0, deadLetters: 0, tombstones: 0, droppedChatPairs: 0 }

const change = (epoch: number, flush: number, owner: string, records = 0): Change => ({
  task: 3,
  epoch,
  flush,
  owner,
  counts: { ...NOTHING, records }
})

const FAIR = [change(0, 0, ""), change(1, 0, "a"), change(1, 1, "a", 5), change(2, 1, "b", 5), change(2, 2, "b", 7)]

describe("the audit of a task's checkpoints", () => {
  it("finds nothing where owners follow each other and each record is counted once", () => {
    assert.deepStrictEqual(audit(3, FAIR, { ...NOTHING, records: 12 }), [])
  })

  it.each([
    ["a flush of the owner before", [...FAIR, change(1, 2, "a")]],
    ["a flush of another owner in the same epoch", [...FAIR, change(2, 3, "a")]],
    ["a flush left out", [...FAIR, change(2, 4, "b")]],
    ["a flush twice", [...FAIR, change(2, 2, "b")]],
    ["an epoch left out", [...FAIR, change(4, 2, "c")]]
  ])("reports %s", (_, changes) => {
    assert.strictEqual(audit(3, changes, { ...NOTHING, records: 12 }).length > 0, true)
  })

  it("reports records counted twice or not at all", () => {
    for (const records of [11, 13]) assert.strictEqual(audit(3, FAIR, { ...NOTHING, records }).length, 1)
  })
})
