import { assert, it } from "@effect/vitest"
import { chooseSeed, eveningOf, highlights } from "../../../src/source/simulator/Evening.ts"
import { type SimulatedRecord, Simulator } from "../../../src/source/simulator/Simulator.ts"
import { events } from "./Read.ts"
import { countOf, NEGATIVE_WORDS } from "./Words.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const isBurst = (kind: string): boolean => ["hype", "talk", "copypasta", "emote"].includes(kind)

it("a raid, a burst and a turn of mood lie behind any start, more is to come, and a chat is angry", () => {
  for (let nowMs = Date.UTC(2026, 8, 1); nowMs < Date.UTC(2026, 8, 3); nowMs += 61 * MINUTE_MS + 7_000) {
    const simulator = new Simulator(eveningOf(chooseSeed(nowMs), nowMs))
    const truths = highlights(simulator, nowMs)
    const over = truths.filter(({ endMs }) => endMs <= nowMs - MINUTE_MS).map(({ kind }) => kind)
    for (const kind of ["raid", "mood"] as const) assert.include(over, kind, new Date(nowMs).toISOString())
    assert.isTrue(over.some(isBurst))
    assert.isTrue(truths.some(({ kind, startMs }) => startMs > nowMs && (kind === "raid" || isBurst(kind))))
    assert.isNotEmpty(simulator.angry(nowMs - 15 * MINUTE_MS, nowMs + HOUR_MS))
  }
})

it("the same time has the same evening", () => {
  const nowMs = Date.UTC(2026, 8, 1, 20, 15)
  assert.strictEqual(chooseSeed(nowMs), chooseSeed(nowMs))
})

it("streams have broadcasts with moments yesterday and today, and each of them moments to compare", () => {
  for (let nowMs = Date.UTC(2026, 8, 1); nowMs < Date.UTC(2026, 8, 3); nowMs += 7 * HOUR_MS + 7_000) {
    const simulator = new Simulator(eveningOf(chooseSeed(nowMs), nowMs))
    const streamsWithMoments = (fromMs: number, toMs: number): ReadonlySet<string> =>
      new Set(simulator.truth(fromMs, toMs).flatMap(({ moment, stream }) => (moment === undefined ? [] : [stream])))
    const yesterday = streamsWithMoments(nowMs - 27 * HOUR_MS, nowMs - 24 * HOUR_MS)
    const today = streamsWithMoments(nowMs - 4 * HOUR_MS, nowMs - HOUR_MS)
    assert.isAtLeast([...yesterday].filter((stream) => today.has(stream)).length, 5)
    for (const partition of [0, 1, 2]) assert.isTrue(today.has(simulator.streams(partition)[0] ?? ""))
  }
})

it("the chat of an angry channel is far below all others in mood", () => {
  const nowMs = Date.UTC(2026, 8, 1, 20, 15)
  const simulator = new Simulator(eveningOf(chooseSeed(nowMs), nowMs))
  const [angry] = simulator.angry(nowMs - 15 * MINUTE_MS, nowMs)
  const partition = [0, 1, 2].find((one) => simulator.streams(one).includes(angry ?? "")) ?? -1
  const end = simulator.endOffsetAt("chat", partition, nowMs)
  const last = Array.from({ length: 30_000 }, (_, index): SimulatedRecord =>
    simulator.recordAt("chat", partition, BigInt(end - 30_000 + index))
  )
  const complaints = new Map<string, number>()
  const messages = new Map<string, number>()
  for (const { stream, text } of events(last)) {
    messages.set(stream, (messages.get(stream) ?? 0) + 1)
    if (countOf(text, NEGATIVE_WORDS) > 0) complaints.set(stream, (complaints.get(stream) ?? 0) + 1)
  }
  const shares = [...messages]
    .filter(([, count]) => count > 100)
    .map(([stream, count]) => ({ stream, share: (complaints.get(stream) ?? 0) / count }))
    .toSorted((a, b) => b.share - a.share)
  assert.strictEqual(shares[0]?.stream, angry)
  assert.isAbove(shares[0]?.share ?? 0, 0.3)
  assert.isBelow(shares[1]?.share ?? 1, 0.2)
})
