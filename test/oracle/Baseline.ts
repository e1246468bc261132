/**
 * A stream's baseline, and how it learns a slide: recounted from docs/detection.md, "Baselines".
 */
import { gain, type Tempo } from "./Tempo.ts"

/** The 30 numbers in the order of table `baselines`. */
export const NUMBERS = [
  "end",
  "slides",
  "people",
  "peopleDeviation",
  "unison",
  "unisonDeviation",
  "recent",
  "former",
  "messages",
  "viewers",
  "viewersDeviation",
  "viewersLast",
  "viewersEnd",
  "moodTexts",
  "moodSum",
  "mood",
  "moodDeviation",
  "moodSpread",
  "held",
  "moments",
  "quietSince",
  "quietUsual",
  "quietStir",
  "lossSince",
  "lossScore",
  "lossUsual",
  "momentAt",
  "momentEnd",
  "momentParts",
  "momentPeak"
] as const

export type Baseline = Record<(typeof NUMBERS)[number], number>

/** All numbers of a new stream are 0. */
export const newBaseline = (): Baseline => Object.fromEntries(NUMBERS.map((name) => [name, 0])) as Baseline

/** The sums that a baseline learns from a slide: column `slide_sums` of its row. */
export interface SlideSums {
  readonly people: number
  readonly messages: number
  readonly unison: number
  readonly moodTexts: number
  readonly moodMicro: number
  readonly viewerSum: number
  readonly viewerSamples: number
}

export const NOTHING: SlideSums = {
  people: 0,
  messages: 0,
  unison: 0,
  moodTexts: 0,
  moodMicro: 0,
  viewerSum: 0,
  viewerSamples: 0
}

/** A value against what was usual before. */
export interface Judged {
  readonly value: number
  readonly usual: number
  readonly score: number
}

/** The result of learning a slide. */
export interface Scores {
  readonly people: Judged
  /** The unit of the people's score. */
  readonly scalePeople: number
  readonly unison: Judged
  readonly messages: { readonly value: number; readonly usual: number }
  /** The chat's score. */
  readonly chat: number
  /** `before`: mean of the last slide with samples. */
  readonly viewers: (Judged & { readonly before: number }) | undefined
  readonly mood: Judged | undefined
}

const MS_OF_8_DAYS = 691_200_000

/** The time between the stream's last slide and the one that ends at `endMs`. */
export const passTime = (baseline: Baseline, endMs: number, tempo: Tempo): void => {
  if (baseline.end === 0) return
  const { slideMs } = tempo
  const missing = (endMs - baseline.end) / slideMs - 1
  if (missing <= tempo.silentSlides) {
    for (let missed = baseline.end + slideMs; missed < endMs; missed += slideMs) {
      decay(baseline, tempo)
      learnSlide(baseline, missed, NOTHING, tempo, { followsLulls: false })
    }
    decay(baseline, tempo)
  } else if (endMs - baseline.end > MS_OF_8_DAYS || !isKnown(baseline, tempo)) {
    Object.assign(baseline, newBaseline())
  } else {
    Object.assign(baseline, { slides: 6, held: 0, quietSince: 0, lossSince: 0, moodTexts: 0, moodSum: 0 })
  }
}

const decay = (baseline: Baseline, tempo: Tempo): void => {
  baseline.held = baseline.held * tempo.heldDecay
  baseline.moments = baseline.moments * tempo.momentsDecay
}

export const isKnown = (baseline: Baseline, tempo: Tempo): boolean => baseline.slides >= tempo.warmUpSlides

const UNIT = 1.671

export const scaleOf = (mean: number, deviation: number, floor: number, unit = UNIT): number =>
  Math.max(unit * deviation, floor * Math.sqrt(Math.max(mean, 1)))

interface HowToLearn {
  readonly scale: number
  readonly known: number
  readonly gain: number
}

/** Learns a value into a mean and its deviation. */
const learn = (
  baseline: Baseline,
  mean: "people" | "unison" | "viewers" | "mood",
  value: number,
  { gain, known, scale }: HowToLearn
): void => {
  const deviation = `${mean}Deviation` as const
  const limit = known < 3 ? Number.POSITIVE_INFINITY : 2 * scale
  const residual = Math.min(Math.max(value - baseline[mean], -limit), limit)
  const step = Math.max(gain, 1 / (known + 1))
  baseline[mean] = baseline[mean] + step * residual
  baseline[deviation] = baseline[deviation] + step * (Math.abs(residual) - baseline[deviation])
}

/**
 * Learns a value of a slide that follows lulls: below half of the mean, the deviation keeps its
 * share of the mean.
 */
const learnInLull = (baseline: Baseline, mean: "people" | "unison", value: number, how: HowToLearn): void => {
  const deviation = `${mean}Deviation` as const
  const meanBefore = baseline[mean]
  const deviationBefore = baseline[deviation]
  learn(baseline, mean, value, how)
  if (value < 0.5 * meanBefore) baseline[deviation] = deviationBefore * (baseline[mean] / meanBefore)
}

/**
 * Learns a slide. `followsLulls`: what is usual may fall with the chat; of rows of known streams
 * alone, and never of counts.
 */
export const learnSlide = (
  baseline: Baseline,
  endMs: number,
  slide: SlideSums,
  tempo: Tempo,
  { followsLulls }: { readonly followsLulls: boolean }
): Scores => {
  const known = baseline.slides
  const chat = learnChat(baseline, slide, tempo, { known, followsLulls })
  const viewers = learnViewers(baseline, endMs, slide, tempo)
  const mood = learnMood(baseline, slide, tempo)
  baseline.slides = known + 1
  baseline.end = endMs
  return { ...chat, viewers, mood }
}

const learnChat = (
  baseline: Baseline,
  slide: SlideSums,
  tempo: Tempo,
  { followsLulls, known }: { readonly followsLulls: boolean; readonly known: number }
): Omit<Scores, "viewers" | "mood"> => {
  const { isCounts, slideGain } = tempo
  const unit = isCounts ? UNIT : 2.005
  const scalePeople = scaleOf(baseline.people, baseline.peopleDeviation, 1.6, unit)
  const scaleUnison = scaleOf(baseline.unison, baseline.unisonDeviation, 2, unit)
  const rise = (slide.people - baseline.people) / scalePeople
  const scorePeople = followsLulls ? scoreAfterFall(baseline, slide.people, rise, unit) : rise
  const people = { value: slide.people, usual: baseline.people, score: scorePeople }
  const unison = { value: slide.unison, usual: baseline.unison, score: (slide.unison - baseline.unison) / scaleUnison }
  const messages = { value: slide.messages, usual: baseline.messages }

  const into = followsLulls ? learnInLull : learn
  into(baseline, "people", slide.people, { scale: scalePeople, known, gain: slideGain })
  into(baseline, "unison", slide.unison, { scale: scaleUnison, known, gain: slideGain })
  const learned = known < 3 ? slide.messages : Math.min(slide.messages, 2 * baseline.messages + 2)
  baseline.messages = baseline.messages + Math.max(slideGain, 1 / (known + 1)) * (learned - baseline.messages)
  if (!isCounts) learnLevels(baseline, slide.people, known, tempo)
  if (followsLulls) fallWithChat(baseline, slide.people)
  return { people, scalePeople, unison, messages, chat: chatScoreOf(people.score, unison.score) }
}

/** People who come back after a fall score less. */
const scoreAfterFall = (
  { former, people, peopleDeviation }: Baseline,
  value: number,
  rise: number,
  unit: number
): number => {
  if (rise <= 2 || people >= 0.7 * former) return rise
  const times = Math.min(former / people, 2)
  const level = times * people
  const back = (value - level) / scaleOf(level, times * peopleDeviation, 1.6, unit)
  return Math.min(rise, Math.max(2, back))
}

const learnLevels = (baseline: Baseline, value: number, known: number, { memoryMs, slideMs }: Tempo): void => {
  const { former, people, recent } = baseline
  baseline.recent = recent + Math.max(gain(slideMs, memoryMs / 6), 1 / (known + 1)) * (value - recent)
  baseline.former = Math.max(people, former + gain(slideMs, 2 * memoryMs) * (people - former))
}

/** The usual level is at most twice the people of about the last minute, plus one. */
const fallWithChat = (baseline: Baseline, value: number): void => {
  const most = 2 * baseline.recent + 1
  if (baseline.people <= most || value > most) return
  const share = most / baseline.people
  for (const name of ["people", "peopleDeviation", "unison", "unisonDeviation", "messages"] as const) {
    baseline[name] = baseline[name] * share
  }
}

const chatScoreOf = (scorePeople: number, scoreUnison: number): number => {
  if (scorePeople <= 0) return scorePeople
  const agreed = Math.max(scoreUnison, 0)
  return Math.max(Math.sqrt((scorePeople * scorePeople + agreed * agreed) / 2), 0.9 * scorePeople)
}

const learnViewers = (
  baseline: Baseline,
  endMs: number,
  { viewerSamples, viewerSum }: SlideSums,
  { memoryMs, slideMs }: Tempo
): Scores["viewers"] => {
  if (viewerSamples === 0) return undefined
  const value = viewerSum / viewerSamples
  const before = baseline.viewersLast
  const last = baseline.viewersEnd
  baseline.viewersEnd = endMs
  baseline.viewersLast = value
  if (last === 0) {
    baseline.viewers = value
    return undefined
  }
  const usual = baseline.viewers
  const scale = Math.max(scaleOf(usual, baseline.viewersDeviation, 2), usual * (1 / 12))
  const samples = (baseline.slides * slideMs) / (endMs - last)
  learn(baseline, "viewers", value, { scale, known: samples, gain: gain(endMs - last, memoryMs) })
  return { value, usual, before, score: (value - usual) / scale }
}

const learnMood = (baseline: Baseline, slide: SlideSums, tempo: Tempo): Scores["mood"] => {
  const { memoryMs, slideMs, spanMs } = tempo
  const spread = baseline.moodSpread === 0 ? 0.3 : baseline.moodSpread
  const gainMood = gain(slideMs, Math.max(450_000, memoryMs))
  learnSpread(baseline, slide, tempo, { spread, gainMood })

  const keep = 1 - gain(slideMs, 40_000)
  baseline.moodTexts = keep * baseline.moodTexts + slide.moodTexts
  baseline.moodSum = keep * baseline.moodSum + slide.moodMicro / 1_000_000
  const independent = (baseline.moodTexts * slideMs) / spanMs
  if (independent < 8) return undefined

  const value = baseline.moodSum / baseline.moodTexts
  const error = (1.5 * spread) / Math.sqrt(independent)
  const usual = baseline.mood
  if (usual === 0 && baseline.moodDeviation === 0) {
    Object.assign(baseline, { mood: value, moodDeviation: error / 2 })
    return undefined
  }
  const scale = Math.max(baseline.moodDeviation, error, 0.05)
  learn(baseline, "mood", value, { scale, known: Number.POSITIVE_INFINITY, gain: gainMood })
  return Math.abs(value - usual) < 0.5 * spread ? undefined : { value, usual, score: (value - usual) / scale }
}

/** Learns how far the score of one text is from the mood around it. */
const learnSpread = (
  baseline: Baseline,
  { moodMicro, moodTexts }: SlideSums,
  { slideMs, spanMs }: Tempo,
  { gainMood, spread }: { readonly spread: number; readonly gainMood: number }
): void => {
  if (moodTexts === 0 || (baseline.moodTexts * slideMs) / spanMs < 8) return
  const around = baseline.moodSum / baseline.moodTexts
  const distance = Math.abs(moodMicro / 1_000_000 / moodTexts - around) * Math.sqrt(moodTexts)
  baseline.moodSpread = spread + gainMood * (Math.min(distance, 3 * spread) - spread)
}
