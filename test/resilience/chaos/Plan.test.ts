import { assert, describe, it } from "@effect/vitest"
import { type FaultKind, makePlan } from "./Plan.ts"
import { tooFewOf } from "./Report.ts"

const SESSION_MS = 6_000

describe("the plan of a chaos run", () => {
  it("is the same for the same seed, another for another", () => {
    assert.deepStrictEqual(makePlan(1, 10, SESSION_MS), makePlan(1, 10, SESSION_MS))
    assert.notDeepEqual(makePlan(1, 10, SESSION_MS), makePlan(2, 10, SESSION_MS))
  })

  it.each([1, 2, 3, 10, 30])("has faults enough for a run of %d minutes to count, in order and in time", (minutes) => {
    const plan = makePlan(4, minutes, SESSION_MS)
    const count = (kind: FaultKind) => plan.filter((fault) => fault.kind === kind).length
    const faults = {
      kill: count("kill"),
      term: count("term"),
      freeze: count("freeze"),
      terminate: count("terminate"),
      postgres: count("postgres"),
      broker: count("broker")
    }
    assert.deepStrictEqual(tooFewOf({ minutes, faults, rebalances: 1000, fencedCommits: 1 }), [])
    const times = plan.map(({ atMs }) => atMs)
    assert.deepStrictEqual(
      times,
      times.toSorted((a, b) => a - b)
    )
    assert.isTrue(times.every((atMs) => atMs >= 0 && atMs < minutes * 60_000))
  })

  it("freezes for longer than a session lasts", () => {
    const freezes = makePlan(4, 30, SESSION_MS).filter(({ kind }) => kind === "freeze")
    assert.isTrue(freezes.every(({ forMs }) => forMs > SESSION_MS))
  })
})
