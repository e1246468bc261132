import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Detection, unstoredMs } from "../../src/anomaly/Detection.ts"
import { Moments } from "../../src/anomaly/Moments.ts"
import { momentsReachMs } from "../../src/domain/Moment.ts"
import { EMPTY_CONTENT } from "../../src/domain/ChatContent.ts"
import { type BaselineRow, STORE_SLIDES } from "../../src/domain/Baseline.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { type Moment, MomentMetadata } from "../../src/domain/Moment.ts"
import { slideOf, slideSums, type StreamSlide } from "../../src/domain/Slide.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { randomSlides, reaction, slide, SLIDE_MS, START_MS, summary, usual, WINDOW } from "./Slides.ts"

const DETECTION = { threshold: 3 }

const keyOf = ({ openedAs, stream, timestampMs }: Moment): string => `${stream} ${timestampMs} ${openedAs}`

/** As tables hold them: the last of each key. */
type Table = Map<string, Moment>

const write = (table: Table, moments: ReadonlyArray<Moment>): void => {
  for (const moment of moments) table.set(keyOf(moment), moment)
}

const momentsOf = (slides: ReadonlyArray<StreamSlide>): ReadonlyArray<Moment> => {
  const detection = new Moments(WINDOW, DETECTION)
  const table: Table = new Map()
  for (const each of slides) write(table, detection.step(each).moments)
  return [...table.values()]
}

const shout = (from: number, to: number, people = 60): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(people, Math.floor(people / 2))))

/** A big chat: sixty people in each span. */
const busy = (from: number, to: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(58 + ((index * 7) % 5), 6)))

/** A fifth of it. */
const quieter = (from: number, to: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(11 + ((index * 7) % 3), 2)))

/** A small chat: five people in each span. */
const small = (from: number, to: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(4 + ((index * 7) % 3), 0)))

/** Two people in each span. */
const tiny = (from: number, to: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length: to - from }, (_, index) => slide(from + index, reaction(2, 0)))

/** Rows without messages, from slide 60 on. */
const silence = (length: number): ReadonlyArray<StreamSlide> =>
  Array.from({ length }, (_, index) => slide(60 + index, reaction(0, 0)))

const at = (moment: Moment | undefined): number => ((moment?.timestampMs ?? Number.NaN) - START_MS) / SLIDE_MS

/** A slide that quotes its own number. */
const quoted = (number: number, people: number): StreamSlide => ({
  ...slide(number, reaction(people, Math.floor(people / 2))),
  content: () => ({ ...EMPTY_CONTENT, words: [{ word: String(number), people, usual: 0 }] })
})

describe("moments", () => {
  it("quote the chat of each new peak, and of the slide that reports a fall", () => {
    const detection = new Moments(WINDOW, DETECTION)
    const contentsOf = (slides: ReadonlyArray<StreamSlide>) =>
      slides.flatMap((each) => detection.step(each).moments.map(({ content, type }) => [type, content?.words[0]?.word]))
    contentsOf(usual(0, 60))
    const rise = contentsOf([quoted(60, 40), quoted(61, 60), quoted(62, 50), quoted(63, 55)])
    assert.deepStrictEqual(
      rise.map(([, word]) => word),
      ["60", "61", undefined, undefined]
    )
    const quiet = Array.from({ length: 12 }, (_, index) => quoted(100 + index, 0))
    contentsOf(usual(64, 100))
    assert.deepStrictEqual(contentsOf([...quiet, quoted(112, 10)]), [["chat_drop", "112"]])
  })

  it("start their peak at the busiest pane of the slide with the greatest score", () => {
    const slides = [
      slide(60, reaction(40, 20, { busiest: 1 })),
      slide(61, reaction(60, 30, { busiest: 0 })),
      slide(62, reaction(50, 25, { busiest: 1 }))
    ]
    const [moment] = momentsOf([...usual(0, 60), ...slides, ...usual(63, 90)])
    assert.strictEqual(moment?.metadata.peak_end, new Date(START_MS + 61 * SLIDE_MS).toISOString())
    assert.strictEqual(moment?.metadata.peak_start, new Date(START_MS + 59 * SLIDE_MS).toISOString())
  })

  it("open where many people react, with the sentence that reports it", () => {
    const [moment, ...others] = momentsOf([...usual(0, 60), ...shout(60, 62), ...usual(62, 90)])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(moment?.type, "chat_spike")
    assert.strictEqual(at(moment), 59)
    assert.strictEqual(
      moment?.description,
      "72 messages in 20 seconds, 5.5 times the usual 13, from 60 people; half of them said KEKW."
    )
    Schema.decodeUnknownSync(MomentMetadata)(JSON.parse(JSON.stringify(moment?.metadata)))
  })

  it("are not described by a word that all people use, nor by a chat that is no part", () => {
    const the = Array.from({ length: 2 }, (_, index) => slide(60 + index, reaction(60, 30, { shared: "the" })))
    const [shouted] = momentsOf([...usual(0, 60), ...the, ...usual(62, 70)])
    assert.match(shouted?.description ?? "", /from 60 people; they said different things\.$/)
    const [surge] = momentsOf([...usual(0, 66), slide(66, reaction(10, 2), 2500)])
    assert.strictEqual(surge?.description, "Viewers went from 1000 to 2500.")
  })

  it("do not open in usual chat, nor while a stream is new", () => {
    assert.deepStrictEqual(momentsOf(usual(0, 600)), [])
    assert.deepStrictEqual(momentsOf([...usual(0, 10), ...shout(10, 12), ...usual(12, 14)]), [])
  })

  it("do not open for few people, however loud", () => {
    const spam = slide(60, reaction(13, 4, { messages: 120, repeated: { messages: 100, people: 4, text: "buy" } }))
    assert.deepStrictEqual(momentsOf([...usual(0, 60), spam, ...usual(61, 70)]), [])
    const quiet = Array.from({ length: 60 }, (_, number) => slide(number, reaction(number % 2, 0)))
    assert.deepStrictEqual(momentsOf([...quiet, slide(60, reaction(4, 4))]), [])
  })

  it("find a second burst four minutes after the first", () => {
    const found = momentsOf([...usual(0, 60), ...shout(60, 62), ...usual(62, 84), ...shout(84, 86), ...usual(86, 90)])
    assert.deepStrictEqual(found.map(at), [59, 83])
  })

  it("are held back by a recent one unless they are stronger", () => {
    const weak = [...usual(0, 60), ...shout(60, 62, 60), ...usual(62, 66), ...shout(66, 67, 32), ...usual(67, 70)]
    assert.deepStrictEqual(momentsOf(weak).map(at), [59])
    const alone = [...usual(0, 66), ...shout(66, 67, 32), ...usual(67, 70)]
    assert.deepStrictEqual(momentsOf(alone).map(at), [65])
    const stronger = [...usual(0, 60), ...shout(60, 62, 34), ...usual(62, 66), ...shout(66, 67, 80), ...usual(67, 70)]
    assert.deepStrictEqual(momentsOf(stronger).map(at), [59, 65])
  })

  it("are one where viewers and chatters arrive together, and a raid", () => {
    const arrival = [...shout(60, 64), slide(64, reaction(50, 20), 2500), slide(65, reaction(40, 10))]
    const after = usual(66, 120, 2400)
    const found = momentsOf([...usual(0, 60), ...arrival, ...after])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["raid"]
    )
    assert.match(found[0]?.description ?? "", /^Viewers went from 1000 to 2500\. /)
    assert.hasAllKeys(found[0]?.metadata.parts ?? {}, ["chat", "viewers"])
  })

  it("are one where an audience arrives over several samples, and two where two audiences do", () => {
    const steps = [slide(60, reaction(10, 2), 1500), slide(61, reaction(10, 2), 1500), slide(62, reaction(10, 2), 2600)]
    const [surge, ...others] = momentsOf([...usual(0, 60), ...steps, ...usual(63, 100, 2600)])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(surge?.type, "viewer_surge")
    assert.strictEqual(surge?.description, "Viewers went from 1000 to 2600.")
    const two = [
      ...usual(0, 60),
      slide(60, reaction(10, 2), 1500),
      ...usual(61, 90, 1500),
      slide(90, reaction(10, 2), 2600)
    ]
    assert.deepStrictEqual(momentsOf([...two, ...usual(91, 120, 2600)]).map(at), [59, 89])
  })

  it("take a part in that alone would not pass what holds back", () => {
    const late = [...usual(62, 66), slide(66, reaction(12, 4), 1500)]
    const found = momentsOf([...usual(0, 60), ...shout(60, 62, 300), ...late, ...usual(67, 100, 1500)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["raid"]
    )
  })

  it("are no falls at the end of a stream, nor in a decline", () => {
    const decline = Array.from({ length: 60 }, (_, index) => {
      const left = 1 - index / 60
      return slide(
        120 + index,
        reaction(Math.round(10 * left), 0),
        index % 6 === 0 ? Math.round(1000 * left) : undefined
      )
    })
    const silence = Array.from({ length: 6 }, (_, index) => slide(180 + index, reaction(0, 0)))
    assert.deepStrictEqual(momentsOf([...usual(0, 120), ...decline, ...silence]), [])
    assert.deepStrictEqual(
      momentsOf([...usual(0, 120), ...silence.map((each, index) => slide(120 + index, each.reaction))]),
      []
    )
  })

  it("report a silence once the chat is back", () => {
    const silence = Array.from({ length: 12 }, (_, index) => slide(60 + index, reaction(1, 0)))
    const found = momentsOf([...busy(0, 60), ...silence, ...busy(72, 80)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["chat_drop"]
    )
    assert.strictEqual(
      found[0]?.description,
      "The chat fell silent for 2 minutes, where 60 people write in 20 seconds."
    )
  })

  it("report a silence of some minutes in a small chat, one that some people break for a moment too", () => {
    const broken = Array.from({ length: 18 }, (_, index) => slide(60 + index, reaction(index % 9 === 4 ? 1 : 0, 0)))
    // The first span that sees the chat again holds half of it.
    const back = [slide(78, reaction(2, 0)), ...small(79, 90)]
    const [found, ...others] = momentsOf([...small(0, 60), ...broken, ...back])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(found?.type, "chat_drop")
    assert.deepStrictEqual([at(found), ((found?.endedAtMs ?? 0) - START_MS) / SLIDE_MS], [59, 77])
    // Five people of usual chat: 5 / (1.6 * sqrt(5)) = 1.4, times the root of nine spans.
    assert.closeTo(found?.intensity ?? 0, 4.2, 0.1)
  })

  it("are no silence in counts of five minutes, which fall to a tenth every night", () => {
    const slideMs = 300_000
    const detection = new Moments({ sizeMs: slideMs, slideMs }, DETECTION)
    const days = Array.from({ length: 14 * 288 }, (_, index) => {
      const isNight = index % 288 < 60
      return {
        ...slide(0, reaction(isNight ? index % 2 : 60 + (index % 9), 0)),
        endMs: EventTimeMs(START_MS + index * slideMs)
      }
    })
    const found = days.flatMap((each) => detection.step(each).moments)
    assert.deepStrictEqual(
      found.filter(({ type }) => type === "chat_drop"),
      []
    )
  })

  it("report a silence of slides without rows", () => {
    const [found, ...others] = momentsOf([...busy(0, 60), slide(60, reaction(0, 0)), ...busy(72, 80)])
    assert.deepStrictEqual(others, [])
    assert.strictEqual(found?.type, "chat_drop")
    assert.strictEqual(found?.endedAtMs, START_MS + 71 * SLIDE_MS)
  })

  it("exclude a silence that is short for a small chat, a chat at a fifth of its pace, and a slow return", () => {
    assert.deepStrictEqual(momentsOf([...small(0, 60), ...silence(7), ...small(67, 80)]), [])
    assert.deepStrictEqual(momentsOf([...tiny(0, 60), ...silence(40), ...tiny(100, 110)]), [])
    assert.deepStrictEqual(momentsOf([...busy(0, 60), ...quieter(60, 96), ...busy(96, 110)]), [])
    const slowly = Array.from({ length: 12 }, (_, index) => slide(72 + index, reaction(5 * (index + 2), 0)))
    assert.deepStrictEqual(momentsOf([...busy(0, 60), ...silence(12), ...slowly, ...busy(84, 90)]), [])
    const types = momentsOf([...busy(0, 60), ...silence(70), ...busy(130, 140)]).map(({ type }) => type)
    assert.notInclude(types, "chat_drop")
  })

  it("find what people shout after the chat has fallen to a fraction", () => {
    const rip = shout(84, 86, 36)
    assert.deepStrictEqual(momentsOf([...busy(0, 60), ...quieter(60, 84), ...rip, ...quieter(86, 90)]).map(at), [83])
    const again = [...quieter(86, 108), ...shout(108, 110, 36), ...quieter(110, 114)]
    assert.deepStrictEqual(momentsOf([...busy(0, 60), ...quieter(60, 84), ...rip, ...again]).map(at), [83, 107])
  })

  it("find a crowd after the chat has fallen to a fraction, if it is larger than the chat was before", () => {
    const crowd = [slide(84, reaction(120, 8)), slide(85, reaction(110, 8))]
    const fallen = [...busy(0, 60), ...quieter(60, 84), ...crowd, ...quieter(86, 90)]
    assert.deepStrictEqual(momentsOf(fallen).map(at), [83])
  })

  it("are no return of a chat from a lull", () => {
    for (const length of [6, 12, 24, 36]) {
      const lull = quieter(60, 60 + length)
      assert.deepStrictEqual(momentsOf([...busy(0, 60), ...lull, ...busy(60 + length, 120)]), [], `${length} slides`)
    }
    const missing = [...busy(0, 60), slide(60, reaction(12, 1)), ...busy(80, 100)]
    assert.deepStrictEqual(momentsOf(missing), [])
  })

  it("report a loss of viewers once it has lasted and the chat continues", () => {
    const found = momentsOf([...usual(0, 120), ...usual(120, 180, 500)])
    assert.deepStrictEqual(
      found.map(({ type }) => type),
      ["viewer_drop"]
    )
    assert.strictEqual(found[0]?.description, "Viewers fell from 1000 to 500, and the stream goes on.")
  })

  it("know a stream from its last broadcast", () => {
    const nextDay = 8640
    const tomorrow = (slides: ReadonlyArray<StreamSlide>): ReadonlyArray<StreamSlide> =>
      slides.map((each) => ({ ...each, endMs: (each.endMs + nextDay * SLIDE_MS) as StreamSlide["endMs"] }))
    // Seven slides after its start a new stream is not known yet, one that came back is.
    const early = [...usual(0, 7), ...shout(7, 9), ...usual(9, 12)]
    assert.deepStrictEqual(momentsOf(early), [])
    assert.deepStrictEqual(momentsOf([...usual(0, 60), ...tomorrow(early)]).map(at), [nextDay + 6])
  })
})

const copy = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** The tables of a run that is cut again and again, and restored from what they hold. */
class Tables {
  readonly moments: Table = new Map()
  readonly baselines = new Map<string, BaselineRow>()
  readonly slides: Array<StreamSlide> = []

  restored(watermarkMs: number): Detection {
    const moments = [...this.moments.values()].filter(
      ({ endedAtMs }) => endedAtMs >= watermarkMs - momentsReachMs(WINDOW)
    )
    const detection = new Detection(WINDOW, DETECTION, watermarkMs, copy(moments))
    detection.restore(copy([...this.baselines.values()]))
    const unstored = this.slides.filter(({ endMs }) => endMs > watermarkMs - unstoredMs(WINDOW))
    detection.remember(unstored.map((each) => slideOf(each.stream, each.endMs, copy(slideSums(each)))))
    return detection
  }

  write({ baselines, moments, rows }: ReturnType<Detection["step"]>): void {
    write(this.moments, moments)
    for (const baseline of baselines) this.baselines.set(baseline.stream, baseline)
    this.slides.push(...rows)
  }
}

describe("restored detection", () => {
  it("gives what the uninterrupted run gives, wherever it is cut", { timeout: 60_000 }, () => {
    const parts = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const slides = randomSlides(seed)
      const whole = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
      const expected = new Tables()
      const actual = new Tables()
      const draws = new Draws(hash(seed, 1))
      let detection = actual.restored(Number.NEGATIVE_INFINITY)
      for (const [index, each] of slides.entries()) {
        const isLast = slides[index + 1]?.endMs !== each.endMs
        const watermarkMs = isLast ? each.endMs : each.endMs - SLIDE_MS
        const wanted = whole.step([summary(each)], watermarkMs)
        const judged = detection.step([summary(each)], watermarkMs)
        assert.deepStrictEqual(judged, wanted, `seed ${seed}, slide ${index}`)
        expected.write(wanted)
        actual.write(judged)
        for (const { metadata } of judged.moments) for (const part of Object.keys(metadata.parts)) parts.add(part)
        if (draws.chance(0.1)) detection = actual.restored(watermarkMs)
      }
      assert.deepStrictEqual(actual.baselines, expected.baselines)
    }
    assert.includeMembers([...parts], ["chat", "viewers", "mood", "loss"])
  })

  it("does not depend on when the past is forgotten", { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 30; seed++) {
      const slides = randomSlides(seed)
      const keeps = new Moments(WINDOW, DETECTION)
      const forgets = new Moments(WINDOW, DETECTION)
      for (const each of slides) {
        forgets.forgetBefore(each.endMs)
        assert.deepStrictEqual(forgets.step(each), keeps.step(each))
      }
    }
  })

  it("stores each stream's baseline once in as many slides, regardless of other streams", () => {
    const streams = Array.from({ length: 200 }, (_, index) => `stream ${index}`)
    const detection = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
    const stored = new Map<string, Array<number>>()
    for (let number = 0; number < 4 * STORE_SLIDES; number++) {
      const summaries = streams.map((stream) => summary(slide(number, reaction(3, 0), undefined, stream)))
      const endMs = summaries[0]?.endMs ?? Number.NaN
      for (const { stream } of detection.step(summaries, endMs).baselines)
        stored.set(stream, [...(stored.get(stream) ?? []), number])
    }
    for (const stream of streams) {
      const [first, ...others] = stored.get(stream) ?? []
      assert.isBelow(first ?? Number.NaN, STORE_SLIDES)
      assert.deepStrictEqual(
        others,
        [1, 2, 3].map((round) => (first ?? Number.NaN) + round * STORE_SLIDES)
      )
    }
  })

  it("restores the baselines of many streams", () => {
    const streams = Array.from({ length: 100 }, (_, index) => `stream ${index}`)
    const whole = new Moments(WINDOW, DETECTION)
    for (const stream of streams) whole.step(slide(0, reaction(stream.length, 0), undefined, stream))
    const rows = streams.map((stream) => whole.baselines.row(whole.baselines.placeOf(stream)))
    const restored = new Moments(WINDOW, DETECTION)
    restored.restore(rows)
    assert.deepStrictEqual(
      streams.map((stream) => restored.baselines.row(restored.baselines.placeOf(stream))),
      rows
    )
  })

  it("stores what waits when the watermark has passed all slots", () => {
    const detection = new Detection(WINDOW, DETECTION, Number.NEGATIVE_INFINITY, [])
    const streams = ["a", "b", "c"]
    detection.step(
      streams.map((stream) => summary(slide(0, reaction(3, 0), undefined, stream))),
      START_MS
    )
    const { baselines } = detection.step([], Number.POSITIVE_INFINITY)
    const { baselines: again } = detection.step([], Number.POSITIVE_INFINITY)
    assert.includeMembers(
      streams,
      baselines.map(({ stream }) => stream)
    )
    assert.deepStrictEqual(again, [])
  })
})
