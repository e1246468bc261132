/**
 * Baselines, falls, rises and turns, worked out by hand from docs/detection.md, "Baselines" to
 * "Sentences".
 */
import { assert, describe, it } from "@effect/vitest"
import { type Baseline, learnSlide, newBaseline, NUMBERS, passTime, type SlideSums, NOTHING } from "./Baseline.ts"
import { detect, type JudgeSettings, judgeRow, newState, type OracleWindow, type StreamState } from "./Detection.ts"
import type { OracleMoment } from "./Moments.ts"
import { slotOf, storedOf } from "./Stored.ts"
import { gain, tempoOf } from "./Tempo.ts"
import { SILENT_WINDOW } from "./Silence.ts"

const T0 = Date.UTC(2024, 0, 1)
const at = (seconds: number): number => T0 + seconds * 1000
const inSeconds = (timeMs: number): number => (timeMs - T0) / 1000

const SETTINGS: JudgeSettings = { sizeMs: 60_000, slideMs: 10_000, threshold: 3, sessionGapMs: 600_000 }
const TEMPO = tempoOf(SETTINGS)
const GAIN = 10_000 / (10_000 + 300_000 / Math.LN2)

interface Slide extends Partial<SlideSums> {
  readonly shared?: string
  readonly repeated?: readonly [messages: number, people: number, text: string]
}

/** The row of a slide that ends then; by default as many messages as people. */
const row = (endS: number, slide: Slide): OracleWindow => {
  const [repeatedMessages = 0, repeatedPeople = 0, repeatedText = ""] = slide.repeated ?? []
  const { viewerSamples, viewerSum, ...sums } = { ...NOTHING, messages: slide.people ?? 0, ...slide }
  return {
    stream: "s",
    startMs: at(endS) - SETTINGS.sizeMs,
    endMs: at(endS),
    ...SILENT_WINDOW,
    reaction: {
      people: sums.people,
      messages: sums.messages,
      unison: sums.unison,
      moodTexts: sums.moodTexts,
      moodMicro: sums.moodMicro,
      shared: slide.shared ?? null,
      repeatedMessages,
      repeatedPeople,
      repeatedText
    },
    viewerSum,
    viewerSamples
  }
}

const watched = (viewers: number): Slide => ({ viewerSum: viewers, viewerSamples: 1 })

/**
 * A stream that is known, whose last slide ended at 0 s, and where 10 people write 20 messages and
 * 1000 watch.
 */
const knownState = (more: Partial<Baseline> = {}): StreamState => ({
  ...newState(),
  baseline: {
    ...newBaseline(),
    end: T0,
    slides: 100,
    people: 10,
    recent: 10,
    former: 10,
    messages: 20,
    viewers: 1000,
    viewersLast: 1000,
    viewersEnd: T0,
    ...more
  }
})

/** The moments that these rows report, in order. */
const play = (
  state: StreamState,
  rows: ReadonlyArray<readonly [endS: number, slide: Slide]>,
  settings: Partial<JudgeSettings> = {}
): ReadonlyArray<OracleMoment> =>
  rows.flatMap(([endS, slide]) => judgeRow(state, row(endS, slide), { ...SETTINGS, ...settings }).moments)

/** "type, timestamp to ended at" of each. */
const briefly = (moments: ReadonlyArray<OracleMoment>): ReadonlyArray<string> =>
  moments.map(({ endedAtMs, timestampMs, type }) => `${type} ${inSeconds(timestampMs)}-${inSeconds(endedAtMs)}`)

/**
 * The count of people with this score when 10 +- 0 are usual. The scale is 1.6 x sqrt(10), and 0.9
 * x score of people counts without unison.
 */
const USUAL_SCALE = 1.6 * Math.sqrt(10)
const chatScore = (people: number): number => 0.9 * ((people - 10) / USUAL_SCALE)

const NO_LULL = { followsLulls: false }

const learn = (baseline: Baseline, slide: Partial<SlideSums>, endMs = baseline.end + 10_000) =>
  learnSlide(baseline, endMs, { ...NOTHING, ...slide }, TEMPO, NO_LULL)

const tempoRowOf = (sizeS: number, slideS: number) => {
  const tempo = tempoOf({ sizeMs: sizeS * 1000, slideMs: slideS * 1000 })
  const { memoryMs, silentSlides, slideGain, spanMs, warmUpSlides } = tempo
  return [spanMs / 1000, memoryMs / 60_000, Math.floor(slideGain * 1e5), silentSlides, warmUpSlides]
}

const spanOf = (sizeS: number, slideS: number) =>
  tempoOf({ sizeMs: sizeS * 1000, slideMs: slideS * 1000 }).spanMs / 1000

describe("tempo", () => {
  it("has the table's values", () => {
    assert.deepStrictEqual(tempoRowOf(60, 10), [20, 5, 2258, 60, 12])
    assert.deepStrictEqual(tempoRowOf(60, 60), [60, 45, 1516, 90, 12])
    assert.deepStrictEqual(tempoRowOf(300, 300), [300, 2 * 24 * 60, 120, 1152, 12])
  })

  it("has spans of whole panes, no shorter than 20 s or a slide, no longer than a window", () => {
    // Panes of 5, 1, 7, 10 and 25 s.
    assert.deepStrictEqual([spanOf(25, 10), spanOf(7, 3), spanOf(70, 7), spanOf(10, 10)], [20, 7, 21, 10])
    assert.strictEqual(spanOf(100, 25), 25)
  })

  it("decays the held peak by 0.6 of the memory, and moments only where counts are held, from spans of 120 s on", () => {
    assert.strictEqual(TEMPO.heldDecay, 1 - 10_000 / (10_000 + 180_000 / Math.LN2))
    assert.deepStrictEqual([TEMPO.isCounts, TEMPO.momentsDecay], [false, 0])
    const counts = tempoOf({ sizeMs: 120_000, slideMs: 120_000 })
    assert.deepStrictEqual([counts.isCounts, counts.memoryMs], [true, 576 * 120_000])
    assert.strictEqual(counts.momentsDecay, 1 - gain(120_000, 2016 * 120_000))
    assert.isFalse(tempoOf({ sizeMs: 119_000, slideMs: 119_000 }).isCounts)
  })

  it("knows a stream after 12 slides and two minutes, its viewers after ten", () => {
    assert.strictEqual(tempoOf({ sizeMs: 20_000, slideMs: 1000 }).warmUpSlides, 120)
    assert.strictEqual(tempoOf({ sizeMs: 20_000, slideMs: 1000 }).viewersWarmUpMs, 600_000)
    const short = tempoOf({ sizeMs: 20_000, slideMs: 1000, warmUpMs: 1000 })
    assert.deepStrictEqual([short.warmUpSlides, short.viewersWarmUpMs], [12, 5000])
    // The least of 4000 silent slides: 2 x 300 s / 0.1 s would be 6000.
    assert.strictEqual(tempoOf({ sizeMs: 1000, slideMs: 100 }).silentSlides, 4000)
  })
})

const chatOf = (people: number, unison: number) =>
  learn({ ...newBaseline(), end: T0, slides: 100, people: 10, unison: 4 }, { people, unison }).chat

describe("learning", () => {
  it("weighs the first values the same; the first is also the first deviation", () => {
    const baseline = newBaseline()
    learn(baseline, { people: 2, messages: 3, unison: 0 }, T0)
    assert.deepStrictEqual([baseline.people, baseline.peopleDeviation, baseline.messages], [2, 2, 3])
    // 2 + (4 - 2) / 2, and 2 + (|4 - 2| - 2) / 2.
    learn(baseline, { people: 4, messages: 5 })
    assert.deepStrictEqual([baseline.people, baseline.peopleDeviation, baseline.messages], [3, 2, 4])
    // 3 + (30 - 3) / 3 with no limit, 2 + (27 - 2) / 3.
    learn(baseline, { people: 30, messages: 40 })
    assert.deepStrictEqual([baseline.people, baseline.messages], [3 + (1 / 3) * 27, 4 + (1 / 3) * 36])
    assert.strictEqual(baseline.peopleDeviation, 2 + (1 / 3) * 25)
    assert.deepStrictEqual([baseline.slides, baseline.end], [3, T0 + 20_000])
  })

  it("clips from the fourth value on: to two scales, and messages to twice the mean and two", () => {
    const baseline = { ...newBaseline(), end: T0, slides: 3, people: 1, messages: 10 }
    // Scale 1.6 x sqrt(max(1, 1)), so 3.2 of the 99; 22 of the 500 messages.
    learn(baseline, { people: 100, messages: 500 })
    assert.deepStrictEqual([baseline.people, baseline.peopleDeviation, baseline.messages], [1.8, 0.8, 13])
    // Downwards, too: 100 - 2 x 16 after 100 slides.
    const busy = { ...newBaseline(), end: T0, slides: 100, people: 100 }
    learn(busy, {})
    assert.strictEqual(busy.people, 100 + GAIN * -32)
  })

  it("scores the example of the chat: 59 people, 30 in unison, where 29 +- 6 and 6 +- 2 are usual", () => {
    const baseline = {
      ...newBaseline(),
      end: T0,
      slides: 100,
      people: 29,
      peopleDeviation: 6,
      unison: 6,
      unisonDeviation: 2
    }
    const { chat, people, scalePeople, unison } = learn(baseline, { people: 59, unison: 30 })
    assert.strictEqual(scalePeople, 2.005 * 6)
    assert.deepStrictEqual(
      [people.score.toFixed(2), unison.score.toFixed(2), chat.toFixed(2)],
      ["2.49", "4.90", "3.89"]
    )
    assert.deepStrictEqual([baseline.people.toFixed(2), baseline.unison.toFixed(2)], ["29.54", "6.22"])
  })

  it("scores the chat by its people alone where they are few, or unison adds nothing", () => {
    assert.strictEqual(chatOf(4, 40), -6 / USUAL_SCALE)
    assert.strictEqual(chatOf(20, 0), 0.9 * (10 / USUAL_SCALE))
    // Scale of unison 2 x sqrt(4): sqrt((s x s + 3 x 3) / 2).
    const score = 10 / USUAL_SCALE
    assert.strictEqual(chatOf(20, 16), Math.sqrt((score * score + 9) / 2))
  })

  it("takes viewers at their first sample as they are, and then by the time between samples", () => {
    const baseline = newBaseline()
    assert.isUndefined(learn(baseline, { viewerSum: 30, viewerSamples: 2 }, T0).viewers)
    assert.deepStrictEqual([baseline.viewers, baseline.viewersDeviation], [15, 0])
    assert.deepStrictEqual([baseline.viewersLast, baseline.viewersEnd], [15, T0])
    // No sample: nothing of viewers changes.
    for (let slide = 1; slide < 6; slide++) assert.isUndefined(learn(baseline, {}).viewers)
    assert.strictEqual(baseline.viewersEnd, T0)
    // 6 slides x 10 s / 60 s since the last = 1 sample: step 1 / 2 without limit. Scale 2 x
    // sqrt(15).
    const { viewers } = learn(baseline, { viewerSum: 45, viewerSamples: 1 })
    assert.deepStrictEqual(viewers, { value: 45, usual: 15, before: 15, score: 30 / (2 * Math.sqrt(15)) })
    assert.deepStrictEqual([baseline.viewers, baseline.viewersDeviation, baseline.viewersLast], [30, 15, 45])
  })

  it("has for viewers a scale of a twelfth at least, and a gain of the time since the last sample", () => {
    // 100 slides x 10 s / 60 s = 16.7 samples, of which the step 1 / 17.7 = 0.0566 is below gain(60
    // s) = 0.1218.
    const { baseline } = knownState({ end: T0 + 50_000, viewers: 12_000 })
    const { viewers } = learn(baseline, { viewerSum: 20_000, viewerSamples: 1 })
    assert.strictEqual(viewers?.score, 8000 / (12_000 * (1 / 12)))
    assert.strictEqual(baseline.viewers, 12_000 + gain(60_000, 300_000) * 2000)
  })

  it("needs eight independent texts for a mood, whose first value is not judged", () => {
    // 15 texts in a span of two slides are 7.5 independent ones.
    const baseline = { ...newBaseline(), end: T0, slides: 100 }
    assert.isUndefined(learn(baseline, { moodTexts: 15, moodMicro: 7_500_000 }).mood)
    assert.deepStrictEqual([baseline.moodTexts, baseline.moodSum, baseline.mood], [15, 7.5, 0])
    // 0.5 of (15 x keep + 5), and so on.
    const keep = 1 - gain(10_000, 40_000)
    assert.isUndefined(learn(baseline, { moodTexts: 5, moodMicro: 2_500_000 }).mood)
    assert.strictEqual(baseline.moodTexts, keep * 15 + 5)
    assert.strictEqual(baseline.mood, (keep * 7.5 + 2.5) / (keep * 15 + 5))
    // Half of the first error, under the spread of texts that is not known yet.
    assert.strictEqual(baseline.moodDeviation, (1.5 * 0.3) / Math.sqrt((keep * 15 + 5) / 2) / 2)
    // Its own 15 texts were too few to learn a spread from.
    assert.strictEqual(baseline.moodSpread, 0)
  })

  it("learns the spread of single texts from the mood before the slide", () => {
    const before = { ...newBaseline(), end: T0, slides: 100, moodTexts: 20, moodSum: 5 }
    const step = gain(10_000, 450_000)
    const spreadAfter = (slide: Partial<SlideSums>, more: Partial<Baseline> = {}) => {
      const baseline = { ...before, ...more }
      learn(baseline, slide)
      return baseline.moodSpread
    }
    // 4 texts average 0.5 while 0.25 is recent: 0.25 x sqrt(4).
    const texts = { moodTexts: 4, moodMicro: 2_000_000 }
    assert.strictEqual(spreadAfter(texts), 0.3 + step * (0.5 - 0.3))
    assert.strictEqual(spreadAfter(texts, { moodSpread: 0.4 }), 0.4 + step * (0.5 - 0.4))
    assert.strictEqual(spreadAfter({ moodTexts: 4, moodMicro: 0 }), 0.3 + step * (0.5 - 0.3))
    // 1.25 x sqrt(4), clipped to three spreads.
    assert.strictEqual(spreadAfter({ moodTexts: 4, moodMicro: -4_000_000 }), 0.3 + step * (3 * 0.3 - 0.3))
    // 8 independent texts before the slide are enough; a slide without texts changes nothing.
    assert.notStrictEqual(spreadAfter(texts, { moodTexts: 16 }), 0)
    assert.strictEqual(spreadAfter(texts, { moodTexts: 15.9 }), 0)
    assert.strictEqual(spreadAfter({}), 0)
  })

  it("scores a mood that is half a spread away, in units of its error", () => {
    const before = { ...newBaseline(), end: T0, slides: 100, mood: 0.5, moodDeviation: 0.02, moodSpread: 0.4 }
    // 40 texts are 20 independent ones; the value is -0.2.
    const error = (1.5 * 0.4) / Math.sqrt(20)
    const step = gain(10_000, 450_000)
    const baseline = { ...before }
    assert.deepStrictEqual(learn(baseline, { moodTexts: 40, moodMicro: -8_000_000 }).mood, {
      value: -0.2,
      usual: 0.5,
      score: (-0.2 - 0.5) / error
    })
    // Clipped to two units, in spite of what is known.
    assert.strictEqual(baseline.mood, 0.5 + step * (-2 * error))
    assert.strictEqual(baseline.moodDeviation, 0.02 + step * (2 * error - 0.02))
    // 0.19 away: learned, but no score; 0.21 is a score.
    const near = { ...before }
    assert.isUndefined(learn(near, { moodTexts: 40, moodMicro: 12_400_000 }).mood)
    assert.strictEqual(near.mood, 0.5 + step * (0.31 - 0.5))
    assert.isDefined(learn({ ...before }, { moodTexts: 40, moodMicro: 11_600_000 }).mood)
    // In units of the deviation if that is greater, and of 0.05 at least.
    const scoreOf = (more: Partial<Baseline>, texts: number) =>
      learn({ ...before, ...more }, { moodTexts: texts, moodMicro: texts * 1_000_000 }).mood?.score
    assert.strictEqual(scoreOf({ moodDeviation: 0.2 }, 40), 0.5 / 0.2)
    assert.strictEqual(scoreOf({}, 800), 0.5 / 0.05)
  })

  it("scores the example of the mood: 0.52 in 72 independent texts where 0.25 is usual, 0.4 from text to text", () => {
    const baseline = { ...newBaseline(), end: T0, slides: 100, mood: 0.25, moodDeviation: 0.04, moodSpread: 0.4 }
    const { mood } = learn(baseline, { moodTexts: 144, moodMicro: 144 * 520_000 })
    assert.strictEqual(mood?.score.toFixed(1), "3.8")
  })

  it("has a memory for the mood of 7.5 minutes at least", () => {
    const long = tempoOf({ sizeMs: 60_000, slideMs: 60_000 })
    const baseline = { ...newBaseline(), end: T0, slides: 100, mood: 0.5, moodDeviation: 0.2, moodSpread: 0.4 }
    learnSlide(baseline, T0 + 60_000, { ...NOTHING, moodTexts: 40, moodMicro: 24_000_000 }, long, NO_LULL)
    assert.strictEqual(baseline.mood, 0.5 + gain(60_000, 45 * 60_000) * (0.6 - 0.5))
  })
})

describe("time between slides", () => {
  it("learns silent slides one by one, and decays what is held once more than that", () => {
    const { baseline } = knownState({ held: 8, moments: 2 })
    passTime(baseline, at(30), TEMPO)
    // Two slides are missing. From 10 people down by two scales at most, which are more than 10.
    const first = 10 + GAIN * -10
    assert.deepStrictEqual([baseline.slides, baseline.end], [102, at(20)])
    assert.strictEqual(
      baseline.people,
      first + GAIN * Math.max(-first, -2 * Math.max(1.671 * (GAIN * 10), 1.6 * Math.sqrt(first)))
    )
    assert.strictEqual(baseline.held, 8 * TEMPO.heldDecay * TEMPO.heldDecay * TEMPO.heldDecay)
    assert.strictEqual(baseline.moments, 0)
    assert.strictEqual(baseline.viewersEnd, T0)
  })

  it("begins a new broadcast after more than 60 silent slides", () => {
    const more = {
      held: 8,
      moodTexts: 9,
      moodSum: 3,
      mood: 0.3,
      quietSince: T0,
      lossSince: T0,
      momentEnd: T0,
      moments: 2
    }
    const still = knownState(more).baseline
    passTime(still, at(610), TEMPO)
    assert.deepStrictEqual([still.slides, still.quietSince], [160, T0])
    const next = knownState(more).baseline
    passTime(next, at(620), TEMPO)
    assert.deepStrictEqual(next, {
      ...knownState(more).baseline,
      slides: 6,
      held: 0,
      quietSince: 0,
      lossSince: 0,
      moodTexts: 0,
      moodSum: 0
    })
  })

  it("forgets a stream after more than 8 days, or when it was not known", () => {
    const day = 86_400
    const { baseline } = knownState()
    passTime(baseline, at(8 * day), TEMPO)
    assert.strictEqual(baseline.people, 10)
    baseline.slides = 12
    passTime(baseline, at(8 * day + 10), TEMPO)
    assert.deepStrictEqual(baseline, newBaseline())
    const unknown = knownState({ slides: 11 }).baseline
    passTime(unknown, at(620), TEMPO)
    assert.deepStrictEqual(unknown, newBaseline())
  })
})

describe("rows", () => {
  it("have a score once the stream is known, and are anomalies from the threshold on", () => {
    const slides = Array.from({ length: 13 }, (_, index) => row(10 * index, { people: index < 12 ? 4 : 20 }))
    const { rows } = detect(slides, SETTINGS)
    assert.deepStrictEqual(
      rows.slice(0, 12).map(({ isAnomaly, zScore }) => [zScore, isAnomaly]),
      Array.from({ length: 12 }, () => [null, false])
    )
    // 4 people every time, but the first deviation was 4, which is 4 / 12 by now: the scale is 1.6
    // x sqrt(4).
    const expected = 0.9 * (16 / 3.2)
    assert.closeTo(rows[12]?.zScore ?? 0, expected, 1e-9)
    assert.isTrue(rows[12]?.isAnomaly)
    const threshold = rows[12]?.zScore ?? 0
    assert.isTrue(detect(slides, { ...SETTINGS, threshold }).rows[12]?.isAnomaly)
    assert.isFalse(detect(slides, { ...SETTINGS, threshold: threshold + 1e-9 }).rows[12]?.isAnomaly)
    // A fall is no anomaly.
    assert.isFalse(judgeRow(knownState({ people: 100 }), row(10, {}), SETTINGS).row.isAnomaly)
  })
})

const silenceOf = (people: number, more: Partial<Baseline> = {}) => {
  const { baseline } = knownState(more)
  play({ ...newState(), baseline }, [[10, { people }]])
  const { quietSince, quietStir, quietUsual } = baseline
  return [quietSince === 0 ? null : inSeconds(quietSince), quietUsual, quietStir]
}

/** The silence of a chat that 5 people usually write in, from 10 s on. */
const silenceOfFive = (endS: number, threshold: number) =>
  play(
    knownState({ people: 5 }),
    [
      [10, {}],
      [endS, { people: 3 }]
    ],
    { threshold }
  ).map(({ intensity, type }) => [type, intensity.toFixed(1)])

/** The silences of a chat that 10 people usually write in, and 1 at 10 s. */
const silencesOf = (...rows: Parameters<typeof play>[1]) => {
  const state = knownState()
  const silences = briefly(play(state, [[10, { people: 1 }], ...rows]))
  return [silences, state.baseline.quietSince === 0]
}

describe("a silence", () => {
  it("is reported when the chat is back: from its first slide to the last before", () => {
    const state = knownState()
    const moments = play(state, [
      [10, { people: 1 }],
      [20, {}],
      [70, { people: 5 }]
    ])
    assert.deepStrictEqual(briefly(moments), ["chat_drop 0-60"])
    const [fall] = moments
    // A minute is three spans.
    const score = (10 / USUAL_SCALE) * Math.sqrt(3)
    assert.deepStrictEqual([fall?.openedAs, fall?.intensity], ["chat_drop", score])
    assert.strictEqual(fall?.description, "The chat fell silent for a minute, where 10 people write in 20 seconds.")
    assert.strictEqual(fall?.metadata.peak_end, "2024-01-01T00:01:10.000Z")
    assert.deepStrictEqual(fall?.metadata.parts, { silence: -score })
    assert.deepStrictEqual([fall?.metadata.people, fall?.metadata.viewers, fall?.metadata.mood], [5, null, null])
    assert.strictEqual(state.baseline.quietSince, 0)
    assert.deepStrictEqual([state.baseline.moments, state.baseline.held, state.latest], [0, 0, undefined])
  })

  it("begins with a tenth of the usual people at most, if at least three are usual", () => {
    assert.deepStrictEqual(silenceOf(1), [10, 10, 0])
    assert.deepStrictEqual(silenceOf(2), [null, 0, 0])
    assert.deepStrictEqual(silenceOf(2, { people: 20, quietStir: T0 }), [10, 20, 0])
    assert.deepStrictEqual(silenceOf(0, { people: 3 }), [10, 3, 0])
    assert.deepStrictEqual(silenceOf(0, { people: 2.99 }), [null, 0, 0])
    // Not of a stream that is not known.
    assert.deepStrictEqual(silenceOf(1, { slides: 11 }), [null, 0, 0])
  })

  it("is a moment from the threshold on, by the usual people and by its length", () => {
    assert.deepStrictEqual(silenceOfFive(70, 2), [["chat_drop", "2.4"]])
    assert.deepStrictEqual(silenceOfFive(190, 3), [["chat_drop", "4.2"]])
    assert.deepStrictEqual(silenceOfFive(70, 3), [])
    const score = (5 / (1.6 * Math.sqrt(5))) * Math.sqrt(3)
    assert.strictEqual(silenceOfFive(70, score).length, 1)
    assert.strictEqual(silenceOfFive(70, score + 1e-9).length, 0)
  })

  it("lasts a minute to twice the memory", () => {
    assert.deepStrictEqual(silencesOf([60, { people: 5 }]), [[], true])
    assert.deepStrictEqual(silencesOf([300, {}], [610, { people: 5 }]), [["chat_drop 0-600"], true])
    assert.deepStrictEqual(silencesOf([300, {}], [620, { people: 5 }]), [[], true])
    // It does not end by itself.
    assert.deepStrictEqual(silencesOf([300, {}], [620, {}]), [[], false])
  })

  it("ends with the first people, who are half of the usual within a span, and not silent meanwhile", () => {
    assert.deepStrictEqual(silencesOf([70, { people: 2 }], [80, { people: 4 }], [90, { people: 5 }]), [
      ["chat_drop 0-60"],
      true
    ])
    assert.deepStrictEqual(silencesOf([70, { people: 4 }], [90, { people: 4 }]), [[], false])
    assert.deepStrictEqual(silencesOf([70, { people: 4 }], [90, { people: 4 }], [100, { people: 4 }]), [[], true])
    // The row that ends a span may still be the one that is back.
    assert.deepStrictEqual(silencesOf([70, { people: 4 }], [100, { people: 5 }]), [["chat_drop 0-60"], true])
    assert.deepStrictEqual(silencesOf([70, { people: 4 }], [80, { people: 1 }], [90, { people: 5 }]), [
      ["chat_drop 0-80"],
      true
    ])
  })
})

/** A row of a known stream with the given changes, and its numbers after it. */
const inLull = (people: number, more: Partial<Baseline> = {}, slide: Slide = {}) => {
  const state = knownState(more)
  const { zScore } = judgeRow(state, row(10, { ...slide, people }), SETTINGS).row
  return { ...state.baseline, zScore }
}

/** The chat's score of so many people where 5 are usual: the scale is 1.6 x sqrt(5). */
const riseFromFive = (people: number) => 0.9 * ((people - 5) / (1.6 * Math.sqrt(5)))

const zScoreAfterFall = (people: number, former: number, more: Partial<Baseline> = {}) =>
  inLull(people, { people: 5, recent: 5, former, ...more }).zScore

describe("a lull", () => {
  const STEP_RECENT = gain(10_000, 50_000)
  const STEP_FORMER = gain(10_000, 600_000)

  it("moves the mean below half of it, but not the deviation's share", () => {
    const before = { peopleDeviation: 2, unison: 8, unisonDeviation: 2 }
    const below = inLull(4, before, { unison: 3 })
    assert.strictEqual(below.people, 10 + GAIN * -6)
    assert.strictEqual(below.peopleDeviation, 2 * (below.people / 10))
    assert.strictEqual(below.unisonDeviation, 2 * (below.unison / 8))
    const half = inLull(5, before, { unison: 4 })
    assert.strictEqual(half.peopleDeviation, 2 + GAIN * (5 - 2))
    assert.strictEqual(half.unisonDeviation, 2 + GAIN * (4 - 2))
    // Each value by itself.
    assert.strictEqual(inLull(4, before, { unison: 4 }).unisonDeviation, 2 + GAIN * (4 - 2))
    assert.strictEqual(inLull(4, { ...before, slides: 11 }).peopleDeviation, 2 + (1 / 12) * (6 - 2))
  })

  it("learns the people of the last minute and of before at every slide", () => {
    const baseline = newBaseline()
    learn(baseline, { people: 4 }, T0)
    assert.deepStrictEqual([baseline.recent, baseline.former], [4, 4])
    // Their mean is 3 now.
    learn(baseline, { people: 2 })
    assert.deepStrictEqual([baseline.recent, baseline.former], [3, 4 + STEP_FORMER * (3 - 4)])
    const known = inLull(16)
    assert.deepStrictEqual([known.recent, known.former], [10 + STEP_RECENT * 6, known.people])
    const fallen = inLull(4, { people: 5, recent: 8, former: 20 })
    assert.strictEqual(fallen.recent, 8 + STEP_RECENT * -4)
    assert.strictEqual(fallen.former, 20 + STEP_FORMER * (fallen.people - 20))
  })

  it("makes twice the recent people and one the most that is usual", () => {
    const before = { peopleDeviation: 2, recent: 4, unison: 4, unisonDeviation: 1 }
    const after = inLull(4, before, { unison: 4, messages: 20 })
    // Recent people are 4, so 9 is the most; 10 learned 4.
    const share = 9 / (10 + GAIN * -6)
    assert.strictEqual(after.people, (10 + GAIN * -6) * share)
    assert.strictEqual(after.peopleDeviation, 2 * ((10 + GAIN * -6) / 10) * share)
    assert.strictEqual(after.unison, 4 * share)
    assert.strictEqual(after.unisonDeviation, (1 + GAIN * -1) * share)
    assert.strictEqual(after.messages, 20 * share)
    // From what is usual before the fall.
    assert.strictEqual(after.former, 10 + STEP_FORMER * (10 + GAIN * -6 - 10))
    // 12 people are more than the most, 2 x 4.97 + 1; so are 30, who may be a burst.
    assert.strictEqual(inLull(12, { ...before, people: 20 }).people, 20 + GAIN * -8)
    // Not if the stream is not known, nor in slides without a row.
    assert.strictEqual(inLull(4, { ...before, slides: 11 }).people, 10 + (1 / 12) * -6)
    const { baseline } = knownState({ recent: 1 })
    passTime(baseline, at(20), TEMPO)
    assert.strictEqual(baseline.people, 10 + GAIN * -10)
  })

  it("scores people who come back against twice what is usual, or what was before", () => {
    assert.strictEqual(zScoreAfterFall(30, 10), 0.9 * (20 / USUAL_SCALE))
    assert.strictEqual(zScoreAfterFall(30, 100), 0.9 * (20 / USUAL_SCALE))
    assert.strictEqual(zScoreAfterFall(30, 8), 0.9 * (22 / (1.6 * Math.sqrt(8))))
    // 10 / 5.06 is less than 2.
    assert.strictEqual(zScoreAfterFall(20, 10), 0.9 * 2)
    assert.strictEqual(zScoreAfterFall(12, 10), riseFromFive(12))
    // The deviation of 10 is twice that of 5.
    assert.strictEqual(zScoreAfterFall(60, 10, { peopleDeviation: 3 }), 0.9 * (50 / (2.005 * 6)))
    // 5 is not below 0.7 of 7; a stream that is not known has no score.
    assert.strictEqual(zScoreAfterFall(30, 7), riseFromFive(30))
    assert.isNull(zScoreAfterFall(30, 10, { slides: 11 }))
  })

  it("is not followed where counts are held, whose unit stays", () => {
    const counts = { sizeMs: 300_000, slideMs: 300_000, warmUpMs: 1000 }
    const before = { end: at(-290), people: 100, peopleDeviation: 20, recent: 0, former: 0 }
    const state = knownState(before)
    const { row: judged } = judgeRow(state, row(10, { people: 40 }), { ...SETTINGS, ...counts })
    assert.strictEqual(judged.zScore, -60 / (1.671 * 20))
    const { former, people, peopleDeviation, recent } = state.baseline
    assert.deepStrictEqual([people, recent, former], [100 + (1 / 101) * -60, 0, 0])
    assert.strictEqual(peopleDeviation, 20 + (1 / 101) * (60 - 20))
  })
})

const LOSS_BEGINS = [10, { people: 10, ...watched(600) }] as const

const lossSinceOf = (more: Partial<Baseline>, warmUpMs = 1000) => {
  const state = knownState(more)
  play(state, [LOSS_BEGINS], { warmUpMs })
  return state.baseline.lossSince
}

const lossOf = (...rows: Parameters<typeof play>[1]) => {
  const state = knownState()
  const moments = play(state, [LOSS_BEGINS, ...rows]).filter(({ type }) => type === "viewer_drop")
  return [briefly(moments), state.baseline.lossSince === 0]
}

describe("a loss of viewers", () => {
  const people = { people: 10 }

  it("is reported two minutes later, if the chat continues", () => {
    const state = knownState()
    // (600 - 1000) / (1000 / 12) = -4.8.
    assert.deepStrictEqual(play(state, [LOSS_BEGINS]), [])
    assert.deepStrictEqual(
      [state.baseline.lossSince, state.baseline.lossUsual, state.baseline.viewers],
      [at(10), 1000, 600]
    )
    assert.deepStrictEqual(play(state, [[70, { ...people, ...watched(610) }]]), [])
    const [fall, ...others] = play(state, [[130, { ...people, ...watched(620) }]])
    assert.deepStrictEqual([briefly(fall === undefined ? [] : [fall]), others], [["viewer_drop 0-130"], []])
    const score = 400 / (1000 * (1 / 12))
    assert.closeTo(fall?.intensity ?? 0, score, 1e-9)
    assert.strictEqual(fall?.description, "Viewers fell from 1000 to 620, and the stream goes on.")
    assert.deepStrictEqual(fall?.metadata.parts, { loss: -(fall?.intensity ?? 0) })
    assert.strictEqual(fall?.metadata.peak_end, "2024-01-01T00:02:10.000Z")
    assert.deepStrictEqual([state.baseline.lossSince, state.latest], [0, undefined])
  })

  it("begins where most of it is sudden, and viewers are known", () => {
    // 1000 are usual: 240 of 400 since the last sample are most of it.
    assert.strictEqual(lossSinceOf({ viewersLast: 840 }), at(10))
    assert.strictEqual(lossSinceOf({ viewersLast: 839 }), 0)
    // 61 slides x 10 s, of which this is one.
    assert.strictEqual(lossSinceOf({ slides: 59 }, 120_000), at(10))
    assert.strictEqual(lossSinceOf({ slides: 58 }, 120_000), 0)
  })

  it("is none when viewers come back, after ten minutes, or while the chat is silent", () => {
    // 850 is not more than 0.85 of 1000.
    assert.deepStrictEqual(lossOf([130, { ...people, ...watched(851) }]), [[], true])
    assert.deepStrictEqual(lossOf([130, { ...people, ...watched(850) }]), [["viewer_drop 0-130"], true])
    assert.deepStrictEqual(lossOf([120, { ...people, ...watched(600) }]), [[], false])
    assert.deepStrictEqual(lossOf([130, people]), [[], false])
    // No more than half of the usual people, which are fewer by then.
    assert.deepStrictEqual(lossOf([130, watched(600)]), [[], false])
    assert.deepStrictEqual(lossOf([300, people], [610, { ...people, ...watched(600) }]), [["viewer_drop 0-610"], true])
    assert.deepStrictEqual(lossOf([300, people], [620, { ...people, ...watched(600) }]), [[], true])
  })
})

const ofCounts = (moments: number) => knownState({ end: at(-290), viewersEnd: at(-290), moments })

const kindsOf = (...rows: Parameters<typeof play>[1]) =>
  play(knownState(), rows).map(
    ({ openedAs, timestampMs, type }) => `${openedAs}, now ${type} ${inSeconds(timestampMs)}`
  )

const typeOf = (unison: number, shared?: string) =>
  play(knownState({ unison: 40 }), [[10, { people: 60, unison, ...(shared === undefined ? {} : { shared }) }]])[0]?.type

const surgeAt = (endS: number, viewers: number, people = 10) => [endS, { people, ...watched(viewers) }] as const

/** "timestamp to ended at: usual viewers to viewers" of each. */
const surgesOf = (...moments: ReadonlyArray<OracleMoment | undefined>): ReadonlyArray<string> =>
  moments.flatMap((moment) => {
    if (moment === undefined) return []
    const { endedAtMs, metadata, timestampMs } = moment
    return [`${inSeconds(timestampMs)}-${inSeconds(endedAtMs)}: ${metadata.usual_viewers} to ${metadata.viewers}`]
  })

describe("a rise", () => {
  it("needs five people in the chat and the threshold, and begins a slide before its end", () => {
    // 0.9 x (30 - 10) / 5.06 = 3.56?.type.

    const state = knownState()
    const [rise] = play(state, [[10, { people: 30, messages: 60 }]])
    assert.deepStrictEqual(
      [rise?.type, rise?.openedAs, rise?.timestampMs, rise?.endedAtMs],
      ["chat_spike", "chat_spike", at(0), at(10)]
    )
    assert.strictEqual(rise?.intensity, chatScore(30))
    assert.deepStrictEqual(rise?.metadata, {
      peak_end: "2024-01-01T00:00:10.000Z",
      peak_start: "1970-01-01T00:00:00.000Z",
      span_seconds: 20,
      parts: { chat: chatScore(30) },
      people: 30,
      usual_people: 10,
      people_deviation: USUAL_SCALE,
      messages: 60,
      usual_messages: 20,
      unison: 0,
      usual_unison: 0,
      shared: null,
      repeated_text: "",
      repeated_messages: 0,
      repeated_people: 0,
      viewers: null,
      usual_viewers: null,
      mood: null,
      usual_mood: null,
      broadcast_start: null
    })
    const { held, momentAt, momentEnd, momentParts, momentPeak, moments } = state.baseline
    assert.deepStrictEqual(
      [moments, momentAt, momentEnd, momentParts, momentPeak, held],
      [1, at(0), at(10), 1, chatScore(30), chatScore(30)]
    )
    assert.deepStrictEqual(play(knownState(), [[10, { people: 26 }]]), [])
    // In a nearly silent chat: 4 people of score 2.25 are none.
    assert.deepStrictEqual(play(knownState({ people: 0 }), [[10, { people: 4 }]], { threshold: 2 }), [])
    assert.deepStrictEqual(briefly(play(knownState({ people: 0 }), [[10, { people: 5 }]], { threshold: 2 })), [
      "chat_spike 0-10"
    ])
    // Not of a stream that is not known.
    assert.deepStrictEqual(play(knownState({ slides: 11 }), [[10, { people: 30 }]]), [])
  })

  it("opens at the threshold, above what is held, closed and open", () => {
    const threshold = chatScore(30)
    assert.strictEqual(play(knownState(), [[10, { people: 30 }]], { threshold }).length, 1)
    assert.strictEqual(play(knownState(), [[10, { people: 30 }]], { threshold: threshold + 1e-9 }).length, 0)
    // The held peak has decayed by one slide.
    const held = threshold / TEMPO.heldDecay
    assert.strictEqual(play(knownState({ held: held * (1 - 1e-9) }), [[10, { people: 30 }]]).length, 1)
    assert.strictEqual(play(knownState({ held: held * (1 + 1e-9) }), [[10, { people: 30 }]]).length, 0)
  })

  it("holds three thresholds at most", () => {
    const state = knownState()
    play(state, [[10, { people: 200 }]])
    assert.deepStrictEqual([state.baseline.held, state.baseline.momentPeak], [9, chatScore(200)])
  })

  it("goes on at half the threshold in the next slide, and not after a slide without", () => {
    const half = { people: 20 }
    const spike = [10, { people: 60 }] as const
    // 0.9 x 10 / 5.1 = 1.7, not 1.5 at 17.
    assert.deepStrictEqual(briefly(play(knownState(), [spike, [20, half]])), ["chat_spike 0-10", "chat_spike 0-20"])
    assert.deepStrictEqual(briefly(play(knownState(), [spike, [20, { people: 17 }]])), ["chat_spike 0-10"])
    assert.deepStrictEqual(briefly(play(knownState(), [spike, [30, half]])), ["chat_spike 0-10"])
    // Fewer than five people continue a moment, too.
    const quiet = knownState({ people: 0 })
    assert.deepStrictEqual(
      briefly(
        play(
          quiet,
          [
            [10, { people: 9 }],
            [20, { people: 4 }]
          ],
          { threshold: 3 }
        )
      ),
      ["chat_spike 0-10", "chat_spike 0-20"]
    )
  })

  it("keeps the numbers of its peak, the first among equals", () => {
    const state = knownState()
    const rises = play(state, [
      [10, { people: 60, messages: 61 }],
      [20, { people: 40, messages: 41 }],
      [30, { people: 99, messages: 100 }]
    ])
    assert.deepStrictEqual(
      rises.map(({ metadata }) => metadata.messages),
      [61, 61, 100]
    )
    assert.deepStrictEqual(
      rises.map(({ intensity }) => intensity === state.baseline.momentPeak),
      [false, false, true]
    )
    assert.strictEqual(rises[2]?.metadata.parts.chat, rises[2]?.intensity)
    assert.strictEqual(state.baseline.moments, 0)
  })

  it("opens again only above the held peak, with a timestamp of its own", () => {
    const state = knownState()
    const moments = play(state, [
      [10, { people: 30 }],
      [20, {}],
      [60, { people: 60 }]
    ])
    assert.deepStrictEqual(briefly(moments), ["chat_spike 0-10", "chat_spike 50-60"])
  })

  it("with viewers makes the new level usual at once", () => {
    const state = knownState()
    // (1300 - 1000) / (1000 / 12) = 3.6.
    const [surge] = play(state, [[10, { people: 10, ...watched(1300) }]])
    assert.deepStrictEqual(
      [surge?.type, surge?.metadata.viewers, surge?.metadata.usual_viewers],
      ["viewer_surge", 1300, 1000]
    )
    assert.strictEqual(state.baseline.viewers, 1300)
    assert.strictEqual(surge?.description, "Viewers went from 1000 to 1300.")
    assert.deepStrictEqual(play(state, [[20, { people: 10, ...watched(1300) }]]), [])
    assert.deepStrictEqual(play(knownState({ slides: 58 }), [[10, watched(1300)]]), [])
  })

  it("in counts leaves the usual viewers as they are, and raises the threshold by a quarter for each recent one", () => {
    const counts = { sizeMs: 300_000, slideMs: 300_000, warmUpMs: 1000 }
    const long = tempoOf({ ...SETTINGS, ...counts })
    const state = ofCounts(0)
    const [surge] = play(state, [[10, watched(1300)]], counts)
    assert.strictEqual(surge?.metadata.viewers, 1300)
    // Two scales: clipped, and learned, but not taken over.
    assert.strictEqual(state.baseline.viewers, 1000 + (1 / 101) * (2 * (1000 * (1 / 12))))
    // 3.6 is below 3 x (1 + 0.25 x 1).
    assert.deepStrictEqual(play(ofCounts(1 / long.momentsDecay), [[10, watched(1300)]], counts), [])
    assert.strictEqual(play(ofCounts(0.7), [[10, watched(1300)]], counts).length, 1)
  })

  it("is a raid when viewers and chat come within 90 s, whichever is first", () => {
    const chat = { people: 60 }
    const viewers = { people: 10, ...watched(1300) }
    assert.deepStrictEqual(kindsOf([10, { ...chat, ...watched(1300) }]), ["raid, now raid 0"])
    assert.deepStrictEqual(kindsOf([10, chat], [100, viewers]), [
      "chat_spike, now chat_spike 0",
      "chat_spike, now raid 0"
    ])
    // 3.6 is below what 110 s have left of 8.9, so that a new moment has no room either.
    assert.deepStrictEqual(kindsOf([10, chat], [110, viewers]), ["chat_spike, now chat_spike 0"])
    assert.deepStrictEqual(kindsOf([10, viewers], [100, chat]), [
      "viewer_surge, now viewer_surge 0",
      "viewer_surge, now raid 0"
    ])
    assert.deepStrictEqual(kindsOf([10, viewers], [110, chat]), [
      "viewer_surge, now viewer_surge 0",
      "chat_spike, now chat_spike 100"
    ])
  })

  it("is one moment where viewers join again, with the usual of the first surge and the greatest value", () => {
    const state = knownState()
    // 300 / (1000 / 12) = 3.6, and then 350 / (1300 / 12) = 3.23: less than what 20 s have left of
    // 3.6, which is 3.34.
    const [first, second, ...others] = play(state, [surgeAt(10, 1300), surgeAt(30, 1650)])
    assert.deepStrictEqual([...surgesOf(first, second), others], ["0-10: 1000 to 1300", "0-30: 1000 to 1650", []])
    assert.strictEqual(second?.description, "Viewers went from 1000 to 1650.")
    // The first surge is still the peak, and has the greatest score.
    const { intensity, metadata } = second ?? {}
    assert.deepStrictEqual([intensity, metadata?.parts.viewers], [first?.intensity, first?.intensity])
    assert.strictEqual(metadata?.peak_end, "2024-01-01T00:00:10.000Z")
    assert.deepStrictEqual([state.baseline.momentParts, state.baseline.viewers], [2, 1650])
    // 1100 begin a loss, -550 / (1650 / 12) = -4, so that 1500 are 400 / (1100 / 12) = 4.4: a
    // greater peak of a smaller value.
    const [third] = play(state, [surgeAt(50, 1100), surgeAt(70, 1500)])
    assert.deepStrictEqual(surgesOf(third), ["0-70: 1000 to 1650"])
    assert.deepStrictEqual([third?.intensity.toFixed(1), third?.metadata.parts.viewers], ["4.4", third?.intensity])
    assert.strictEqual(third?.metadata.peak_end, "2024-01-01T00:01:10.000Z")
  })

  it("is another one where viewers come more than 90 s later, or with a chat that cannot join", () => {
    assert.deepStrictEqual(surgesOf(...play(knownState(), [surgeAt(10, 1300), surgeAt(100, 1650)])), [
      "0-10: 1000 to 1300",
      "0-100: 1000 to 1650"
    ])
    // 100 s have left less than 3.23 of the 3.6 that are held.
    assert.deepStrictEqual(surgesOf(...play(knownState(), [surgeAt(10, 1300), surgeAt(110, 1650)])), [
      "0-10: 1000 to 1300",
      "100-110: 1300 to 1650"
    ])
    // The next slide continues a raid; a chat after a slide without one does not.
    assert.deepStrictEqual(surgesOf(...play(knownState(), [surgeAt(10, 1300, 60), surgeAt(20, 1650, 60)])), [
      "0-10: 1000 to 1300",
      "0-20: 1000 to 1650"
    ])
    assert.deepStrictEqual(surgesOf(...play(knownState(), [surgeAt(10, 1300, 30), surgeAt(30, 1650, 90)])), [
      "0-10: 1000 to 1300",
      "20-30: 1300 to 1650"
    ])
    // Without the chat, viewers alone join that raid.
    assert.deepStrictEqual(surgesOf(...play(knownState(), [surgeAt(10, 1300, 30), surgeAt(30, 1650)])), [
      "0-10: 1000 to 1300",
      "0-30: 1000 to 1650"
    ])
  })

  it("accepts a part while it continues, although another part could not join", () => {
    // At 20 s chat continues, and viewers join; chat itself has been there since 10 s.
    const state = knownState()
    const moments = play(state, [
      [10, { people: 60 }],
      [20, { people: 60, ...watched(1400) }]
    ])
    assert.deepStrictEqual(briefly(moments), ["chat_spike 0-10", "raid 0-20"])
    assert.deepStrictEqual(state.baseline.momentParts, 3)
    // At 30 s chat does not go on but opens again: not all parts can join, so they are a new
    // moment.
    const other = play(knownState(), [
      [10, { people: 30 }],
      [20, {}],
      [30, { people: 90, ...watched(1400) }]
    ])
    assert.deepStrictEqual(briefly(other), ["chat_spike 0-10", "raid 20-30"])
  })

  it("is hype where four in ten share a cheer", () => {
    assert.strictEqual(typeOf(24, "HYPE"), "hype")
    assert.strictEqual(typeOf(23, "HYPE"), "chat_spike")
    assert.strictEqual(typeOf(24, "pog"), "hype")
    assert.strictEqual(typeOf(24, "VICTORY"), "hype")
    assert.strictEqual(typeOf(24, "gs"), "hype")
    assert.strictEqual(typeOf(24, "LAUGHTER"), "chat_spike")
    assert.strictEqual(typeOf(24, "constructor"), "chat_spike")
    assert.strictEqual(typeOf(24), "chat_spike")
  })
})

describe("a turn", () => {
  const mood = { mood: 0.5, moodDeviation: 0.02, moodSpread: 0.4 }
  const dark = { people: 10, moodTexts: 40, moodMicro: -20_000_000 }
  const error = (1.5 * 0.4) / Math.sqrt(20)

  it("is of the mood alone, in either direction, and takes its level over", () => {
    const state = knownState(mood)
    const [turn] = play(state, [[10, dark]])
    assert.deepStrictEqual(
      [turn?.type, turn?.openedAs, turn?.intensity],
      ["sentiment_shift", "sentiment_shift", 1 / error]
    )
    assert.deepStrictEqual(turn?.metadata.parts, { mood: -1 / error })
    assert.deepStrictEqual([turn?.metadata.mood, turn?.metadata.usual_mood], [-0.5, 0.5])
    assert.strictEqual(turn?.description, "The mood turned darker: -0.50 where 0.50 is usual.")
    assert.deepStrictEqual([state.baseline.mood, state.baseline.momentParts], [-0.5, 4])
    // 2 x 1 / 3, which is more than it has learned.
    assert.strictEqual(state.baseline.moodDeviation, (2 * 1) / 3)
    const bright = play(knownState({ ...mood, mood: -0.004 }), [[10, { ...dark, moodMicro: 40_000_000 }]])
    assert.strictEqual(bright[0]?.description, "The mood turned brighter: 1.00 where 0.00 is usual.")
  })

  it("adds itself to a rise, whose type stays", () => {
    const [spike] = play(knownState(mood), [[10, { ...dark, people: 60 }]])
    assert.strictEqual(spike?.type, "chat_spike")
    assert.strictEqual(
      spike?.description,
      "60 messages in 20 seconds, 3 times the usual 20, from 60 people. The mood turned darker: -0.50 where 0.50 is usual."
    )
    const [surge] = play(knownState(mood), [[10, { ...dark, ...watched(1300) }]])
    assert.deepStrictEqual(
      [surge?.type, surge?.description],
      ["viewer_surge", "Viewers went from 1000 to 1300. The mood turned darker: -0.50 where 0.50 is usual."]
    )
  })

  it("keeps the greatest score of each part, with its value and usual", () => {
    const state = knownState(mood)
    play(state, [[10, { ...dark, people: 60 }]])
    // A greater peak of the chat alone: the mood's part stays.
    const [later] = play(state, [[20, { people: 99 }]])
    assert.deepStrictEqual(
      [later?.metadata.parts.mood, later?.metadata.mood, later?.metadata.people],
      [-1 / error, -0.5, 99]
    )
  })
})

const sentenceOf = (slide: Slide, more: Partial<Baseline> = {}, settings: Partial<JudgeSettings> = {}) =>
  play(knownState(more), [[10, slide]], { threshold: 0.5, ...settings })[0]?.description

const agreementOf = (unison: number, more: Slide = {}) =>
  sentenceOf({ people: 100, unison, shared: "kekw", ...more })?.split("; ")[1]

/** A shared word, as a row has it. */
const inBytes = (word: string): string => Buffer.from(word).toString("latin1")

const descriptionsOf = (...rows: ReadonlyArray<readonly [endS: number, slide: Slide]>) =>
  play(knownState(), rows).map(({ description }) => description)

const spanInWords = (seconds: number) => {
  const settings = { sizeMs: seconds * 1000, slideMs: seconds * 1000, warmUpMs: 1000 }
  return sentenceOf({ people: 60 }, { end: at(10 - seconds) }, settings)?.split(",")[0]
}

describe("sentences", () => {
  it("report the multiple of the usual, to a tenth below 10", () => {
    assert.strictEqual(
      sentenceOf({ people: 296, messages: 456 }, { messages: 71.4 }),
      "456 messages in 20 seconds, 6.4 times the usual 71, from 296 people."
    )
    assert.strictEqual(
      sentenceOf({ people: 30, messages: 300 }, { messages: 9.96 }),
      "300 messages in 20 seconds, 30 times the usual 10, from 30 people."
    )
    assert.strictEqual(
      sentenceOf({ people: 30, messages: 30 }, { messages: 2.25 }),
      "30 messages in 20 seconds, 13 times the usual 2.3, from 30 people."
    )
    assert.strictEqual(
      sentenceOf({ people: 30, messages: 30 }, { messages: 0.49 }),
      "30 messages in 20 seconds, where almost nothing is usual, from 30 people."
    )
  })

  it("report the agreement of people, by their share", () => {
    const shares = [100, 90, 89, 70, 69, 58, 57, 42, 41, 29, 28, 20, 19, 3].map((unison) => agreementOf(unison))
    assert.deepStrictEqual(shares, [
      "nearly all of them said KEKW.",
      "nearly all of them said KEKW.",
      "three quarters of them said KEKW.",
      "three quarters of them said KEKW.",
      "two thirds of them said KEKW.",
      "two thirds of them said KEKW.",
      "half of them said KEKW.",
      "half of them said KEKW.",
      "a third of them said KEKW.",
      "a third of them said KEKW.",
      "a quarter of them said KEKW.",
      "a quarter of them said KEKW.",
      "they said different things.",
      "they said different things."
    ])
    assert.isUndefined(agreementOf(2))
    assert.strictEqual(agreementOf(50, { shared: "SORROW" }), "half of them were sad.")
    assert.strictEqual(agreementOf(50, { shared: "constructor" }), "half of them said constructor.")
    assert.strictEqual(agreementOf(50, { shared: "go" }), "half of them said goo.")
    assert.strictEqual(agreementOf(50, { repeated: [50, 40, "what a play"] }), 'half of them wrote "what a play".')
    assert.strictEqual(agreementOf(50, { repeated: [50, 39, "what a play"] }), "half of them said KEKW.")
    assert.strictEqual(agreementOf(50, { repeated: [50, 50, "play"] }), "half of them said KEKW.")
    assert.strictEqual(agreementOf(50, { shared: "a".repeat(61) }), `half of them said ${"a".repeat(60)}….`)
    assert.strictEqual(agreementOf(50, { shared: "a".repeat(60) }), `half of them said ${"a".repeat(60)}.`)
  })

  it("omit a common word, unless a text was repeated", () => {
    const different = "they said different things."
    const shared = (word: string, more: Slide = {}) => agreementOf(95, { shared: inBytes(word), ...more })
    // First and last of the list, one that compares with a letter less, one beyond ASCII, and one
    // that is there twice.
    for (const word of ["a", "то", "wil", "что", "on"]) assert.strictEqual(shared(word), different)
    // At every share, and nothing at all below 3.
    assert.deepStrictEqual(
      [100, 70, 20, 19, 3, 2].map((unison) => agreementOf(unison, { shared: "the" })),
      [different, different, different, different, different, undefined]
    )
    // 76 = 0.8 x 95.
    assert.strictEqual(shared("the", { repeated: [80, 76, "the end"] }), 'nearly all of them wrote "the end".')
    assert.strictEqual(shared("the", { repeated: [80, 75, "the end"] }), different)
    assert.strictEqual(shared("the", { repeated: [95, 95, "the"] }), different)
    // Below a fifth the sentence reports different things in spite of a repeated text.
    assert.strictEqual(agreementOf(19, { shared: "the", repeated: [19, 19, "the end"] }), different)
  })

  it("compare common words whole, and as bytes", () => {
    const words = ["them!x", "i'm", "х", "Я", "é", "no", "si", "not", "w", "LOVE"]
    const deeds = words.map((word) => agreementOf(95, { shared: inBytes(word) }))
    assert.deepStrictEqual(deeds, [
      "nearly all of them said them!x.",
      "nearly all of them said i'm.",
      "nearly all of them said х.",
      "nearly all of them said Я.",
      "nearly all of them said é.",
      "nearly all of them said no.",
      "nearly all of them said si.",
      "nearly all of them said not.",
      "nearly all of them said W.",
      "nearly all of them sent love."
    ])
  })

  it("report the chat only if it is a part", () => {
    const viewers = { people: 10, ...watched(1300) }
    // With people who agree, and still no part: 10 are usual.
    assert.deepStrictEqual(descriptionsOf([10, { ...viewers, unison: 4, shared: "kekw" }]), [
      "Viewers went from 1000 to 1300."
    ])
    // The chat joins 10 s later, as the greater peak: the description reports it from then on. The
    // 10 messages at 10 s have moved their usual 20 by 2.258 % of 10, to 19.77; 90 / 19.77 = 4.55.
    const [surge, raid] = descriptionsOf([10, viewers], [20, { people: 60, messages: 90 }])
    assert.strictEqual(surge, "Viewers went from 1000 to 1300.")
    assert.strictEqual(
      raid,
      "Viewers went from 1000 to 1300. 90 messages in 20 seconds, 4.6 times the usual 20, from 60 people."
    )
    // Both at once, with a common word.
    const both = { people: 60, messages: 60, unison: 30, shared: "you", ...watched(1300) }
    assert.deepStrictEqual(descriptionsOf([10, both]), [
      "Viewers went from 1000 to 1300. 60 messages in 20 seconds, 3 times the usual 20, from 60 people; they said different things."
    ])
  })

  it("report spans in seconds or in minutes", () => {
    assert.deepStrictEqual(
      [spanInWords(60), spanInWords(120), spanInWords(90)],
      ["60 messages in a minute", "60 messages in 2 minutes", "60 messages in 90 seconds"]
    )
  })
})

const endOf = (k: number): number => k * 10_000 + 25_000

describe("table baselines", () => {
  it("has a slot for each stream by FNV-1a", () => {
    // Hash of "": 2166136261 mod 30. Hash of "a": 0xE40C292C = 3826002220.
    assert.strictEqual(slotOf(""), 2_166_136_261 % 30)
    assert.strictEqual(slotOf("a"), 3_826_002_220 % 30)
    // Hash of "foobar": 0xBF9CF968.
    assert.strictEqual(slotOf("foobar"), 0xbf9cf968 % 30)
  })

  it("holds what the last row before the stream's latest slot has left", () => {
    const window = { sizeMs: 25_000, slideMs: 10_000 }
    const slot = slotOf("a")
    // The slide that stores "a": a number that is its slot mod 30.
    const number = Math.floor(T0 / 300_000) * 30 + slot
    const learned = [-2, 0, 1, 29].map((k) => ({ stream: "a", endMs: endOf(number + k), numbers: [k] }))
    const storedAt = (watermarkMs: number, partEndMs?: number) =>
      storedOf(learned, window, { watermarkMs, partEndMs }).map(({ numbers }) => numbers[0])
    assert.deepStrictEqual(storedAt(endOf(number) - 1), [])
    assert.deepStrictEqual(storedAt(endOf(number)), [0])
    assert.deepStrictEqual(storedAt(endOf(number + 30) - 1), [0])
    assert.deepStrictEqual(storedAt(endOf(number + 30)), [29])
    // Before the first row of slide k, slide k - 1 is over.
    assert.deepStrictEqual(storedAt(Number.NEGATIVE_INFINITY, endOf(number)), [])
    assert.deepStrictEqual(storedAt(Number.NEGATIVE_INFINITY, endOf(number + 1)), [0])
  })

  it("has 30 numbers of the baseline first", () => {
    assert.strictEqual(NUMBERS.length, 30)
    const [learned] = detect([row(10, { people: 2, ...watched(7) })], SETTINGS).learned
    // End, slides, people and deviation, unison and deviation, recent, former, messages, viewers
    // and deviation, last and its end.
    assert.deepStrictEqual(learned?.numbers.slice(0, 13), [at(10), 1, 2, 2, 0, 0, 2, 2, 2, 7, 0, 7, at(10)])
    assert.deepStrictEqual(
      learned?.numbers.slice(13, 30),
      Array.from({ length: 17 }, () => 0)
    )
  })
})
