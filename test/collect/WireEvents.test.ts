import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { toRecord } from "../../src/collect/WireEvents.ts"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import type { Event } from "../../src/domain/Event.ts"
import type { ReadSettings } from "../../src/domain/Settings.ts"
import type { NewRecord } from "../../src/source/EventWriter.ts"
import { readable } from "../decode/Readable.ts"
import { message, viewers } from "./ScriptedPlatform.ts"

const SETTINGS: ReadSettings = {
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "record",
  maxEventBytes: 1_048_576
}

const decoded = ({ kind, timestampMs, value }: NewRecord): Result.Result<Event, unknown> =>
  decodeRecord(kind, { timestampMs, value: Buffer.from(value) }, SETTINGS, Number.POSITIVE_INFINITY)

/** Texts of any code units, halves of surrogate pairs and U+0000 included. */
const Units = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xff_ff }))).check(
  Schema.isMaxLength(60)
)
const textOf = (units: ReadonlyArray<number>): string => String.fromCharCode(...units)
const storable = (text: string): string => text.replaceAll("\0", "\uFFFD").toWellFormed()

const Time = Schema.Int.check(Schema.isBetween({ minimum: 946_684_800_000, maximum: 4_102_444_799_999 }))

describe("the events of the collector", () => {
  it.prop(
    "are read by the worker as the platform gave them, whatever is written in chat",
    [
      Units,
      Schema.Array(Units).check(Schema.isMaxLength(5)),
      Time,
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
    ],
    ([units, names, timeMs, bits]) => {
      const text = textOf(units)
      const emotes = names.map(textOf)
      const record = toRecord(message({ stream: "one_2", user: "ann", text, emotes, timeMs, bits }), timeMs)
      const result = decoded(record)
      if (Result.isFailure(result)) return assert.fail(JSON.stringify(result.failure))
      const event = readable(result.success)
      if (event._tag !== "chat") return assert.fail("no chat event")
      assert.deepStrictEqual(
        [event.stream, event.user, event.timeMs, event.text, event.emotes],
        ["one_2", "ann", timeMs, storable(text), emotes.map(storable)]
      )
    },
    { arbitrary: { runs: 300 } }
  )

  it("are read as samples of viewers", () => {
    const result = decoded(toRecord(viewers({ viewers: 1234 }), 1_700_000_000_000))
    const event = Result.isSuccess(result) ? readable(result.success) : undefined
    assert.deepStrictEqual(event?._tag === "viewer" ? event.viewers : undefined, 1234)
  })
})
