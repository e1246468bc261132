import { assert, describe, it } from "@effect/vitest"
import type { InputKind } from "../../../src/domain/Task.ts"
import { type SimulatedRecord, Simulator } from "../../../src/source/simulator/Simulator.ts"
import { defaultOptions, type SimulatorOptions } from "../../../src/source/simulator/SimulatorOptions.ts"
import { EMOTES, NEGATIVE, NEUTRAL, OPENERS, POSITIVE, RAID, TAILS } from "../../../src/source/simulator/Vocabulary.ts"

const HOUR = 3_600_000
const DAWN = Date.UTC(2026, 4, 5, 3)

/** The baseline model's lists, as the rules give them. */
const POSITIVE_WORDS = new Set(
  (
    "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy " +
    "excited pog pogchamp kekw"
  ).split(" ")
)
const NEGATIVE_WORDS = new Set(
  (
    "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed " +
    "frustrated"
  ).split(" ")
)
const words = (text: string): ReadonlyArray<string> => text.toLowerCase().split(/\s+/)
const countOf = (text: string, list: ReadonlySet<string>): number => words(text).filter((word) => list.has(word)).length

const records = (
  simulator: Simulator,
  kind: InputKind,
  partition: number,
  fromMs: number,
  toMs: number
): ReadonlyArray<SimulatedRecord> => {
  const { originMs, perSecond } = simulator.pace(kind)
  const first = ((fromMs - originMs) / 1000) * perSecond
  const length = ((toMs - fromMs) / 1000) * perSecond
  return Array.from({ length }, (_, i) => simulator.recordAt(kind, partition, BigInt(first + i)))
}

interface Read {
  readonly record: SimulatedRecord
  readonly stream: string
  readonly timeMs: number
  readonly user: string
  readonly text: string
  readonly emotes: ReadonlyArray<string>
  readonly viewers: number
}

const parseTime = (time: unknown): number => {
  if (typeof time === "number") return time
  const text = String(time)
  return Date.parse(text.includes(" ") ? `${text.replace(" ", "T")}Z` : text)
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** The event of a record as a reader who trusts it would have it; `undefined` where it is no event. */
const parse = (record: SimulatedRecord): Read | undefined => {
  if (record.value === null) return undefined
  let json
  try {
    json = JSON.parse(decoder.decode(record.value))
  } catch {
    return undefined
  }
  const stream = json.stream_id ?? json.channel
  const timeMs = parseTime(json.timestamp)
  const emotes = json.emotes ?? []
  if (typeof stream !== "string" || !(timeMs > 0) || !Array.isArray(emotes)) return undefined
  const user = String(json.user_id ?? json.username ?? "")
  const viewers = json.viewer_count
  if ("message" in json ? user === "" : !(Number.isInteger(viewers) && viewers >= 0)) return undefined
  return { record, stream, timeMs, user, text: String(json.message), emotes, viewers }
}

const events = (all: ReadonlyArray<SimulatedRecord>): ReadonlyArray<Read> =>
  all.map(parse).filter((event) => event !== undefined)

const text = (record: SimulatedRecord): string => (record.value === null ? "-" : Buffer.from(record.value).toString())

describe("Simulator", () => {
  it("gives the same record whatever was read before, backwards, and in another simulator", () => {
    const one = new Simulator({})
    const kinds: ReadonlyArray<InputKind> = ["chat", "viewer"]
    const places = kinds.flatMap((kind) =>
      [0, 1, 2].flatMap((partition) =>
        // neighbours, and offsets that share their place in every cache
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
      `{"type":"chat","event_id":"chat-0-1000000000","stream_id":"olivepebble","user_id":"tinysparrow1309","message":"guys he went up the stairs today Kreygasm","emotes":["Kreygasm"],"timestamp":"2026-04-26T17:46:38.747Z"}`,
      `{"type":"chat","event_id":"chat-1-1000012346","stream_id":"electricsaddle","user_id":"quicklantern18","message":"guys he went up the stairs Pog","emotes":["Pog"],"timestamp":"2026-04-26T17:48:39.207Z"}`,
      `{"type":"viewer","event_id":"viewer-2-100024690","stream_id":"ferallantern","timestamp":"2026-04-26T18:27:48.619Z","viewer_count":1994}`
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
    // one damage in nine is an event to this trusting reader's eye, at most
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

  it("phrases say what their list says", () => {
    for (const phrase of [...NEUTRAL, ...OPENERS, ...TAILS, ...RAID]) {
      assert.strictEqual(countOf(phrase, POSITIVE_WORDS) + countOf(phrase, NEGATIVE_WORDS), 0, phrase)
    }
    for (const phrase of POSITIVE) {
      assert.isAbove(countOf(phrase, POSITIVE_WORDS), 0, phrase)
      assert.strictEqual(countOf(phrase, NEGATIVE_WORDS), 0, phrase)
    }
    for (const phrase of NEGATIVE) {
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

describe("truth", () => {
  const simulator = new Simulator({})
  const truths = simulator.truth(DAWN, DAWN + 2 * HOUR)

  it("is the same for any stretch that holds a moment", () => {
    for (const truth of truths) {
      assert.deepInclude(simulator.truth(truth.startMs, truth.startMs + 1000), truth)
      assert.deepInclude(simulator.truth(truth.endMs - 1000, truth.endMs), truth)
      assert.notDeepInclude(simulator.truth(truth.endMs, truth.endMs + 1000), truth)
      assert.notDeepInclude(simulator.truth(truth.startMs - 1000, truth.startMs), truth)
    }
  })

  it("holds a hype or a raid in any ten minutes of a day, few at once, and every kind", () => {
    const day = simulator.truth(DAWN, DAWN + 24 * HOUR).filter(({ kind }) => kind !== "online" && kind !== "offline")
    for (let ms = DAWN; ms < DAWN + 24 * HOUR - 600_000; ms += 60_000) {
      const near = day.filter(({ kind, startMs }) => startMs >= ms && startMs < ms + 600_000 && /hype|raid/.test(kind))
      assert.isAbove(near.length, 0)
    }
    for (const { startMs } of day) {
      assert.isAtMost(day.filter((other) => other.startMs <= startMs && other.endMs > startMs).length, 3)
    }
    assert.deepStrictEqual([...new Set(day.map(({ kind }) => kind))].toSorted(), ["hype", "mood", "raid", "silence"])
  })

  /** Events of a stream from `fromMs` to `toMs`, by event time and punctual ones only. */
  const of = (kind: InputKind, stream: string, fromMs: number, toMs: number): ReadonlyArray<Read> => {
    const partition = [0, 1, 2].find((p) => simulator.streams(p).includes(stream)) ?? -1
    const from = Math.floor(fromMs / 1000) * 1000
    const around = records(simulator, kind, partition, from, Math.ceil(toMs / 1000) * 1000 + 8000)
    return events(around.filter(({ key }) => key === stream)).filter(
      ({ timeMs, record }) => timeMs >= fromMs && timeMs < toMs && record.timestampMs - timeMs <= 8000
    )
  }
  const perSecond = (stream: string, fromMs: number, toMs: number): number =>
    of("chat", stream, fromMs, toMs).length / ((toMs - fromMs) / 1000)
  const viewers = (stream: string, fromMs: number, toMs: number): number => {
    const samples = of("viewer", stream, fromMs, toMs)
    return samples.reduce((sum, sample) => sum + sample.viewers, 0) / samples.length
  }
  const score = (stream: string, fromMs: number, toMs: number): number => {
    const scores = of("chat", stream, fromMs, toMs).map((event) => {
      const p = countOf(event.text, POSITIVE_WORDS)
      const n = countOf(event.text, NEGATIVE_WORDS)
      return p + n === 0 ? 0 : (p - n) / (p + n)
    })
    return scores.reduce((sum, one) => sum + one, 0) / scores.length
  }
  const each = (wanted: string) => truths.filter(({ kind }) => kind === wanted).slice(0, 5)

  it("a hype is a chat at four times its pace or more", () => {
    assert.isAbove(each("hype").length, 3)
    for (const { stream, startMs, endMs } of each("hype")) {
      const factor = perSecond(stream, startMs, endMs) / perSecond(stream, startMs - 120_000, startMs)
      assert.isAbove(factor, 3)
      assert.isBelow(factor, 11)
    }
  })

  it("a silence is a chat that stops", () => {
    assert.isAbove(each("silence").length, 3)
    for (const { stream, startMs, endMs } of each("silence")) {
      assert.strictEqual(perSecond(stream, startMs, endMs), 0)
      assert.isAbove(perSecond(stream, startMs - 60_000, startMs), 0.3)
      assert.isAbove(perSecond(stream, endMs, endMs + 60_000), 0.3)
    }
  })

  it("a mood shift turns the words", () => {
    assert.isAbove(each("mood").length, 3)
    for (const { stream, startMs, endMs } of each("mood")) {
      const shift = score(stream, startMs, endMs) - score(stream, startMs - 120_000, startMs)
      assert.isAbove(Math.abs(shift), 0.35)
    }
  })

  it("a raid brings another channel's viewers and people, and leaves that channel empty", () => {
    assert.isAbove(each("raid").length, 3)
    let seenThen = 0
    let seenBefore = 0
    for (const { stream, from, startMs, endMs } of each("raid")) {
      assert(from !== undefined)
      const before = viewers(stream, startMs - 60_000, startMs)
      const guests = viewers(from, startMs - 60_000, startMs)
      assert.isAbove(viewers(stream, startMs + 20_000, endMs), before + 0.4 * guests)
      assert.isBelow(viewers(from, startMs, startMs + 30_000), 0.3 * guests)
      assert.isAbove(perSecond(stream, startMs, endMs), 2 * perSecond(stream, startMs - 120_000, startMs))
      assert.isBelow(perSecond(from, startMs, startMs + 30_000), 0.5 * perSecond(from, startMs - 60_000, startMs))
      const during = of("chat", stream, startMs, endMs)
      assert.isAbove(during.filter((event) => event.text.toLowerCase().includes("raid")).length, during.length / 4)
      const home = new Set(of("chat", from, startMs - 300_000, startMs).map(({ user }) => user))
      seenBefore += of("chat", stream, startMs - 120_000, startMs).filter(({ user }) => home.has(user)).length
      seenThen += during.filter(({ user }) => home.has(user)).length
    }
    assert.isAbove(seenThen, 10 * seenBefore)
    assert.isAbove(seenThen, 100)
  })

  it("a channel speaks from the start to the end of its day only", () => {
    const starts = simulator
      .truth(DAWN, DAWN + 12 * HOUR)
      .filter(({ kind, startMs }) => kind === "online" && startMs > DAWN)
    const ends = simulator.truth(DAWN, DAWN + 12 * HOUR).filter(({ kind }) => kind === "offline")
    for (const { stream, startMs } of starts.slice(0, 5)) {
      assert.strictEqual(of("chat", stream, startMs - 60_000, startMs).length, 0)
      assert.strictEqual(of("viewer", stream, startMs - 60_000, startMs).length, 0)
      assert.isAbove(of("chat", stream, startMs, startMs + 120_000).length, 0)
    }
    for (const { stream, endMs } of ends.slice(0, 5)) {
      assert.isAbove(of("chat", stream, endMs - 120_000, endMs).length, 0)
      assert.strictEqual(of("chat", stream, endMs, endMs + 60_000).length, 0)
    }
    assert.isAtLeast(Math.min(starts.length, ends.length), 5)
  })
})
