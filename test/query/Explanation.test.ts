import { assert, describe, it } from "@effect/vitest"
import type { MomentMetadata } from "../../src/domain/Moment.ts"
import type { MomentItem } from "../../src/http/api/Moments.ts"
import { explain } from "../../src/query/Explanation.ts"

const metadata: MomentMetadata = {
  window_start: "2024-05-01T00:00:00.000Z",
  window_end: "2024-05-01T00:01:00.000Z",
  chat_count: 1234,
  unique_chatters: 100,
  avg_viewers: null,
  avg_sentiment: null,
  score: 7.26,
  value: 1234,
  baseline_mean: 98.25,
  baseline_deviation: 12.345,
  baseline_size: 10,
  top_emotes: ["a", "b", "c"],
  top_emotes_before: ["b"]
}

const momentOf = (moment_type: string, over: Partial<MomentMetadata> = {}): MomentItem => ({
  id: "1",
  stream_id: "alpha",
  timestamp: 0,
  ended_at: null,
  moment_type,
  description: null,
  intensity: 1,
  detected_at: null,
  metadata: { ...metadata, ...over }
})

describe("a moment is explained", () => {
  it("by its value against the baseline, who spoke, what they used", () => {
    assert.deepStrictEqual(explain(momentOf("chat_spike")), [
      "The peak window had 1,234 messages. It is compared with 10 earlier windows: mean 98.3, standard deviation 12.35.",
      "That is 7.3 deviations above what is usual; a deviation is never taken to be smaller than what chance alone would make it.",
      "1,234 messages came from 100 chatters, 12.3 each.",
      "2 of the top emotes were not among those before."
    ])
  })

  it.each([
    ["chat_drop", { value: 1 }, "The peak window had 1 message. "],
    ["viewer_surge", { value: 1500.4 }, "The peak window had 1,500 viewers on average. "],
    ["viewer_drop", { value: 0 }, "The peak window had 0 viewers on average. "],
    ["sentiment_shift", { value: -0.4567 }, "The peak window had a mean sentiment of -0.46. "],
    ["sentiment_shift", { value: -0.001 }, "The peak window had a mean sentiment of 0. "],
    ["raid", { value: 2.4567 }, "The peak window had a value of 2.46. "]
  ])("a %s by %o", (type, over, beginning) => {
    assert.isTrue(explain(momentOf(type, over))[0]?.startsWith(beginning), explain(momentOf(type, over))[0])
  })

  it.each([
    [{ baseline_size: 1 }, "It is compared with 1 earlier window: "],
    [{ score: -3 }, "That is 3 deviations below what is usual"],
    [{ chat_count: 5, unique_chatters: 5 }, "5 messages came from 5 chatters."],
    [{ chat_count: 1, unique_chatters: 1 }, "1 message came from 1 chatter."],
    [{ top_emotes: ["b"] }, "The top emotes were all in use before."],
    [{ top_emotes: ["a", "b"] }, "1 of the top emotes was not among those before."],
    [{ top_emotes: ["a"], top_emotes_before: [] }, "1 of the top emotes was not among those before."]
  ])("in words that fit %o", (over, part) => {
    assert.include(explain(momentOf("chat_spike", over)).join("\n"), part)
  })

  it("by what is known, and never in the words of the chat", () => {
    assert.strictEqual(explain(momentOf("chat_drop", { chat_count: 0, unique_chatters: 0, top_emotes: [] })).length, 2)
    assert.deepStrictEqual(explain({ ...momentOf("chat_spike"), metadata: null }), [])
    const hostile = "\u202E<script>"
    const moment = { ...momentOf("chat_spike", { top_emotes: [hostile] }), stream_id: hostile, description: hostile }
    assert.notInclude(explain(moment).join(), hostile)
    assert.notInclude(explain({ ...moment, moment_type: hostile }).join(), hostile)
  })
})
