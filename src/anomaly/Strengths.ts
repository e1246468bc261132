/**
 * How unusual a stream is at one slide, against its baseline: one score for each kind of rise, in
 * the unit of ANOMALY_THRESHOLD. Then the slide is learned.
 */
import type { Reaction } from "../domain/Reaction.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import {
  Baselines,
  END,
  MESSAGES,
  MOOD,
  MOOD_SPREAD,
  MOOD_SUM,
  MOOD_TEXTS,
  number,
  PEOPLE,
  SLIDES,
  UNISON,
  VIEWERS,
  VIEWERS_END,
  VIEWERS_LAST
} from "./Baselines.ts"
import { followDown, learnLevels, learnThroughLull, scoreOfReturn } from "./Lull.ts"
import { gainOf, type Tempo } from "./Tempo.ts"
import { learn, PEOPLE_FLOOR, scaleOf } from "./Usual.ts"

/** A value, what was usual before it, and how far it is from that. */
export interface Part {
  readonly value: number
  readonly usual: number
  /** The unit of `score`. */
  readonly deviation: number
  readonly score: number
}

/** The same as one object for all slides: hot. */
class ReusedPart implements Part {
  value = 0
  usual = 0
  deviation = 1
  score = 0

  set(value: number, usual: number, deviation: number): void {
    this.value = value
    this.usual = usual
    this.deviation = deviation
    this.score = (value - usual) / deviation
  }
}

export interface ViewersPart extends Part {
  /** The sample before. */
  readonly before: number
}

/** Valid until the next slide is judged: hot. */
export class Strengths {
  /** Whether the slide is that of a row, and the stream is known. */
  isKnown = false
  readonly people = new ReusedPart()
  readonly unison = new ReusedPart()
  messages = 0
  usualMessages = 0
  /**
   * The rise of the chat as a whole: people and unison together. Negative when fewer people write
   * than usual.
   */
  chat = 0
  /** `undefined` without sample in this slide. */
  viewers: ViewersPart | undefined
  /** `undefined` when too few texts have a mood. */
  mood: Part | undefined
}

/** Floors in square roots of the mean: of unison, of viewers. */
const UNISON_FLOOR = 2
const VIEWERS_FLOOR = 2
/**
 * Platforms' own counts of viewers jump by some per cent: three of these are a quarter of the
 * audience.
 */
const VIEWERS_SHARE = 1 / 12
/** A rise of people alone, who agree on nothing, weighs so much. */
const ALONE = 0.9

/** The mood of about the last minute against that of the last quarter of an hour. */
const RECENT_MOOD_MS = 40_000
const USUAL_MOOD_MS = 450_000
const MOOD_TEXTS_LEAST = 8
/** From the deviation of one text to the unit of scores. */
const MOOD_UNIT = 1.5
/** Three of these are the least change that people notice, on the scale of -1 to 1. */
const MOOD_FLOOR = 0.05
/** The least change, in deviations of one text. */
const MOOD_CHANGE = 0.5
/** The deviation of one text's score until the stream's own is known. */
const FIRST_SPREAD = 0.3
/** One span counts with at most so many deviations. */
const SPREAD_CLIP = 3

const part = (value: number, usual: number, deviation: number): Part => ({
  value,
  usual,
  deviation,
  score: (value - usual) / deviation
})

const countPart = (
  numbers: Float64Array,
  at: number,
  value: number,
  floor: number,
  unit: number,
  into: ReusedPart
): void => {
  const usual = number(numbers, at)
  into.set(value, usual, scaleOf(usual, number(numbers, at + 1), floor, unit))
}

/**
 * Root of the mean of the squares of what is above usual; a rise of people alone counts nearly
 * whole. Agreement among fewer people than usual is no rise.
 */
export const chatScore = (people: number, unison: number): number => {
  if (people <= 0) return people
  const agreed = Math.max(unison, 0)
  return Math.max(Math.sqrt((people * people + agreed * agreed) / 2), ALONE * people)
}

/**
 * Judges a slide, and learns it. `place`: where the stream's numbers begin. `isKnown`: it is the
 * slide of a row, and the stream is known. Returns `strengths`.
 */
export const judge = (
  baselines: Baselines,
  place: number,
  slide: StreamSlide,
  tempo: Tempo,
  isKnown: boolean,
  strengths: Strengths
): Strengths => {
  const { numbers } = baselines
  const { people, unison } = strengths
  const { reaction } = slide
  const known = number(numbers, place + SLIDES)
  const follows = isKnown && tempo.lull !== undefined
  countPart(numbers, place + PEOPLE, reaction.people, PEOPLE_FLOOR, tempo.chatUnit, people)
  if (follows) people.score = scoreOfReturn(numbers, place, people, tempo.chatUnit)
  countPart(numbers, place + UNISON, reaction.unison, UNISON_FLOOR, tempo.chatUnit, unison)
  const usualMessages = number(numbers, place + MESSAGES)
  const learnPart = follows ? learnThroughLull : learn
  learnPart(numbers, place + PEOPLE, people.value, people.deviation, known, tempo.gain)
  learnPart(numbers, place + UNISON, unison.value, unison.deviation, known, tempo.gain)
  learnMessages(numbers, place, reaction.messages, known, tempo.gain)
  if (tempo.lull !== undefined) learnLevels(numbers, place, reaction.people, known, tempo.lull)
  if (follows) followDown(numbers, place, reaction.people)
  strengths.isKnown = isKnown
  strengths.messages = reaction.messages
  strengths.usualMessages = usualMessages
  strengths.chat = chatScore(people.score, unison.score)
  strengths.viewers = slide.viewerSamples === 0 ? undefined : judgeViewers(numbers, place, slide, tempo)
  strengths.mood = judgeMood(numbers, place, reaction, tempo)
  numbers[place + SLIDES] = known + 1
  numbers[place + END] = slide.endMs
  return strengths
}

/** Messages are shown to people, never judged: their mean is clipped at twice what is usual. */
const learnMessages = (numbers: Float64Array, place: number, messages: number, known: number, gain: number): void => {
  const mean = number(numbers, place + MESSAGES)
  const value = known < 3 ? messages : Math.min(messages, 2 * mean + 2)
  numbers[place + MESSAGES] = mean + Math.max(gain, 1 / (known + 1)) * (value - mean)
}

/** By the time between samples, not by slides: platforms sample every minute or so. */
const judgeViewers = (
  numbers: Float64Array,
  place: number,
  { endMs, viewerSamples, viewerSum }: StreamSlide,
  { memoryMs, slideMs }: Tempo
): ViewersPart | undefined => {
  const last = number(numbers, place + VIEWERS_END)
  const value = viewerSum / viewerSamples
  const before = number(numbers, place + VIEWERS_LAST)
  numbers[place + VIEWERS_END] = endMs
  numbers[place + VIEWERS_LAST] = value
  const usual = number(numbers, place + VIEWERS)
  if (last === 0) {
    numbers[place + VIEWERS] = value
    return undefined
  }
  const scale = Math.max(scaleOf(usual, number(numbers, place + VIEWERS + 1), VIEWERS_FLOOR), usual * VIEWERS_SHARE)
  // While the stream is young, the samples so far weigh the same.
  const known = (number(numbers, place + SLIDES) * slideMs) / (endMs - last)
  learn(numbers, place + VIEWERS, value, scale, known, gainOf(endMs - last, memoryMs))
  return { ...part(value, usual, scale), before }
}

/**
 * Learns how far the score of one text is from the mood around it. The mean of n texts is compared
 * with that of the texts before them, to which it is sqrt(n) times nearer than one text is. Returns
 * the spread from before this slide.
 */
const learnSpread = (
  numbers: Float64Array,
  place: number,
  { moodMicro, moodTexts }: Reaction,
  independent: number,
  gain: number
): number => {
  const known = number(numbers, place + MOOD_SPREAD)
  const spread = known === 0 ? FIRST_SPREAD : known
  if (moodTexts === 0 || independent < MOOD_TEXTS_LEAST) return spread
  const recent = number(numbers, place + MOOD_SUM) / number(numbers, place + MOOD_TEXTS)
  const distance = Math.abs(moodMicro / 1_000_000 / moodTexts - recent) * Math.sqrt(moodTexts)
  numbers[place + MOOD_SPREAD] = spread + gain * (Math.min(distance, SPREAD_CLIP * spread) - spread)
  return spread
}

const judgeMood = (numbers: Float64Array, place: number, reaction: Reaction, tempo: Tempo): Part | undefined => {
  const gain = gainOf(tempo.slideMs, Math.max(USUAL_MOOD_MS, tempo.memoryMs))
  // A span that holds two panes counts each text twice.
  const independentOf = (texts: number): number => (texts * tempo.slideMs) / tempo.spanMs
  const before = number(numbers, place + MOOD_TEXTS)
  const spread = learnSpread(numbers, place, reaction, independentOf(before), gain)
  const keep = 1 - gainOf(tempo.slideMs, RECENT_MOOD_MS)
  const texts = keep * before + reaction.moodTexts
  const sum = keep * number(numbers, place + MOOD_SUM) + reaction.moodMicro / 1_000_000
  numbers[place + MOOD_TEXTS] = texts
  numbers[place + MOOD_SUM] = sum
  const independent = independentOf(texts)
  if (independent < MOOD_TEXTS_LEAST) return undefined
  const value = sum / texts
  const usual = number(numbers, place + MOOD)
  const deviation = number(numbers, place + MOOD + 1)
  const error = (MOOD_UNIT * spread) / Math.sqrt(independent)
  if (usual === 0 && deviation === 0) {
    // The first value is a sample too.
    numbers[place + MOOD] = value
    numbers[place + MOOD + 1] = error / 2
    return undefined
  }
  const scale = Math.max(deviation, error, MOOD_FLOOR)
  learn(numbers, place + MOOD, value, scale, Number.POSITIVE_INFINITY, gain)
  if (Math.abs(value - usual) < MOOD_CHANGE * spread) return undefined
  return part(value, usual, scale)
}
