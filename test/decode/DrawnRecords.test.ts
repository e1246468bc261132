/** Records in every shape, each through the decoder of one record and through the oracle. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import type { ReadSettings } from "../../src/domain/Settings.ts"
import { bytesOf } from "../fuzz/decode/Bytes.ts"
import { mapsOf } from "../fuzz/decode/Mapped.ts"
import { object } from "../fuzz/decode/Objects.ts"
import { tasteOf } from "../fuzz/decode/Taste.ts"
import { Random } from "../harness/Random.ts"
import { decode as decodeByOracle } from "../oracle/Decode.ts"
import { EMOTES_PER_EVENT } from "../oracle/Panes.ts"
import { readable } from "./Readable.ts"

const SETTINGS: ReadSettings = {
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "clock",
  maxEventBytes: 1_048_576
}

const T0 = Date.UTC(2026, 0, 1)
const RECORDS = 40
const KINDS = ["chat", "chat", "viewer"] as const

const seed = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 })))

describe("a record of any shape", () => {
  const counts = { events: 0, mapped: 0, atPointers: 0 }

  it.prop(
    "is what the oracle reads: mapped, wrapped, in any form of time",
    [seed],
    ([drawn]) => {
      const random = new Random(drawn)
      const taste = tasteOf(random)
      const fields = random.chance(0.7) ? mapsOf(random) : {}
      const settings = { ...SETTINGS, fields }
      for (let record = 0; record < RECORDS; record++) {
        const kind = random.pick(KINDS)
        const value = bytesOf(object(kind, random, taste, T0 + random.between(0, 1e6), fields[kind]))
        const found = decodeRecord(kind, { timestampMs: -1, value }, settings, Number.POSITIVE_INFINITY)
        const expected = decodeByOracle(kind, value, settings.maxEventBytes, fields)
        const text = `${Buffer.from(value).toString()} under ${JSON.stringify(fields[kind])}`
        if (expected.kind === "dead") {
          const { kind: _kind, ...rejection } = expected
          assert.deepStrictEqual(Result.isFailure(found) ? { ...found.failure } : found, rejection, text)
          if (expected.path?.startsWith("/") === true) counts.atPointers++
          continue
        }
        if (Result.isFailure(found)) assert.fail(`${found.failure.reason} ${found.failure.path}: ${text}`)
        const { kind: _tag, ...event } = expected
        const emotes = "emotes" in event ? { emotes: event.emotes.slice(0, EMOTES_PER_EVENT) } : {}
        assert.deepInclude<object>(readable(found.success), { _tag, ...event, ...emotes }, text)
        counts.events++
        if (fields[kind] !== undefined) counts.mapped++
      }
    },
    { arbitrary: { runs: 150, seed: 21 } }
  )

  it("is an event often enough, and dead at pointers", () => {
    for (const [name, count] of Object.entries(counts)) assert.isAbove(count, 300, name)
  })
})
