import { assert, describe, it } from "@effect/vitest"
import { DayClock } from "../../../src/replay/formats/DayClock.ts"
import { spoken } from "./Convert.ts"
import { timedLine } from "../../../src/replay/formats/LogTime.ts"

const DAY = Date.UTC(2026, 2, 14)
const at = (days: DayClock, line: string): string | undefined => {
  const timed = timedLine(line, false)
  const timeMs = timed === undefined ? undefined : days.at(timed.time)
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString().slice(0, 19)
}

const clock = (timeMs = DAY, zoneMs = 0) => new DayClock({ stream: undefined, start: { timeMs, zoneMs } })

describe("a log with times of day", () => {
  it.each([
    ["passes midnight", ["23:59:59", "00:00:01"], ["14T23:59:59", "15T00:00:01"]],
    ["passes two midnights", ["23:00", "01:00", "22:00", "00:30"], ["14T23:00", "15T01:00", "15T22:00", "16T00:30"]],
    ["is quiet for the night", ["23:00", "13:00"], ["14T23:00", "15T13:00"]],
    [
      "has a line of the day before after midnight",
      ["23:59:59", "00:00:01", "23:59:58", "00:00:02"],
      ["14T23:59:59", "15T00:00:01", "14T23:59:58", "15T00:00:02"]
    ],
    ["has clocks that go back by an hour", ["02:59:59", "02:00:00"], ["14T02:59:59", "14T02:00:00"]],
    ["has lines out of order", ["12:00:05", "12:00:03"], ["14T12:00:05", "14T12:00:03"]]
  ])("%s", (_, lines, expected) => {
    const days = clock()
    assert.deepStrictEqual(
      lines.map((line) => at(days, `[${line}] `)?.slice(8)),
      expected.map((time) => (time.length === 8 ? `${time}:00` : time))
    )
  })

  it("has the day of --start, in the zone of --start", () => {
    assert.strictEqual(at(clock(Date.UTC(2026, 2, 14, 18, 30)), "[20:00:00] "), "2026-03-14T20:00:00")
    // Midnight in the zone two hours east of UTC.
    assert.strictEqual(at(clock(DAY - 2 * 3_600_000, 2 * 3_600_000), "[20:00:00] "), "2026-03-14T18:00:00")
  })

  it.each([
    ["# Start logging at 2026-03-14 23:59:50 UTC", "[00:00:05] ada: hi"],
    ["--- Log opened Sat Mar 14 23:59:50 2026", "00:00 <ada> hi"],
    ["Session Start: Sat Mar 14 23:59:50 2026", "[00:00:05] <ada> hi"]
  ])("passes midnight between its header and the first message: %s", (header, line) => {
    const [first] = spoken(`${header}\n${line}\n${line}\n`)
    assert.match(first ?? "", /^2026-03-15T00:00:0/)
  })

  it("keeps the day of its header if the first message is later, or a little earlier", () => {
    const log = "# Start logging at 2026-03-14 00:30:00 UTC\n[00:29:58] ada: hi\n[23:50:00] ada: late\n"
    assert.deepStrictEqual(spoken(log), ["2026-03-14T00:29:58 given ada: hi", "2026-03-14T23:50:00 given ada: late"])
  })

  it("has a February 29 without a year, whatever the year of --start", () => {
    const days = clock(Date.UTC(2026, 2, 14))
    assert.strictEqual(at(days, "Feb 29 12:00:00 <ada> hi"), "2028-02-29T12:00:00")
  })

  it("needs a day", () => {
    const days = new DayClock({ stream: undefined, start: undefined })
    assert.isUndefined(at(days, "[20:00:00] "))
    days.day(DAY)
    assert.strictEqual(at(days, "[20:00:00] "), "2026-03-14T20:00:00")
  })

  it("reads a time with a zone as it is, whatever the zone of --start", () => {
    const days = clock(DAY, 3_600_000)
    assert.strictEqual(at(days, "[2026-03-14 20:00:00 UTC] "), "2026-03-14T20:00:00")
    assert.strictEqual(at(days, "[2026-03-14T20:00:00+02:00] "), "2026-03-14T18:00:00")
    assert.strictEqual(at(days, "[2026-03-14 20:00:00] "), "2026-03-14T19:00:00")
  })
})

it.each([
  "[24:00:00] a",
  "[12:60:00] a",
  "[2026-02-30 12:00:00] a",
  "[2026-13-01 12:00:00] a",
  "[1:2] a",
  "Foo 01 12:00:00 <a> b",
  "Feb 30 12:00:00 <a> b",
  "Jan 00 12:00:00 <a> b"
])("%s has no time", (line) => assert.isUndefined(timedLine(line, false)))
