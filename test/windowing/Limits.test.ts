/** Valid events that would exhaust a worker if nothing were cut. */
import { assert, describe, it } from "@effect/vitest"
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import { STATE_LIMITS, type StateLimits } from "../../src/domain/Limits.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { Stages } from "../pipeline/Stages.ts"
import { compareRows } from "../oracle/Compare.ts"
import { recount } from "../oracle/Recount.ts"
import { INPUTS, oracleSettings, settingsOf, startOf } from "../pipeline/Script.ts"

const MIB = 1_048_576
const AT_MS = Date.UTC(2026, 0, 1)

const worldOf = (limits: StateLimits) => {
  const settings = settingsOf(0, 0, true, limits)
  return { settings: { ...settings, topEmotes: 10, read: { ...settings.read, maxEventBytes: MIB } }, inputs: INPUTS }
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const chat = (fields: object): Uint8Array =>
  encode({ stream_id: "s", timestamp: AT_MS, user_id: "u", message: "", emotes: [], ...fields })

/** Feeds chat one record at a time, so that none has to stay; then ends. */
const play = (values: Iterable<Uint8Array>, limits: StateLimits = STATE_LIMITS) => {
  const task = new Stages(startOf(worldOf(limits)))
  const flushes: Array<Flush> = []
  let offset = 0n
  for (const value of values) {
    const records = RecordsBuilder.of([{ offset, timestampMs: -1, value }])
    offset++
    flushes.push(
      ...task.step({
        _tag: "Batch",
        batch: { input: 0, records, nextOffset: offset },
        clockMs: Number.POSITIVE_INFINITY
      })
    )
  }
  flushes.push(...task.step({ _tag: "EndOfInput" }))
  const sum = (name: "records" | "events" | "cutEvents" | "cutEmotes" | "cutChatters" | "deadLetters") =>
    flushes.reduce((total, { status }) => total + status[name], 0)
  return {
    rows: flushes.flatMap(({ rows }) => rows),
    deadLetters: flushes.flatMap(({ deadLetters }) => deadLetters),
    events: sum("events"),
    cutEvents: sum("cutEvents"),
    cutEmotes: sum("cutEmotes"),
    cutChatters: sum("cutChatters")
  }
}

const expectOracle = (values: ReadonlyArray<Uint8Array>, limits: StateLimits): ReturnType<typeof play> => {
  const played = play(values, limits)
  const records = values.map((value, index): LogRecord => ({ offset: BigInt(index), timestampMs: -1, value }))
  const input = {
    kind: "chat" as const,
    topic: "chat",
    partition: 0,
    taskWatermarks: [],
    deadByClock: new Set<bigint>()
  }
  const expected = recount([{ ...input, records, gaps: [] }], oracleSettings(worldOf(limits).settings))
  assert.deepStrictEqual(compareRows(expected.rows, played.rows), [])
  const { cutChatters, cutEmotes, cutEvents } = expected.counts
  assert.deepInclude(played, { cutChatters, cutEmotes, cutEvents })
  return played
}

function* repeat(times: number, value: (n: number) => Uint8Array): Generator<Uint8Array> {
  for (let n = 0; n < times; n++) yield value(n)
}

describe("the limits of an event and a pane", () => {
  it("keep 129 events of 1 MiB full of distinct emotes within what a Map holds", { timeout: 240_000 }, () => {
    const perEvent = 130_000
    const values = repeat(129, (n) =>
      chat({ emotes: Array.from({ length: perEvent }, (_, e) => (n * perEvent + e).toString(36).padStart(5, "0")) })
    )
    const { cutEmotes, rows } = play(values)
    assert.strictEqual(cutEmotes, 129 * (perEvent - 256))
    assert.strictEqual(rows[0]?.chatCount, 129)
  })

  it("bound what distinct emotes hold, by stream and by pane", () => {
    const limits = { ...STATE_LIMITS, emoteCost: 0, leastPaneCost: 4 * 70 * 100 }
    // 20 events of the first stream come before those of five others.
    const values = [
      ...repeat(60, (n) =>
        chat({
          stream_id: `s${n < 20 ? 0 : 1 + (n % 5)}`,
          emotes: Array.from({ length: 50 }, (_, e) => `${n * 50 + e}`.padStart(6, "e"))
        })
      )
    ]
    const { cutEmotes } = expectOracle(values, limits)
    // 100 of each stream, 400 of all.
    assert.strictEqual(cutEmotes, 60 * 50 - 400)
  })

  it("bound what distinct chatters hold, and still count their messages", () => {
    const limits = { ...STATE_LIMITS, chatterCost: 0, leastPaneCost: 4 * 70 * 100 }
    const values = [...repeat(1000, (n) => chat({ stream_id: `s${n % 6}`, user_id: `${n}`.padStart(6, "u") }))]
    const { cutChatters, events, rows } = expectOracle(values, limits)
    assert.strictEqual(cutChatters, 600)
    assert.strictEqual(events, 1000)
    assert.strictEqual(
      rows.reduce((sum, row) => sum + row.uniqueChatters, 0),
      400 * 6
    )
    assert.strictEqual(
      rows.reduce((sum, row) => sum + row.chatCount, 0),
      1000 * 6
    )
  })

  it("bound what one chatter holds who goes back and forth between two panes", () => {
    const limits = { ...STATE_LIMITS, chatterCost: 0, leastPaneCost: 4 * 65 * 100 }
    const values = [...repeat(1000, (n) => chat({ timestamp: AT_MS + (n % 2) * 10_000 }))]
    // The user is paid for once in the newer pane, and each time in the older one.
    assert.strictEqual(expectOracle(values, limits).cutChatters, 500 - 100)
  })

  it("bound the streams of a pane, and cut the events of others", () => {
    const limits = { ...STATE_LIMITS, streamsPerPane: 10 }
    const values = [...repeat(100, (n) => chat({ stream_id: `s${n % 25}` }))]
    const { cutEvents, rows } = expectOracle(values, limits)
    assert.strictEqual(cutEvents, 60)
    assert.strictEqual(new Set(rows.map(({ stream }) => stream)).size, 10)
  })

  it("bound the text of a row's emotes", () => {
    const emotes = Array.from({ length: 10 }, (_, e) => `${e}${"\u{1F600}".repeat(254)}`)
    const { rows } = expectOracle([chat({ emotes })], { ...STATE_LIMITS })
    // 1,017 bytes each
    assert.deepStrictEqual(rows[0]?.topEmotes, emotes.slice(0, 4))
    assert.deepStrictEqual(rows[0]?.emoteCounts, [1, 1, 1, 1])
  })

  it("make dead letters of names that are longer than a stream's may be", () => {
    const long = "\u{1F600}".repeat(255)
    const { deadLetters, events } = play([
      chat({ user_id: long, emotes: ["", long] }),
      chat({ user_id: `${long}x` }),
      chat({ user_id: undefined, username: "x".repeat(256) }),
      chat({ emotes: ["", `${long}x`] }),
      chat({ emotes: ["x".repeat(256)] })
    ])
    assert.strictEqual(events, 1)
    assert.deepStrictEqual(
      deadLetters.map(({ path, reason }) => `${reason} ${path}`),
      ["invalid-event user_id", "invalid-event username", "invalid-event emotes[1]", "invalid-event emotes[0]"]
    )
  })
})
