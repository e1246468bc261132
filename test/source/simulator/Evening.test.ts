import { assert, it } from "@effect/vitest"
import { chooseSeed, eveningOf, highlights } from "../../../src/source/simulator/Evening.ts"
import { Simulator } from "../../../src/source/simulator/Simulator.ts"

const MINUTE_MS = 60_000
const isBurst = (kind: string): boolean => ["hype", "talk", "copypasta", "emote"].includes(kind)

it("whenever the demo starts, a raid, a burst and a turn of the mood lie behind it, and more is to come", () => {
  for (let nowMs = Date.UTC(2026, 8, 1); nowMs < Date.UTC(2026, 8, 3); nowMs += 61 * MINUTE_MS + 7_000) {
    const truths = highlights(new Simulator(eveningOf(chooseSeed(nowMs))), nowMs)
    const over = truths.filter(({ endMs }) => endMs <= nowMs - MINUTE_MS).map(({ kind }) => kind)
    for (const kind of ["raid", "mood"] as const) assert.include(over, kind, new Date(nowMs).toISOString())
    assert.isTrue(over.some(isBurst))
    assert.isTrue(truths.some(({ kind, startMs }) => startMs > nowMs && (kind === "raid" || isBurst(kind))))
  }
})

it("the same time has the same evening", () => {
  const nowMs = Date.UTC(2026, 8, 1, 20, 15)
  assert.strictEqual(chooseSeed(nowMs), chooseSeed(nowMs))
})
