import { assert, describe, it } from "@effect/vitest"
import type { InputKind } from "../../../src/domain/Task.ts"
import { type SimulatedRecord, Simulator } from "../../../src/source/simulator/Simulator.ts"
import { defaultOptions, type SimulatorOptions } from "../../../src/source/simulator/SimulatorOptions.ts"
import {
  CONNECTORS,
  EMOTES,
  NEGATIVE,
  NEUTRAL,
  OBJECTS,
  OPENERS,
  POSITIVE,
  RAID,
  SUBJECTS,
  TAILS,
  VERBS
} from "../../../src/source/simulator/Vocabulary.ts"
import { ASIDES, COMPLAINTS, PASTES, REACTIONS } from "../../../src/source/simulator/VividVocabulary.ts"
import { events, records } from "./Read.ts"
import { countOf, NEGATIVE_WORDS, POSITIVE_WORDS } from "./Words.ts"

const HOUR = 3_600_000
const DAWN = Date.UTC(2026, 4, 5, 3)

const text = (record: SimulatedRecord): string => (record.value === null ? "-" : Buffer.from(record.value).toString())

describe("Simulator", () => {
  it("gives the same record whatever was read before, backwards, and in another simulator", () => {
    const one = new Simulator({})
    const kinds: ReadonlyArray<InputKind> = ["chat", "viewer"]
    const places = kinds.flatMap((kind) =>
      [0, 1, 2].flatMap((partition) =>
        // Neighbours, and offsets that share their place in every cache.
        [0, 1, 2, 1600, 3200, 99_999, 1_000_000_007, 2 ** 33, 2 ** 33 + 1].map(
          (offset) => [kind, partition, BigInt(offset)] as const
        )
      )
    )
    const forwards = places.map((place) => one.recordAt(...place))
    const backwards = places.toReversed().map((place) => one.recordAt(...place))
    const elsewhere = places.map((place) => new Simulator({}).recordAt(...place))
    assert.deepStrictEqual(backwards.toReversed(), forwards)
    assert.deepStrictEqual(elsewhere, forwards)
    assert.notDeepEqual(
      forwards.map(text),
      places.map((place) => text(new Simulator({ seed: 2 }).recordAt(...place)))
    )
    assert.strictEqual(new Set(forwards.map(text)).size, forwards.length)
  })

  it("a stretch can be read again from any of its offsets", () => {
    const whole = records(new Simulator({}), "chat", 1, DAWN, DAWN + 60_000)
    for (const from of [1, 17, 2500, 5999]) {
      const simulator = new Simulator({})
      const again = whole.slice(from, from + 500).map(({ offset }) => simulator.recordAt("chat", 1, offset))
      assert.deepStrictEqual(again, whole.slice(from, from + 500))
    }
  })

  it("is what it was: another record at an old offset would make a checkpoint lie", () => {
    const simulator = new Simulator({})
    const shown = [
      simulator.recordAt("chat", 0, 1_000_000_000n),
      simulator.recordAt("chat", 1, 1_000_012_346n),
      simulator.recordAt("viewer", 2, 100_024_690n)
    ]
    assert.deepStrictEqual(shown.map(text), [
      `{"type":"chat","stream_id":null,"channel":"goldenhawk","message_id":"chat-0-1000000000","username":"midnightnomad4468","message":"the timer is wrong","timestamp":"2026-04-26T17:46:38.747Z","emotes":[]}`,
      `{"type":"chat","stream_id":null,"channel":"jadepebble","message_id":"chat-1-1000012346","username":"jadelemur8","message":"5Head","timestamp":"2026-04-26T17:48:39.207Z","emotes":["5Head"]}`,
      `{"type":"viewer","event_id":"viewer-2-100024690","stream_id":"gildedgecko","timestamp":"2026-04-26T18:27:48.619Z","viewer_count":4168}`
    ])
  })

  it("log times follow the pace, and the key is the stream", () => {
    const all = records(new Simulator({}), "chat", 0, DAWN, DAWN + 10_000)
    assert.strictEqual(all.length, 1000)
    all.forEach((record, i) => assert.strictEqual(record.timestampMs, DAWN + i * 10))
    for (const event of events(all)) assert.strictEqual(event.record.key, event.stream)
  })

  it("each partition owns its channels, the same in both topics", () => {
    const simulator = new Simulator({})
    const owned = [0, 1, 2].map((partition) => simulator.streams(partition))
    assert.strictEqual(new Set(owned.flat()).size, 3 * defaultOptions.channelsPerPartition)
    for (const kind of ["chat", "viewer"] as const) {
      for (const partition of [0, 1, 2]) {
        const seen = new Set(records(simulator, kind, partition, DAWN, DAWN + 60_000).map(({ key }) => key))
        assert.isAbove(seen.size, defaultOptions.channelsPerPartition / 3)
        for (const stream of seen) assert.include(owned[partition] ?? [], stream)
      }
    }
  })

  it("a hundred thousand channels have distinct names", () => {
    const simulator = new Simulator({ partitions: 2, channelsPerPartition: 50_000 })
    assert.strictEqual(new Set([0, 1].flatMap((partition) => simulator.streams(partition))).size, 100_000)
  })

  it.each(["chat", "viewer"] as const)("%s: late, malformed and far-future records have their shares", (kind) => {
    const shares = { lateShare: 0.02, malformedShare: 0.03, futureShare: 0.01 }
    const simulator = new Simulator({ ...shares, perSecond: { chat: 100, viewer: 100 } })
    const all = [0, 1, 2].flatMap((partition) => records(simulator, kind, partition, DAWN, DAWN + 100_000))
    const read = events(all)
    const delays = read.map(({ record, timeMs }) => record.timestampMs - timeMs)
    const malformed = all.length - read.length
    const future = delays.filter((delay) => delay < 0)
    const late = delays.filter((delay) => delay > 8000)
    const slow = delays.filter((delay) => delay >= 2000 && delay <= 8000)
    // One damage in nine is an event to this trusting reader's eye, at most.
    assert.isAbove(malformed, 750)
    assert.isBelow(malformed, 1000)
    assert.isAbove(future.length, 230)
    assert.isBelow(future.length, 370)
    assert.isAbove(late.length, 480)
    assert.isBelow(late.length, 700)
    assert.isAbove(slow.length / all.length, 0.05)
    assert.isBelow(slow.length / all.length, 0.08)
    assert(late.every((delay) => delay >= 18_000 && delay <= 128_000))
    assert(future.every((delay) => delay <= -HOUR + 128_000 && delay >= -12 * HOUR))
    assert(all.some(({ value }) => value === null))
    assert(all.some(({ value }) => value?.length === 0))
  })

  it("shares of 0 leave nothing but punctual events", () => {
    const simulator = new Simulator({ lateShare: 0, malformedShare: 0, futureShare: 0 })
    for (const kind of ["chat", "viewer"] as const) {
      const all = records(simulator, kind, 0, DAWN, DAWN + 60_000)
      const read = events(all)
      assert.strictEqual(read.length, all.length)
      for (const { record, timeMs } of read) {
        assert.isAtMost(timeMs, record.timestampMs)
        assert.isAtLeast(timeMs, record.timestampMs - 8000)
      }
    }
  })

  it("spells events in every way of the field", () => {
    const simulator = new Simulator({})
    const chat = records(simulator, "chat", 0, DAWN, DAWN + 60_000)
      .map(text)
      .join("\n")
    const viewer = records(simulator, "viewer", 0, DAWN, DAWN + 60_000)
      .map(text)
      .join("\n")
    for (const name of ["stream_id", "channel", "user_id", "username", "event_id", "message_id"]) {
      assert.include(chat, `"${name}":"`)
    }
    assert.match(
      [0, 1, 2]
        .map((p) =>
          records(simulator, "chat", p, DAWN, DAWN + 60_000)
            .map(text)
            .join()
        )
        .join(),
      /"user_id":\d/
    )
    for (const all of [chat, viewer]) {
      assert.match(all, /"timestamp":"2026-05-05T0\d:\d\d:\d\d\.\d{3}Z"/)
      assert.match(all, /"timestamp":"2026-05-05T05:\d\d:\d\d\.\d{3}\+02:00"/)
      assert.match(all, /"timestamp":"2026-05-0[45]T23:\d\d:\d\d\.\d{3}-03:30"/)
      assert.match(all, /"timestamp":"2026-05-05 0\d:\d\d:\d\d\.\d{3}"/)
      assert.match(all, /"timestamp":"2026-05-05T0\d:\d\d:\d\d\.\d{6}Z"/)
      assert.match(all, /"timestamp":177\d{10}[,}]/)
    }
    for (const none of ['"emotes":[]', '"emotes":null', '"emotes":["']) assert.include(chat, none)
  })

  it("people return, and some are seen in several channels", () => {
    const read = events(records(new Simulator({}), "chat", 0, DAWN, DAWN + HOUR / 12))
    const channelsOf = new Map<string, Set<string>>()
    for (const { user, stream } of read) channelsOf.set(user, (channelsOf.get(user) ?? new Set()).add(stream))
    assert.isAbove(read.length / channelsOf.size, 1.5)
    assert.isAbove(channelsOf.size, 3000)
    assert.isAbove([...channelsOf.values()].filter((streams) => streams.size > 1).length, 300)
  })

  it("phrases have the tone of their list", () => {
    for (const phrase of [
      ...NEUTRAL,
      ...OPENERS,
      ...TAILS,
      ...RAID,
      ...ASIDES,
      ...REACTIONS,
      ...PASTES,
      ...SUBJECTS,
      ...VERBS,
      ...OBJECTS,
      ...CONNECTORS
    ]) {
      assert.strictEqual(countOf(phrase, POSITIVE_WORDS) + countOf(phrase, NEGATIVE_WORDS), 0, phrase)
    }
    for (const phrase of POSITIVE) {
      assert.isAbove(countOf(phrase, POSITIVE_WORDS), 0, phrase)
      assert.strictEqual(countOf(phrase, NEGATIVE_WORDS), 0, phrase)
    }
    for (const phrase of [...NEGATIVE, ...COMPLAINTS]) {
      assert.isAbove(countOf(phrase, NEGATIVE_WORDS), 0, phrase)
      assert.strictEqual(countOf(phrase, POSITIVE_WORDS), 0, phrase)
    }
    assert.strictEqual(new Set(EMOTES).size, EMOTES.length)
  })

  it.each<[string, Partial<SimulatorOptions>]>([
    ["partitions", { partitions: 0 }],
    ["channelsPerPartition", { channelsPerPartition: 1.5 }],
    ["perSecond.chat", { perSecond: { chat: 0, viewer: 1 } }],
    ["perSecond.viewer", { perSecond: { chat: 1, viewer: 0.5 } }],
    ["momentEveryMs", { momentEveryMs: 60_000 }],
    ["originMs", { originMs: 1 }],
    ["lateShare", { lateShare: 1.1 }],
    ["malformedShare", { malformedShare: -0.1 }],
    ["futureShare", { futureShare: Number.NaN }],
    ["seed", { seed: 0.5 }]
  ])("refuses %s out of bounds", (name, options) => {
    assert.throws(() => new Simulator(options), RangeError, `Simulator option ${name} is`)
  })

  it("a single channel has a partition to itself", () => {
    const simulator = new Simulator({ channelsPerPartition: 1 })
    const [stream] = simulator.streams(0)
    for (const kind of ["chat", "viewer"] as const) {
      for (const { key } of records(simulator, kind, 0, DAWN, DAWN + 60_000)) assert.strictEqual(key, stream)
    }
    assert.deepStrictEqual(
      simulator.truth(DAWN, DAWN + HOUR).filter(({ stream: s }) => s === simulator.streams(0)[0]),
      []
    )
  })
})
