/**
 * The gate: bounds on a small scorecard. Everything is seeded, so that it fails only when detection
 * changes.
 */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { alertsOf } from "./Detection.ts"
import { addBursts, allBursts, falsePerHour, recallOf, spamAlarms } from "./Figures.ts"
import { median, rises } from "./Found.ts"
import { readChannel } from "./RealChat.ts"
import { accuracyOfStreams, ofKind } from "./Scenes.ts"
import { platformOf, randomChat, type StreamTruth } from "./Simulated.ts"
import { judge } from "./SimulatedReport.ts"
import { weeksScore } from "./weeks/Weeks.ts"

const CHANNELS = ["channel_2", "channel_7"].map((name) =>
  readChannel(join(import.meta.dirname, "fixtures", `${name}.ndjson.gz`), name)
)
const TIMEOUT = { timeout: 120_000 }

describe("the small scorecard", () => {
  it("finds nearly every burst of real chat, the second too, of every kind, within a slide", TIMEOUT, () => {
    const byKind = allBursts(CHANNELS, 10)
    const { again, first } = [...byKind.values()].reduce(addBursts)
    assert.isAtLeast(first.found / first.truths, 0.95)
    assert.isAtLeast(again.found / again.truths, 0.93)
    assert.isAtMost(median(first.delaysMs), 10_000)
    for (const [kind, { first: own }] of byKind) assert.isAtLeast(own.found / own.truths, 0.9, kind)
  })

  it("raises no more alarms for four spammers than chance does", TIMEOUT, () => {
    const { chance, spam } = spamAlarms(CHANNELS)
    assert.isAtMost(spam.found / spam.truths, chance.found / chance.truths + 0.07)
  })

  it("alerts at most four times an hour", TIMEOUT, () => {
    for (const { events } of CHANNELS) assert.isAtMost(rises(alertsOf(events)).length, 8)
  })

  it("finds at most one moment a day in random chat", TIMEOUT, () => {
    const moments = [1, 2, 3].map((seed) => alertsOf(randomChat(24, seed).events).length)
    assert.isAtMost(
      moments.reduce((sum, count) => sum + count, 0),
      3
    )
  })

  it("sees the scenes of a simulated platform, and few others", TIMEOUT, () => {
    const judged = judge(platformOf(7, 1))
    const of = (...kinds: ReadonlyArray<StreamTruth["kind"]>) => ofKind(judged, ({ kind }) => kinds.includes(kind))
    const bursts = of("hype", "talk", "copypasta", "emote")
    assert.isAtLeast(bursts.found / bursts.scenes, 0.85)
    assert.isAtMost(median(bursts.delaysMs), 15_000)
    const raids = of("raid")
    assert.isAtLeast(raids.found / raids.scenes, 0.8)
    for (const calm of [of("spam"), of("offline")]) assert.isAtMost(calm.alarmed / calm.scenes, 0.15)
    const accuracy = accuracyOfStreams(judged)
    assert.isAtLeast(recallOf(accuracy), 0.75)
    assert.isAtMost(falsePerHour(accuracy), 1)
  })

  it("finds bursts in counts over weeks", TIMEOUT, () => {
    const { score } = weeksScore(1, 3)
    assert.isAtLeast(score, 60)
  })
})
