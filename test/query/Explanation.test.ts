import { assert, describe, it } from "@effect/vitest"
import type { MomentMetadata } from "../../src/domain/Moment.ts"
import { explain } from "../../src/query/Explanation.ts"

const metadata: MomentMetadata = {
  peak_end: "2024-05-01T00:00:20.000Z",
  peak_start: "2024-05-01T00:00:10.000Z",
  span_seconds: 20,
  parts: { chat: 7.26 },
  people: 296,
  usual_people: 29.06,
  people_deviation: 10.24,
  messages: 1456,
  usual_messages: 71.2,
  unison: 148,
  usual_unison: 6.31,
  shared: "LAUGHTER",
  repeated_text: "KEKW",
  repeated_messages: 182,
  repeated_people: 96,
  viewers: null,
  usual_viewers: null,
  mood: null,
  usual_mood: null,
  broadcast_start: "2024-04-30T23:00:00.000Z"
}

const explained = (over: Partial<MomentMetadata> = {}): ReadonlyArray<string> =>
  explain({ metadata: { ...metadata, ...over } })

describe("a moment is explained", () => {
  it("by the chat against its baseline, agreement, repetition, and the score", () => {
    assert.deepStrictEqual(explained(), [
      "At the peak, 296 people wrote 1,456 messages in 20 seconds. The usual is 29.1 people, with a deviation of 10.2, and 71.2 messages.",
      "148 of them laughed; the usual is 6.3.",
      "182 of the 1,456 messages repeat one text, by 96 people.",
      "The chat's score is 7.3 usual deviations above its baseline."
    ])
  })

  it("by all its parts, in one order", () => {
    const parts = { mood: -4.12, viewers: 5, chat: 3.1 }
    const raid = explained({ parts, viewers: 1900.4, usual_viewers: 1000, mood: -0.354, usual_mood: 0.25 })
    assert.deepStrictEqual(raid.slice(3), [
      "The chat's score is 3.1 usual deviations above its baseline.",
      "Viewers went from 1,000 to 1,900, which is 5 usual deviations.",
      "The mean sentiment went from 0.25 to -0.35, which is 4.1 usual deviations. Each distinct text counts once."
    ])
  })

  it.each([
    ["silence", "The silence is 3.3 usual deviations below the baseline. It is reported after the chat came back."],
    ["loss", "The loss of viewers is 3.3 usual deviations. It is reported after it lasted while the chat continued."]
  ])("a %s alone, since the numbers of the chat are of a later time", (part, sentence) => {
    assert.deepStrictEqual(explained({ parts: { [part]: -3.3 } }), [sentence])
  })

  it.each([
    [{ people: 1, messages: 1 }, "1 person wrote 1 message in"],
    [{ span_seconds: 1 }, "in 1 second."],
    [{ shared: "kekw" }, "148 of them wrote the same word; the usual is 6.3."],
    [{ shared: null }, "148 of them wrote the same word;"],
    [{ messages: 20, repeated_messages: 2, repeated_people: 1 }, "2 of the 20 messages repeat one text, by 1 person."],
    [{ parts: { viewers: 4 } }, "The viewers are 4 usual deviations above their baseline."],
    [{ parts: { mood: -4 } }, "The mood is 4 usual deviations from its baseline."]
  ])("in words that fit %o", (over, part) => {
    assert.include(explained(over).join("\n"), part)
  })

  it.each([
    [{ unison: 2 }, "of them"],
    [{ repeated_messages: 0, repeated_people: 0 }, "repeat"],
    [{ messages: 1, repeated_messages: 1, repeated_people: 1 }, "repeat"],
    [{ repeated_messages: 145 }, "repeat"]
  ])("without what is chance: %o", (over, part) => {
    assert.notInclude(explained(over).join("\n"), part)
  })

  it("by nothing without metadata, and never in the words of the chat", () => {
    assert.deepStrictEqual(explain({ metadata: null }), [])
    const hostile = "\u202E<script>"
    assert.notInclude(explained({ shared: hostile, repeated_text: hostile }).join(), hostile)
    for (const name of ["constructor", "__proto__", "toString"]) {
      assert.include(explained({ shared: name }).join(), "wrote the same word")
    }
  })
})
