import { assert, describe, it } from "@effect/vitest"
import type { InputKind } from "../../../src/domain/Task.ts"
import { Simulator } from "../../../src/source/simulator/Simulator.ts"
import { type Truth, truthLine } from "../../../src/source/simulator/Truth.ts"
import { events, type Read, records } from "./Read.ts"
import { countOf, NEGATIVE_WORDS, POSITIVE_WORDS } from "./Words.ts"

const MINUTE = 60_000
const HOUR = 3_600_000
const DAWN = Date.UTC(2026, 4, 5, 3)
const BURSTS: ReadonlyArray<Truth["kind"]> = ["hype", "talk", "copypasta", "emote"]

const simulator = new Simulator({ momentEveryMs: 180_000, perSecond: { chat: 40, viewer: 8 } })
const truths = simulator.truth(DAWN, DAWN + 4 * HOUR)

/** The first scenes of a kind that begin late enough for a past to compare with. */
const some = (...kinds: ReadonlyArray<Truth["kind"]>): ReadonlyArray<Truth> =>
  truths.filter(({ kind, startMs }) => kinds.includes(kind) && startMs > DAWN).slice(0, 6)

/** Events of a stream from `fromMs` to `toMs`, by event time and punctual ones only. */
const of = (kind: InputKind, stream: string, fromMs: number, toMs: number): ReadonlyArray<Read> => {
  const partition = [0, 1, 2].find((p) => simulator.streams(p).includes(stream)) ?? -1
  const from = Math.floor(fromMs / 1000) * 1000
  const around = records(simulator, kind, partition, from, Math.ceil(toMs / 1000) * 1000 + 8000)
  return events(around.filter(({ key }) => key === stream)).filter(
    ({ timeMs, record }) => timeMs >= fromMs && timeMs < toMs && record.timestampMs - timeMs <= 8000
  )
}
const during = ({ endMs, startMs, stream }: Truth): ReadonlyArray<Read> => of("chat", stream, startMs, endMs)
const perSecond = (stream: string, fromMs: number, toMs: number): number =>
  of("chat", stream, fromMs, toMs).length / ((toMs - fromMs) / 1000)
/** The five minutes before. */
const usual = ({ startMs, stream }: Truth): number => perSecond(stream, startMs - 5 * MINUTE, startMs)
const viewers = (stream: string, fromMs: number, toMs: number): number => {
  const samples = of("viewer", stream, fromMs, toMs)
  return samples.reduce((sum, sample) => sum + sample.viewers, 0) / samples.length
}
const viewersBefore = ({ startMs, stream }: Truth): number => viewers(stream, startMs - MINUTE, startMs)
const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
const score = (read: ReadonlyArray<Read>): number =>
  mean(
    read.map(({ text }) => {
      const positive = countOf(text, POSITIVE_WORDS)
      const negative = countOf(text, NEGATIVE_WORDS)
      return positive + negative === 0 ? 0 : (positive - negative) / (positive + negative)
    })
  )
const people = (read: ReadonlyArray<Read>): number => new Set(read.map(({ user }) => user)).size
/** The share of people who write the same, whatever its case and length. */
const unison = (read: ReadonlyArray<Read>): number => {
  const writers = new Map<string, Set<string>>()
  for (const { text, user } of read) {
    const key = [...new Set(text.toLowerCase().split(" "))].join(" ").replaceAll(/(.)\1+/g, "$1")
    writers.set(key, (writers.get(key) ?? new Set()).add(user))
  }
  return Math.max(...[...writers.values()].map(({ size }) => size)) / people(read)
}

describe("truth", () => {
  it("is the same for any stretch that holds a scene", () => {
    for (const truth of truths) {
      assert.deepInclude(simulator.truth(truth.startMs, truth.startMs + 1000), truth)
      assert.deepInclude(simulator.truth(truth.endMs - 1000, truth.endMs), truth)
      assert.notDeepInclude(simulator.truth(truth.endMs, truth.endMs + 1000), truth)
      assert.notDeepInclude(simulator.truth(truth.startMs - 1000, truth.startMs), truth)
    }
  })

  it("holds every kind, a burst or a raid in any ten minutes of a day, and at most two moments in a stream-hour", () => {
    const demo = new Simulator({})
    const day = demo.truth(DAWN, DAWN + 24 * HOUR)
    for (let ms = DAWN; ms < DAWN + 24 * HOUR - 10 * MINUTE; ms += MINUTE) {
      assert.isTrue(
        day.some(
          ({ kind, startMs }) =>
            startMs >= ms && startMs < ms + 10 * MINUTE && (kind === "raid" || BURSTS.includes(kind))
        )
      )
    }
    assert.deepStrictEqual(
      [...new Set(day.map(({ kind }) => kind))].toSorted(),
      [
        ...BURSTS,
        "spam",
        "silence",
        "mood",
        "raid",
        "host",
        "viewer_surge",
        "viewer_loss",
        "drift",
        "online",
        "offline"
      ].toSorted()
    )
    const sessions = day.filter(({ kind }) => kind === "online").length
    const moments = day.filter(({ moment }) => moment !== undefined).length
    // Sessions last three hours at least.
    assert.isAtMost(moments / (3 * sessions), 2)
  })

  it("marks moments, also as a line of NDJSON", () => {
    for (const truth of truths) {
      const { kind, moment } = truth
      const expected = /spam|drift|online|offline/.test(kind)
        ? undefined
        : kind === "mood"
          ? "turn"
          : /silence|loss/.test(kind)
            ? "fall"
            : "rise"
      assert.strictEqual(moment, expected, kind)
      assert.deepStrictEqual(JSON.parse(truthLine(truth)), {
        stream_id: truth.stream,
        kind,
        timestamp: new Date(truth.startMs).toISOString(),
        ended_at: new Date(truth.endMs).toISOString(),
        expected: moment ?? null,
        again: truth.again,
        from_stream_id: truth.from ?? null
      })
    }
  })

  it("bursts come in clusters", () => {
    const bursts = truths.filter(({ kind }) => BURSTS.includes(kind))
    const again = bursts.filter((burst) => burst.again)
    assert.isAbove(again.length, bursts.length / 5)
    assert.isBelow(again.length, bursts.length / 2)
    for (const { startMs, stream } of again.slice(2)) {
      const before = bursts.filter((burst) => burst.stream === stream && !burst.again && burst.startMs < startMs)
      const apartMs = startMs - Math.max(...before.map((burst) => burst.startMs))
      assert.isAtLeast(apartMs, 3 * MINUTE)
      assert.isAtMost(apartMs, 5.5 * MINUTE)
    }
  })
})

describe("scenes", () => {
  it("a burst is many people at several times the usual pace, in the smallest stream too", () => {
    for (const burst of some(...BURSTS)) {
      const read = during(burst)
      assert.isAtLeast(people(read), 6)
      assert.isAtLeast(people(read), 0.75 * read.length)
    }
    const factors = some(...BURSTS).map((burst) => perSecond(burst.stream, burst.startMs, burst.endMs) / usual(burst))
    assert.isAbove(mean(factors), 3.5)
  })

  it("in most bursts many people write the same, in a talk they do not", () => {
    for (const kind of ["hype", "copypasta", "emote"] as const) {
      assert.isAbove(mean(some(kind).map((burst) => unison(during(burst)))), 0.5, kind)
    }
    assert.isBelow(mean(some("talk").map((burst) => unison(during(burst)))), 0.25)
  })

  it("spam is four people with several times the chat", () => {
    for (const spam of some("spam")) {
      const counts = new Map<string, number>()
      const read = during(spam)
      for (const { user } of read) counts.set(user, (counts.get(user) ?? 0) + 1)
      const four = [...counts.values()].toSorted((a, b) => b - a).slice(0, 4)
      assert.isAbove(
        four.reduce((sum, count) => sum + count, 0),
        read.length / 2
      )
    }
  })

  it("a silence is a chat that stops and comes back", () => {
    assert.isAbove(some("silence").length, 1)
    for (const { stream, startMs, endMs } of some("silence")) {
      assert.strictEqual(perSecond(stream, startMs, endMs), 0)
      assert.isAbove(perSecond(stream, startMs - 3 * MINUTE, startMs), 0.1)
      assert.isAbove(perSecond(stream, endMs, endMs + 3 * MINUTE), 0.1)
    }
  })

  it("a mood turns the words", () => {
    for (const mood of some("mood")) {
      const before = of("chat", mood.stream, mood.startMs - 3 * MINUTE, mood.startMs)
      assert.isAbove(Math.abs(score(during(mood)) - score(before)), 0.3)
    }
  })

  it("a raid brings another channel's viewers and people, of whom many stay, and empties that channel", () => {
    let seenThen = 0
    let seenBefore = 0
    assert.isAbove(some("raid").length, 5)
    for (const raid of some("raid").slice(0, 4)) {
      const { endMs, from, startMs, stream } = raid
      assert(from !== undefined)
      const before = viewersBefore(raid)
      const guests = viewers(from, startMs - MINUTE, startMs)
      assert.isAbove(viewers(stream, startMs + 25_000, endMs), before + 0.5 * guests)
      assert.isAbove(viewers(stream, startMs + 10 * MINUTE, startMs + 11 * MINUTE), before + 0.2 * guests)
      assert.isBelow(viewers(from, startMs + 1000, startMs + 30_000), 0.1 * guests)
      assert.strictEqual(of("chat", from, startMs + 3 * MINUTE, startMs + 6 * MINUTE).length, 0)
      const read = of("chat", stream, startMs, startMs + 30_000)
      assert.isAbove(read.filter(({ text }) => text.toLowerCase().includes("raid")).length, read.length / 5)
      const home = new Set(of("chat", from, startMs - 10 * MINUTE, startMs).map(({ user }) => user))
      seenBefore += of("chat", stream, startMs - 2 * MINUTE, startMs).filter(({ user }) => home.has(user)).length
      seenThen += read.filter(({ user }) => home.has(user)).length
    }
    assert.isAbove(seenThen, 5 * seenBefore)
  })

  it("a host and a surge bring viewers, a loss takes them while people chat on", () => {
    for (const gain of some("host", "viewer_surge")) {
      assert.isAbove(viewers(gain.stream, gain.startMs + 30_000, gain.endMs), 1.25 * viewersBefore(gain), gain.kind)
    }
    for (const loss of some("viewer_loss")) {
      assert.isBelow(viewers(loss.stream, loss.startMs + 30_000, loss.endMs), 0.75 * viewersBefore(loss))
    }
    const paces = some("viewer_loss").map((loss) => perSecond(loss.stream, loss.startMs, loss.endMs) / usual(loss))
    assert.isAbove(mean(paces), 0.5)
  })

  it("a drift changes the viewers by a tenth or more within half an hour, and by little within a minute", () => {
    for (const { startMs, stream } of some("drift").slice(0, 4)) {
      const at = (minute: number): number => viewers(stream, startMs + minute * MINUTE, startMs + (minute + 1) * MINUTE)
      assert.isAbove(Math.abs(Math.log(at(30) / at(0))), Math.log(1.1))
      for (let minute = 0; minute < 20; minute++) assert.isBelow(Math.abs(Math.log(at(minute + 1) / at(minute))), 0.1)
    }
  })

  it("a channel speaks from the start to the end of its session only, and starts slowly", () => {
    const starts = some("online").slice(0, 5)
    const ends = some("offline").slice(0, 5)
    for (const { endMs, startMs, stream } of starts) {
      assert.strictEqual(of("chat", stream, startMs - MINUTE, startMs).length, 0)
      assert.strictEqual(of("viewer", stream, startMs - MINUTE, startMs).length, 0)
      const grown = viewers(stream, endMs, endMs + MINUTE)
      assert.isBelow(viewers(stream, startMs, startMs + MINUTE), 0.15 * grown)
    }
    for (const { endMs, stream } of ends) {
      assert.isAbove(of("viewer", stream, endMs - 2 * MINUTE, endMs).length, 0)
      assert.strictEqual(of("chat", stream, endMs, endMs + MINUTE).length, 0)
    }
    assert.isAtLeast(Math.min(starts.length, ends.length), 5)
  })
})

/** The variance of counts in ten seconds. */
const variance = (own: ReadonlyArray<number>): number => mean(own.map((count) => (count - mean(own)) ** 2))
/** The correlation of counts with those `apart` steps later. */
const correlation = (own: ReadonlyArray<number>, apart: number): number => {
  const usual = mean(own)
  const products = own.slice(apart).map((count, at) => (count - usual) * ((own[at] ?? 0) - usual))
  return mean(products) / variance(own)
}

describe("noise", () => {
  /** Messages in each 10 s of an hour, by stream; of streams that are live for all of it. */
  const platform = new Simulator({ momentEveryMs: 180_000 })
  const counts = new Map<string, Array<number>>()
  for (const partition of [0, 1]) {
    for (const { stream, timeMs } of events(records(platform, "chat", partition, DAWN, DAWN + HOUR))) {
      const at = Math.floor((timeMs - DAWN) / 10_000)
      if (at < 0 || at >= 360) continue
      const own = counts.get(stream) ?? Array.from({ length: 360 }, () => 0)
      counts.set(stream, own)
      own[at] = (own[at] ?? 0) + 1
    }
  }
  const gone = new Set(
    platform
      .truth(DAWN, DAWN + HOUR)
      .filter(({ kind }) => kind === "online" || kind === "offline")
      .map(({ stream }) => stream)
  )
  const live = [...counts].filter(([stream]) => !gone.has(stream)).map(([, own]) => own)

  it("streams differ in size: some below ten messages a minute, some above 300", () => {
    assert.isAtLeast(live.filter((own) => 6 * mean(own) < 10).length, 4)
    assert.isAtLeast(live.filter((own) => 6 * mean(own) > 300).length, 4)
    assert.isAtLeast(live.filter((own) => 6 * mean(own) > 10 && 6 * mean(own) < 100).length, 10)
  })

  it("the variance of ten seconds of chat is 1 to 40 times their mean, and more in busy streams", () => {
    const dispersion = (own: ReadonlyArray<number>): number => variance(own) / mean(own)
    for (const own of live) {
      assert.isAbove(dispersion(own), 0.7)
      assert.isBelow(dispersion(own), 60)
    }
    const middle = live.filter((own) => 6 * mean(own) > 20 && 6 * mean(own) < 100).map(dispersion)
    assert.isAbove(mean(middle), 2)
    assert.isBelow(mean(middle), 15)
  })

  it("chat wanders: ten seconds resemble the next ones, and hardly those five minutes later", () => {
    const busy = live.filter((own) => 6 * mean(own) > 30)
    const at = (apart: number): number => mean(busy.map((own) => correlation(own, apart)))
    assert.isAbove(at(1), 0.4)
    assert.isBelow(at(1), 0.9)
    assert.isBelow(at(30), 0.35)
  })
})
