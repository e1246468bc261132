/** The gate: bounds on a small scorecard. Everything is seeded, so that it fails only when detection changes. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { addBursts, allBursts, spamAlarms } from "./Figures.ts"
import { median, rises } from "./Found.ts"
import { reactionSubject } from "./ReactionSubject.ts"
import { readChannel } from "./RealChat.ts"
import { endingStream, raidedStream, randomChat, slowStart, streamOf } from "./Synthetic.ts"
import { asViewers, weeksScore } from "./weeks/Weeks.ts"

const CHANNELS = ["channel_2", "channel_7"].map((name) =>
  readChannel(join(import.meta.dirname, "fixtures", `${name}.ndjson.gz`), name)
)
const SUBJECT = reactionSubject()
const TIMEOUT = { timeout: 120_000 }

describe("the small scorecard", () => {
  it("finds nearly every burst of real chat, the second too, of every kind, within a slide", TIMEOUT, () => {
    const byKind = allBursts(SUBJECT, CHANNELS, { times: 10, seeds: [1] })
    const { again, first } = [...byKind.values()].reduce(addBursts)
    assert.isAtLeast(first.found / first.truths, 0.95)
    assert.isAtLeast(again.found / again.truths, 0.93)
    assert.isAtMost(median(first.delaysMs), 10_000)
    for (const [kind, { first: own }] of byKind) assert.isAtLeast(own.found / own.truths, 0.9, kind)
  })

  it("raises no more alarms for four spammers than chance does", TIMEOUT, () => {
    const { chance, spam } = spamAlarms(SUBJECT, CHANNELS, [1, 2])
    assert.isAtMost(spam.found / spam.truths, chance.found / chance.truths + 0.07)
  })

  it("alerts at most four times an hour", TIMEOUT, () => {
    for (const { events } of CHANNELS) assert.isAtMost(rises(SUBJECT.alerts(events)).length, 8)
  })

  it("finds nothing in random chat of a day", TIMEOUT, () => {
    assert.isAtMost(SUBJECT.alerts(streamOf(randomChat(24), 3).events).length, 1)
  })

  it("reports no fall while a stream starts or ends, and a raid as one moment", TIMEOUT, () => {
    for (const pace of [20, 60]) {
      for (const course of [slowStart(pace), endingStream(pace)]) {
        const alerts = SUBJECT.alerts(streamOf(course, 3).events)
        assert.deepStrictEqual(
          alerts.filter(({ direction }) => direction === "fall"),
          [],
          course.name
        )
      }
      const raid = streamOf(raidedStream(pace), 3)
      const [truth] = raid.truths
      const near = SUBJECT.alerts(raid.events).filter(
        ({ timestampMs }) => Math.abs(timestampMs - (truth?.fromMs ?? 0)) <= 120_000
      )
      assert.deepStrictEqual(
        near.map(({ type }) => type),
        ["raid"]
      )
    }
  })

  it("finds bursts in counts over weeks", TIMEOUT, () => {
    const { score } = weeksScore(reactionSubject({ sizeMs: 300_000, slideMs: 300_000 }), 1, asViewers)
    assert.isAtLeast(score, 60)
  })
})
