import { assert, describe, it } from "@effect/vitest"
import { bytes, count, counted, decimal, signed } from "../../dashboard/format/Numbers.ts"
import { MOMENT_TYPES, momentDirection, momentLabel } from "../../dashboard/format/Labels.ts"
import { FALLS, MomentType, RISES, TURNS } from "../../src/domain/Moment.ts"
import { ago, duration, makeTimes, utc } from "../../dashboard/format/Times.ts"

const EVENING = Date.UTC(2026, 0, 31, 18, 3, 20)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe("times", () => {
  const times = makeTimes("Asia/Kolkata")

  it("are the viewer's", () => {
    assert.strictEqual(times.clock(EVENING), "23:33:20")
    assert.strictEqual(times.minute(EVENING), "23:33")
    assert.strictEqual(utc(EVENING), "2026-01-31 18:03:20 UTC")
  })

  it("name the day of the viewer's zone where it is another one", () => {
    assert.strictEqual(times.near(EVENING, EVENING + 20 * MINUTE), "23:33:20")
    assert.strictEqual(times.near(EVENING, EVENING + 30 * MINUTE), "31 Jan 23:33:20")
    assert.strictEqual(times.near(EVENING, EVENING - 365 * DAY), "31 Jan 23:33:20")
  })

  it("count midnight as the hour 0", () => {
    assert.strictEqual(makeTimes("UTC").clock(Date.UTC(2026, 0, 31)), "00:00:00")
  })

  it.each([
    [0, "0 s"],
    [999, "0 s"],
    [40_000, "40 s"],
    [2 * MINUTE, "2 min"],
    [2 * HOUR + 5 * MINUTE + 1000, "2 h 5 min"],
    [2 * HOUR + 1000, "2 h"],
    [9 * DAY + HOUR, "9 d 1 h"]
  ])("a duration of %d ms is %s", (ms, text) => assert.strictEqual(duration(ms), text))

  it.each([
    [-5000, "now"],
    [999, "now"],
    [1000, "1 s ago"],
    [59_999, "59 s ago"],
    [MINUTE, "1 min ago"],
    [25 * HOUR, "1 d ago"]
  ])("%d ms are %s", (ms, text) => assert.strictEqual(ago(EVENING, EVENING + ms), text))
})

describe("numbers", () => {
  it("are distinct from none", () => {
    assert.strictEqual(count(0), "0")
    assert.strictEqual(count(null), "–")
    assert.strictEqual(decimal(null, 1), "–")
    assert.strictEqual(signed(null, 1), "–")
  })

  it("carry a sign that is wide enough, zero none", () => {
    assert.strictEqual(signed(3.14, 1), "+3.1")
    assert.strictEqual(signed(-3.14, 1), "−3.1")
    assert.strictEqual(signed(-0.04, 1), "0.0")
    assert.strictEqual(signed(0.04, 1), "0.0")
  })

  it("count things", () => {
    assert.strictEqual(counted(1, "window"), "1 window")
    assert.strictEqual(counted(12_345, "window"), "12,345 windows")
    assert.strictEqual(bytes(812), "812 B")
    assert.strictEqual(bytes(8192), "8.0 KiB")
    assert.strictEqual(bytes(1_258_291), "1.2 MiB")
  })
})

describe("moments", () => {
  it("have names, those of an earlier job their own", () => {
    assert.strictEqual(momentLabel("chat_spike"), "Chat spike")
    assert.strictEqual(momentLabel("raid_of_the_day"), "raid of the day")
    assert.strictEqual(momentLabel("toString"), "toString")
  })

  it("rise, fall or turn by the worker's types; those of an earlier job by their name", () => {
    for (const [direction, types] of [
      ["rise", RISES],
      ["fall", FALLS],
      ["turn", TURNS]
    ] as const) {
      for (const type of types) assert.strictEqual(momentDirection(type), direction, type)
    }
    assert.deepStrictEqual(
      MOMENT_TYPES.map(([type]) => type),
      [...MomentType.literals]
    )
    assert.strictEqual(momentDirection("hype_drop"), "fall")
    assert.strictEqual(momentDirection("toString"), "rise")
  })
})
