import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { InputKind } from "../../../src/domain/Task.ts"
import { EventLog } from "../../../src/source/EventLog.ts"
import { eveningOf } from "../../../src/source/simulator/Evening.ts"
import { type SimulatedRecord, Simulator } from "../../../src/source/simulator/Simulator.ts"
import * as SimulatorLog from "../../../src/source/simulator/SimulatorLog.ts"
import type { Truth } from "../../../src/source/simulator/Truth.ts"
import { events, type Read } from "./Read.ts"

const MINUTE = 60_000
const HOUR = 3_600_000
const NOW = Date.UTC(2026, 8, 1, 20, 15)
/** Pauses that are longer than this end a broadcast, by default. */
const SESSION_GAP = 10 * MINUTE

const options = eveningOf(7, NOW)
const simulator = new Simulator(options)
const ORIGIN = simulator.options.originMs
const { past } = simulator.options

/** All records of a partition until now. */
const log = (kind: InputKind, partition: number, of = simulator): ReadonlyArray<SimulatedRecord> =>
  Array.from({ length: simulator.endOffsetAt(kind, partition, NOW) }, (_, offset) =>
    of.recordAt(kind, partition, BigInt(offset))
  )
const chat = log("chat", 0)
const viewer = log("viewer", 0)
const read = { chat: events(chat), viewer: events(viewer) }
const truths = simulator.truth(NOW - 2 * 24 * HOUR, NOW).filter(({ stream }) => simulator.streams(0).includes(stream))
const isPunctual = ({ record, timeMs }: Read): boolean =>
  timeMs <= record.timestampMs && record.timestampMs - timeMs <= 8000

describe("a log with a past", () => {
  it("begins with its hours, then follows the origin, and log times never descend", () => {
    for (const records of [chat, viewer]) {
      for (const [index, { offset, timestampMs }] of records.entries()) {
        assert.strictEqual(offset, BigInt(index))
        assert.isAtLeast(timestampMs, records[index - 1]?.timestampMs ?? 0)
        assert.isTrue(
          timestampMs >= ORIGIN || past.some(({ endMs, startMs }) => timestampMs >= startMs && timestampMs < endMs)
        )
      }
      for (const { endMs, startMs } of past) {
        assert.isAbove(records.filter(({ timestampMs: ms }) => ms >= startMs && ms < endMs).length, 2000)
      }
      assert.strictEqual(records.find(({ timestampMs }) => timestampMs >= ORIGIN)?.timestampMs, ORIGIN)
    }
  })

  it("gives the same record from any offset, in another simulator", () => {
    const other = new Simulator(options)
    for (const from of [100_000, 7, 0, 50_001, chat.length - 600]) {
      const again = chat.slice(from, from + 500).map(({ offset }) => other.recordAt("chat", 0, offset))
      assert.deepStrictEqual(again, chat.slice(from, from + 500))
    }
  })

  it("is as long as its records are old", () => {
    for (const [kind, records] of [
      ["chat", chat],
      ["viewer", viewer]
    ] as const) {
      for (let ms = NOW - 27 * HOUR; ms <= NOW; ms += 7 * MINUTE + 333) {
        assert.strictEqual(
          simulator.endOffsetAt(kind, 0, ms),
          records.filter(({ timestampMs }) => timestampMs <= ms).length
        )
      }
    }
  })

  it("has no event of the future: hours ahead of yesterday are still before now", () => {
    for (const { record, timeMs } of [...read.chat, ...read.viewer]) {
      if (record.timestampMs < ORIGIN) assert.isAtMost(timeMs, record.timestampMs)
    }
  })

  it("each broadcast of the past begins and ends as the truth has it, with a pause before the next", () => {
    const streams = new Set(truths.filter(({ startMs }) => startMs < ORIGIN - HOUR).map(({ stream }) => stream))
    assert.isAtLeast(streams.size, 6)
    for (const stream of streams) {
      const starts = truths.filter((truth) => truth.stream === stream && truth.kind === "online")
      const ends = truths.filter((truth) => truth.stream === stream && truth.kind === "offline")
      const sessions = past.map((hours) => {
        const isIn = ({ startMs }: Truth) => startMs >= hours.startMs && startMs < hours.endMs
        const [start, end] = [starts.find(isIn), ends.find(isIn)]
        assert(start !== undefined && end !== undefined)
        return { fromMs: start.startMs, toMs: end.endMs }
      })
      sessions.forEach(({ fromMs, toMs }, index) => {
        assert.isAtLeast(toMs - fromMs, 40 * MINUTE)
        assert.isAbove((sessions[index + 1]?.fromMs ?? ORIGIN) - toMs, SESSION_GAP)
      })
      for (const kind of ["chat", "viewer"] as const) {
        const own = read[kind].filter((event) => event.stream === stream && isPunctual(event))
        const times = own.map(({ timeMs }) => timeMs).filter((ms) => ms < ORIGIN - MINUTE)
        for (const ms of times) {
          assert.isTrue(
            sessions.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs),
            stream
          )
        }
        for (const { fromMs, toMs } of sessions) {
          const during = times.filter((ms) => ms >= fromMs && ms < toMs).toSorted((a, b) => a - b)
          for (const [index, ms] of during.entries()) {
            assert.isBelow(ms - (during[index - 1] ?? fromMs), 5 * MINUTE, stream)
          }
        }
      }
    }
  })

  it("bursts of the past are in its chat", () => {
    const bursts = truths.filter(({ kind, startMs }) => startMs < ORIGIN && ["hype", "emote", "talk"].includes(kind))
    assert.isAtLeast(bursts.length, 3)
    for (const { endMs, startMs, stream } of bursts) {
      const rate = (fromMs: number, toMs: number): number =>
        read.chat.filter((event) => event.stream === stream && event.timeMs >= fromMs && event.timeMs < toMs).length /
        (toMs - fromMs)
      assert.isAbove(rate(startMs, endMs), 1.5 * rate(startMs - 3 * MINUTE, startMs), stream)
    }
  })

  it.effect("is read from its first record, and from the end under latest", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const task = {
        sourcePartition: 0,
        inputs: [
          { kind: "chat", topic: "c", partition: 0 },
          { kind: "viewer", topic: "v", partition: 0 }
        ]
      } as const
      const startOf = (startingOffsets: "earliest" | "latest") =>
        Effect.flatMap(EventLog, (log) => log.startOffsets(task)).pipe(
          Effect.provide(
            SimulatorLog.layer({
              simulator: options,
              topics: { chat: "c", viewer: "v" },
              taskScope: "partition",
              startingOffsets
            })
          )
        )
      assert.deepStrictEqual(yield* startOf("earliest"), [0n, 0n])
      assert.deepStrictEqual((yield* startOf("latest")).map(Number), [chat.length, viewer.length])
    })
  )

  it.each([
    ["too short", [{ startMs: ORIGIN - HOUR, endMs: ORIGIN - HOUR + MINUTE }]],
    ["after the origin", [{ startMs: ORIGIN - HOUR, endMs: ORIGIN + 1000 }]],
    ["in no whole seconds", [{ startMs: ORIGIN - 2 * HOUR - 1, endMs: ORIGIN - HOUR }]],
    [
      "that overlap",
      [
        { startMs: ORIGIN - 3 * HOUR, endMs: ORIGIN - HOUR },
        { startMs: ORIGIN - 2 * HOUR, endMs: ORIGIN }
      ]
    ]
  ])("refuses hours %s", (_, hours) => {
    assert.throws(() => new Simulator({ originMs: ORIGIN, past: hours }), RangeError, "Simulator option past is")
  })
})
