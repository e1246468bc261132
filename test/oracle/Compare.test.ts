import { assert, describe, it } from "@effect/vitest"
import { NUMBERS } from "./Baseline.ts"
import { BROADCAST_NUMBERS } from "./Broadcasts.ts"
import { compareBaselines, compareDeadLetters, compareMoments, compareRows } from "./Compare.ts"
import type { OracleDeadLetter, OracleMoment, OracleRow } from "./Recount.ts"
import { NO_REACTION } from "./Silence.ts"

const row: OracleRow = {
  stream: "s",
  startMs: 1_704_067_200_000,
  endMs: 1_704_067_210_000,
  chatCount: 3,
  uniqueChatters: 2,
  avgSentiment: 0,
  scoredCount: 2,
  positiveCount: 1,
  negativeCount: 1,
  chatRate: 0.3,
  avgViewers: null,
  topEmotes: ["a", "b"],
  emoteCounts: [2, 1],
  complete: true,
  reaction: { ...NO_REACTION, people: 2, messages: 3 },
  quotes: () => undefined,
  busiestPaneMs: 1_704_067_200_000,
  viewerSum: 0,
  viewerSamples: 0,
  slideMessages: 1,
  slideScored: 1,
  slideScoreMicro: -1_000_000,
  zScore: 0.1 + 0.2,
  isAnomaly: false
}

const moment = {
  stream: "s",
  openedAs: "chat_spike",
  type: "raid",
  timestampMs: 1_704_067_200_000,
  endedAtMs: 1_704_067_210_000,
  intensity: 3,
  description: "Viewers went from 1 to 2.",
  metadata: {
    peak_end: "2024-01-01T00:00:10.000Z",
    peak_start: "2024-01-01T00:00:00.000Z",
    span_seconds: 20,
    parts: { chat: 3, viewers: 2 },
    people: 2,
    usual_people: 0.1 + 0.2,
    people_deviation: 1.6,
    messages: 3,
    usual_messages: 0.5,
    unison: 2,
    usual_unison: 0,
    shared: "LAUGHTER",
    repeated_text: "kekw",
    repeated_messages: 2,
    repeated_people: 2,
    viewers: 2,
    usual_viewers: 1,
    mood: null,
    usual_mood: null,
    broadcast_start: null
  },
  content: {
    samples: [{ text: "KEKW", user: "u", at: "2024-01-01T00:00:01.000Z" }],
    repeated: { text: "KEKW", messages: 2, people: 2 },
    words: [{ word: "KEKW", people: 3, usual: 0.5 }],
    emotes: [{ emote: "LUL", count: 3, before: 1.5 }]
  }
} satisfies OracleMoment

const letter: OracleDeadLetter = { topic: "t", partition: 0, offset: 7n, reason: "invalid-event", path: "user_id" }

const ROW = 'row "s" [2024-01-01T00:00:00.000Z, 2024-01-01T00:00:10.000Z)'
const MOMENT = 'moment "s" "chat_spike" 2024-01-01T00:00:00.000Z'

const named = (stream: string): OracleRow => ({ ...row, stream })

describe("differences", () => {
  it("are none between equals, in whatever order", () => {
    const other = { ...row, stream: "t" }
    assert.deepStrictEqual(compareRows([row, other], [{ ...other, topEmotes: ["a", "b"] }, row]), [])
    assert.deepStrictEqual(compareMoments([moment], [structuredClone(moment)]), [])
    assert.deepStrictEqual(compareDeadLetters([letter], [{ ...letter }]), [])
  })

  it("in rows name row, column and both values, to the last bit", () => {
    assert.deepStrictEqual(
      compareRows(
        [row],
        [
          {
            ...row,
            avgSentiment: -0,
            zScore: 0.3,
            avgViewers: 0,
            topEmotes: ["b", "a"],
            emoteCounts: [2, 2],
            complete: false
          }
        ]
      ),
      [
        `${ROW}: avgSentiment expected 0, actual -0`,
        `${ROW}: avgViewers expected null, actual 0`,
        `${ROW}: topEmotes expected ["a","b"], actual ["b","a"]`,
        `${ROW}: emoteCounts expected [2,1], actual [2,2]`,
        `${ROW}: complete expected true, actual false`,
        `${ROW}: zScore expected 0.30000000000000004, actual 0.3`
      ]
    )
    assert.deepStrictEqual(compareRows([row], [{ ...row, topEmotes: ["a"] }]), [
      `${ROW}: topEmotes expected ["a","b"], actual ["a"]`
    ])
  })

  it("are found in every column", () => {
    const uncompared = new Set(["reaction", "quotes", "busiestPaneMs"])
    for (const column of Object.keys(row).filter((name) => !uncompared.has(name))) {
      assert.isNotEmpty(compareRows([row], [{ ...row, [column]: Number.NaN }]), column)
    }
    for (const column of ["people", "messages", "unison", "moodTexts", "moodMicro"]) {
      const reaction = { ...row.reaction, [column]: Number.NaN }
      assert.isNotEmpty(compareRows([row], [{ ...row, reaction }]), column)
    }
    for (const column of Object.keys(moment).filter((name) => name !== "metadata" && name !== "content")) {
      assert.isNotEmpty(compareMoments([moment], [{ ...moment, [column]: Number.NaN }]), column)
    }
    for (const column of Object.keys(moment.metadata)) {
      const metadata = { ...moment.metadata, [column]: Number.NaN }
      assert.isNotEmpty(compareMoments([moment], [{ ...moment, metadata }]), column)
    }
    for (const part of ["chat", "viewers", "mood", "silence", "loss"]) {
      const metadata = { ...moment.metadata, parts: { ...moment.metadata.parts, [part]: Number.NaN } }
      assert.isNotEmpty(compareMoments([moment], [{ ...moment, metadata }]), part)
    }
    const { content } = moment
    for (const other of [
      { ...content, samples: content.samples.map((sample) => ({ ...sample, text: "kekw" })) },
      { ...content, samples: content.samples.map((sample) => ({ ...sample, user: null })) },
      { ...content, samples: content.samples.map((sample) => ({ ...sample, at: "2024-01-01T00:00:02.000Z" })) },
      { ...content, repeated: null },
      { ...content, words: content.words.map((word) => ({ ...word, usual: 0.25 })) },
      { ...content, emotes: [] },
      undefined
    ]) {
      assert.strictEqual(compareMoments([moment], [{ ...moment, content: other }]).length, other === undefined ? 4 : 1)
    }
    for (const column of Object.keys(letter)) {
      assert.isNotEmpty(compareDeadLetters([letter], [{ ...letter, [column]: null }]), column)
    }
  })

  it("are what is missing, what is not expected and what occurs twice", () => {
    assert.deepStrictEqual(compareRows([row], []), [`${ROW}: missing`])
    assert.deepStrictEqual(compareRows([], [row, row]), [`${ROW}: occurs twice`, `${ROW}: not expected`])
    assert.deepStrictEqual(compareMoments([moment], [{ ...moment, openedAs: "chat_drop" }]), [
      `${MOMENT}: missing`,
      'moment "s" "chat_drop" 2024-01-01T00:00:00.000Z: not expected'
    ])
    assert.deepStrictEqual(compareDeadLetters([letter], [{ ...letter, offset: 8n }]), [
      'dead letter "t" 0 @ 7: missing',
      'dead letter "t" 0 @ 8: not expected'
    ])
    assert.deepStrictEqual(compareDeadLetters([letter], [{ ...letter, path: null }]), [
      'dead letter "t" 0 @ 7: path expected "user_id", actual null'
    ])
  })

  it("in baselines name the number, to the last bit", () => {
    const numbers = [...NUMBERS, ...BROADCAST_NUMBERS].map((_, index) => index / 10)
    const learned = { stream: "s", numbers }
    assert.deepStrictEqual(compareBaselines([learned], [{ stream: "s", numbers: [...numbers] }]), [])
    assert.deepStrictEqual(compareBaselines([learned], [{ stream: "s", numbers: numbers.with(3, 0.1 + 0.2) }]), [
      'baseline "s": peopleDeviation expected 0.3, actual 0.30000000000000004'
    ])
    assert.deepStrictEqual(compareBaselines([learned], [{ stream: "s", numbers: [...numbers, 0] }]), [
      'baseline "s": length expected 43, actual 44'
    ])
    assert.deepStrictEqual(compareBaselines([learned], []), ['baseline "s": missing'])
  })

  it("are listed up to twenty, the rest is counted", () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({ ...row, stream: `s${n}` }))
    const differences = compareRows(rows, [])
    assert.strictEqual(differences.length, 21)
    assert.strictEqual(differences[20], "... and 5 more")
    assert.strictEqual(compareRows(rows.slice(0, 20), []).length, 20)
  })

  it("distinguish hostile names", () => {
    assert.deepStrictEqual(compareRows([named("__proto__")], [named("__proto__")]), [])
    assert.strictEqual(compareRows([named("__proto__")], [named("constructor")]).length, 2)
    assert.strictEqual(compareRows([named('"')], [named('\\"')]).length, 2)
  })
})
