import { assert, describe, it } from "@effect/vitest"
import type { InputAcceptance } from "../../src/domain/Acceptance.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { acceptanceOf } from "../../src/worker/Acceptance.ts"
import { Stages } from "../pipeline/Stages.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { firstCheckpoint, INPUTS, settingsOf } from "../pipeline/Script.ts"

const NOW_MS = Date.UTC(2026, 5, 1)
const settings = settingsOf(0, 0, true)

const chat = (timeMs: number) =>
  JSON.stringify({ stream_id: "s", timestamp: timeMs, user_id: "u", message: "visit evil.example" })
const viewer = (timeMs: number) => JSON.stringify({ stream_id: "s", timestamp: timeMs, viewer_count: 7 })

/** The acceptance of these values by input, after `before` was read. */
const read = (
  values: readonly [chat: ReadonlyArray<string | null>, viewer: ReadonlyArray<string | null>],
  before: typeof values = [[], []]
): ReadonlyArray<InputAcceptance> => {
  const step = new Stages({
    settings,
    model: BaselineModel,
    owner: "test",
    checkpoint: firstCheckpoint({ settings, inputs: INPUTS }),
    recovered: { moments: [], futureOffsets: [], gaps: [], sensitivity: [] },
    monotonicMs: 0
  })
  const offsets = [0, 0]
  const take = (all: typeof values) => {
    for (const [input, texts] of all.entries()) {
      const start = offsets[input] ?? 0
      const records = RecordsBuilder.of(
        texts.map((text, n) => ({
          offset: BigInt(start + n),
          timestampMs: NOW_MS,
          value: text === null ? null : Buffer.from(text)
        }))
      )
      offsets[input] = start + texts.length
      step.step({ _tag: "Batch", batch: { input, records, nextOffset: BigInt(start + texts.length) }, clockMs: NOW_MS })
    }
    return step.step({ _tag: "Stop" })
  }
  take(before)
  return take(values).flatMap(acceptanceOf)
}

const times = (count: number, value: string | null) => Array.from({ length: count }, () => value)

describe("what is accepted", () => {
  it("is counted by input, without an example while records count", () => {
    assert.deepStrictEqual(read([[...times(18, chat(NOW_MS)), "broken", null], times(3, viewer(NOW_MS))]), [
      { topic: "chat", partition: 0, kind: "chat", records: 20, accepted: 18, example: undefined },
      { topic: "viewer", partition: 0, kind: "viewer", records: 3, accepted: 3, example: undefined }
    ])
  })

  for (const [what, value, loss, cause] of [
    ["the other topic's events", viewer(NOW_MS), "invalid-event", "CHAT_TOPIC and VIEWER_TOPIC may be swapped"],
    ["events of the future", chat(NOW_MS + 3_600_000), "future-timestamp", "this machine's is behind"],
    ["records without a value", null, "no-value", "records have no value"],
    ["empty values", "", "invalid-json", "the value is empty"],
    ["late events", chat(NOW_MS - 3_600_000), "late", "its event time is 2026-05-31T23:00:00.000Z, and the tables"]
  ] as const) {
    it(`is nothing of ${what}, with an example that quotes no text`, () => {
      const before = [[chat(NOW_MS)], [viewer(NOW_MS)]] as const
      const [only, ...others] = read([times(40, value), []], before)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(only, { topic: "chat", records: 40, accepted: 0 })
      assert.deepInclude(only?.example, { loss, partition: 0 })
      assert.include(only?.example?.cause, cause)
      assert.notInclude(JSON.stringify({ ...only?.example, offset: "" }), "evil")
    })
  }

  it("has an example of the greatest loss", () => {
    const [mostlyTombstones] = read([[...times(10, "broken"), ...times(11, null)], []])
    assert.strictEqual(mostlyTombstones?.example?.loss, "no-value")
    assert.strictEqual(mostlyTombstones?.example?.offset, 20n)
    const [mostlyBroken] = read([[...times(11, null), ...times(12, "broken")], []])
    assert.deepInclude(mostlyBroken?.example, { loss: "invalid-json", offset: 11n, firstBytes: "62 72 6f 6b 65 6e" })
  })
})
