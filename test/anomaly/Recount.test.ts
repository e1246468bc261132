import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Moments } from "../../src/anomaly/Moments.ts"
import { STREAM_NUMBERS } from "../../src/domain/Baseline.ts"
import { SESSION_GAP_MS } from "../../src/domain/Broadcast.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { Reaction } from "../../src/domain/Reaction.ts"
import {
  SENSITIVE_TYPES,
  type SensitivityApplied,
  type SensitivityChange,
  stepsOf
} from "../../src/domain/Sensitivity.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { compareBaselines, compareMoments } from "../oracle/Compare.ts"
import { detect, type OracleWindow } from "../oracle/Detection.ts"
import type { OracleMoment } from "../oracle/Moments.ts"
import { greatestCommonDivisor, tempoOf } from "../oracle/Tempo.ts"
import { reaction, slide, START_MS } from "./Slides.ts"
import { SILENT_WINDOW } from "../oracle/Silence.ts"

const STREAM = "stream"
const SLIDES = 600
const WINDOWS = [
  { sizeMs: 60_000, slideMs: 10_000 },
  { sizeMs: 25_000, slideMs: 10_000 },
  { sizeMs: 60_000, slideMs: 60_000 },
  { sizeMs: 300_000, slideMs: 300_000 }
] as const
/** Shared words; each has its type or its sentence. */
const SHARED = ["HYPE", "VICTORY", "LAUGHTER", "kekw", "the"]

/** The behavior of the chat for some slides, as a share of its usual people. */
const paceOf = (draws: Draws): { readonly share: number; readonly slides: number } => {
  switch (draws.below(8)) {
    case 0:
      return { share: 0, slides: draws.between(1, 12) }
    case 1:
      return { share: 0, slides: draws.between(55, 70) }
    case 2:
      return { share: 0.05, slides: draws.between(3, 15) }
    case 3:
      return { share: 0.2, slides: draws.between(1, 30) }
    case 4:
      return { share: 0.5, slides: draws.between(1, 30) }
    case 5:
      return { share: draws.between(2, 9), slides: draws.between(1, 4) }
    default:
      return { share: 1, slides: draws.between(5, 60) }
  }
}

/**
 * `noise`: how far people are from their mean, as a share of it; 0 puts values exactly on bounds.
 */
const reactionOf = (draws: Draws, mean: number, noise: number, mood: number): StreamSlide["reaction"] => {
  const people = Math.max(0, Math.round(mean * (1 + noise * (2 * draws.unit() - 1))))
  const messages = people + draws.below(people + 1)
  if (people < 5) return reaction(people, 0, { messages })
  const share = draws.chance(0.1) ? 0.8 : 0.2
  const unison = Math.round(people * share * draws.unit())
  const moodTexts = draws.below(messages + 1)
  return reaction(people, unison > 1 ? unison : 0, {
    messages,
    shared: unison > 1 ? SHARED[draws.below(SHARED.length)] : undefined,
    moodTexts,
    moodMicro: Math.round(moodTexts * 1_000_000 * Math.max(-1, Math.min(1, mood + 0.4 * (draws.unit() - 0.5))))
  })
}

/** The slide alone holds what its reaction span holds. */
const aloneOf = ({ messages, moodMicro, moodTexts }: Reaction) => ({
  slideMessages: messages,
  slideScored: moodTexts,
  slideScoreMicro: moodMicro
})

/**
 * An evening of one stream: lulls, silences, bursts in any of them, turns, raids, losses and
 * pauses.
 */
const evening = (draws: Draws, slideMs: number): ReadonlyArray<StreamSlide> => {
  const slides: Array<StreamSlide> = []
  const usual = draws.between(2, 60)
  const noise = draws.chance(0.25) ? 0 : 0.3
  let viewers = draws.between(20, 5000)
  let mood = 0.2
  let pace = { share: 1, slides: 40 }
  for (let number = 0; number < SLIDES; number++) {
    if (pace.slides-- === 0) pace = paceOf(draws)
    if (draws.chance(0.01)) mood = 2 * draws.unit() - 1
    if (draws.chance(0.01)) viewers = Math.round(viewers * (0.4 + 1.4 * draws.unit()))
    if (draws.chance(0.01)) number += draws.below(80)
    const burst = pace.share < 1 && draws.chance(0.03) ? 10 : 1
    const isSampled = number % 6 === 0 || slideMs > 10_000
    const reaction = reactionOf(draws, usual * pace.share * burst, noise, mood)
    slides.push({
      stream: STREAM,
      endMs: EventTimeMs(START_MS + number * slideMs),
      reaction,
      viewerSum: isSampled ? viewers : 0,
      viewerSamples: isSampled ? 1 : 0,
      ...aloneOf(reaction)
    })
  }
  return slides
}

/** Changes, and the versions that the task applied: some skip others, some share a window. */
const sensitivityOf = (draws: Draws, slides: ReadonlyArray<StreamSlide>) => {
  const changes = Array.from({ length: draws.between(1, 40) }, (_, index) => ({
    version: index + 1,
    stream: [STREAM, "other", null][draws.below(3)] ?? null,
    type: draws.chance(0.3) ? null : (SENSITIVE_TYPES[draws.below(SENSITIVE_TYPES.length)] ?? null),
    threshold: draws.chance(0.2) ? null : 0.3 + 5 * draws.unit()
  }))
  const applied: Array<SensitivityApplied> = []
  let at = 0
  for (const { version } of changes) {
    if (draws.chance(0.3)) continue
    at += draws.below(30)
    const fromEndMs = slides[at]?.endMs
    if (fromEndMs !== undefined) applied.push({ version, fromEndMs })
  }
  return { changes, applied }
}

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A part of an evening whose slides are all equal. */
const Part = Schema.Struct({
  slides: between(1, 70),
  people: Schema.Literals([0, 1, 3, 5, 10, 11, 30, 90]),
  /** How many of ten people agree. */
  agreeing: between(0, 10),
  shared: Schema.Literals(SHARED),
  moodMicro: Schema.Literals([-800_000, 0, 100_000, 800_000]),
  /** 0 = no sample. */
  viewers: Schema.Literals([0, 50, 100, 1_000, 3_000]),
  /** Missing slides after the part. */
  pause: Schema.Literals([0, 0, 1, 59, 61])
})

const slidesOf = (parts: ReadonlyArray<typeof Part.Type>, slideMs: number): ReadonlyArray<StreamSlide> => {
  let number = 0
  return parts.flatMap(({ agreeing, moodMicro, pause, people, shared, slides, viewers }) => {
    const unison = Math.floor((people * agreeing) / 10)
    const first = number
    number += slides + pause
    const spans = reaction(people, unison > 1 ? unison : 0, {
      messages: people,
      shared: unison > 1 ? shared : undefined,
      moodTexts: people,
      moodMicro: people * moodMicro
    })
    return Array.from({ length: slides }, (_, index) => ({
      stream: STREAM,
      endMs: EventTimeMs(START_MS + (first + index) * slideMs),
      reaction: spans,
      viewerSum: viewers,
      viewerSamples: viewers === 0 ? 0 : 1,
      ...aloneOf(spans)
    }))
  })
}

/** A slide as the recount judges it; the row's other columns do not affect detection. */
const windowOf = (each: StreamSlide, settings: Settings): OracleWindow => {
  const { endMs, reaction, stream } = each
  const { busiest, repeated, shared, ...numbers } = reaction
  const paneMs = greatestCommonDivisor(settings.sizeMs, settings.slideMs)
  return {
    stream,
    startMs: endMs,
    endMs,
    ...SILENT_WINDOW,
    reaction: {
      ...numbers,
      shared: shared ?? null,
      repeatedMessages: repeated.messages,
      repeatedPeople: repeated.people,
      repeatedText: repeated.text
    },
    busiestPaneMs: endMs - tempoOf(settings).spanMs + busiest * paneMs,
    viewerSum: each.viewerSum,
    viewerSamples: each.viewerSamples,
    slideMessages: each.slideMessages,
    slideScored: each.slideScored,
    slideScoreMicro: each.slideScoreMicro
  }
}

interface Settings {
  readonly sizeMs: number
  readonly slideMs: number
  readonly threshold: number
  readonly sensitivity?: Sensitivity
}

interface Sensitivity {
  readonly changes: ReadonlyArray<SensitivityChange>
  readonly applied: ReadonlyArray<SensitivityApplied>
}

/**
 * The recount's moments, which detection's equal, as do its scores and the numbers after each
 * slide.
 */
const compared = (
  slides: ReadonlyArray<StreamSlide>,
  settings: Settings,
  name: string
): ReadonlyArray<OracleMoment> => {
  const expected = detect(
    slides.map((each) => windowOf(each, settings)),
    { ...settings, sessionGapMs: SESSION_GAP_MS }
  )
  const moments = new Moments(settings, settings)
  const { applied, changes } = settings.sensitivity ?? { applied: [], changes: [] }
  moments.thresholds.restore(stepsOf(changes, applied, Number.NEGATIVE_INFINITY))
  const place = moments.baselines.placeOf(STREAM)
  const actual = new Map<string, Moment>()
  const learned = slides.map((each, index) => {
    const judged = moments.step(each)
    assert.strictEqual(judged.zScore, expected.rows[index]?.zScore, `${name}, slide ${index}`)
    assert.strictEqual(judged.isAnomaly, expected.rows[index]?.isAnomaly, `${name}, slide ${index}`)
    for (const moment of judged.moments) actual.set(`${moment.timestampMs} ${moment.openedAs}`, moment)
    return {
      // Compared by the slide.
      stream: String(each.endMs),
      numbers: STREAM_NUMBERS.map((_, number) => moments.baselines.at(place, number))
    }
  })
  const wanted = expected.learned.map((each) => ({ ...each, stream: String(each.endMs) }))
  assert.deepStrictEqual(compareBaselines(wanted, learned).slice(0, 3), [], name)
  assert.deepStrictEqual(compareMoments(expected.moments, [...actual.values()]), [], name)
  return expected.moments
}

describe("detection equals the recount: each score, the moments, and the numbers after each slide", () => {
  it("in random evenings", { timeout: 120_000 }, () => {
    const types = new Set<string>()
    for (let seed = 0; seed < 80; seed++) {
      const window = WINDOWS[seed % WINDOWS.length] ?? WINDOWS[0]
      const threshold = [3, 2, 1][seed % 3] ?? 3
      const slides = evening(new Draws(hash(seed)), window.slideMs)
      for (const { type } of compared(slides, { ...window, threshold }, `seed ${seed}`)) types.add(type)
    }
    assert.sameMembers(
      [...types],
      ["raid", "hype", "chat_spike", "viewer_surge", "sentiment_shift", "chat_drop", "viewer_drop"]
    )
  })

  it("while the sensitivity changes", { timeout: 120_000 }, () => {
    const types = new Set<string>()
    for (let seed = 0; seed < 80; seed++) {
      const window = WINDOWS[seed % WINDOWS.length] ?? WINDOWS[0]
      const draws = new Draws(hash(1000 + seed))
      const slides = evening(draws, window.slideMs)
      const sensitivity = sensitivityOf(draws, slides)
      const settings = { ...window, threshold: 2, sensitivity }
      for (const { type } of compared(slides, settings, `seed ${seed}`)) types.add(type)
    }
    assert.strictEqual(types.size, 7)
  })

  it.prop(
    "in evenings of few parts, which shrink",
    [Schema.Array(Part), Schema.Literals([0, 1, 2, 3])],
    ([parts, choice]) => {
      const window = WINDOWS[choice]
      compared(slidesOf(parts, window.slideMs), { ...window, threshold: 3 }, "an evening")
    },
    { arbitrary: { runs: 80, size: 20, seed: 1 }, timeout: 120_000 }
  )

  it("in silences whose numbers are on the bounds", { timeout: 120_000 }, () => {
    let silences = 0
    for (const usual of [2, 3, 5, 10, 20])
      for (const rest of new Set([0, Math.ceil(usual / 10)]))
        for (const length of [5, 6, 7, 59, 60, 61])
          for (const stir of [0, 1, 2, 3]) {
            const people = [
              ...Array.from({ length: 40 }, () => usual),
              ...Array.from({ length }, () => rest),
              ...Array.from({ length: stir }, () => Math.ceil(usual / 2) - 1),
              ...Array.from({ length: 5 }, () => Math.ceil(usual / 2))
            ]
            const slides = people.map((many, number) => slide(number, reaction(many, 0)))
            const name = `${usual} people, ${rest} for ${length} slides, and ${stir} slides until they are back`
            silences += compared(slides, { ...WINDOWS[0], threshold: 2 }, name).length
          }
    assert.isAbove(silences, 50)
  })
})
