/**
 * Falls: silences and losses of viewers. A fall is reported only once it is known that the stream
 * continues. That is when the chat is back after a silence, or when a loss of viewers has lasted
 * while the chat continues. So the end of a stream or of a file is no fall. A decline over minutes
 * is no fall either, because the baseline follows it.
 */
import type { StreamSlide } from "../domain/Slide.ts"
import {
  LOSS_SCORE,
  LOSS_SINCE,
  LOSS_USUAL,
  number,
  QUIET_SINCE,
  QUIET_STIR,
  QUIET_USUAL,
  VIEWERS
} from "./Baselines.ts"
import type { Part, Strengths, ViewersPart } from "./Strengths.ts"
import type { Tempo } from "./Tempo.ts"
import { PEOPLE_FLOOR, scaleOf } from "./Usual.ts"

/** A fall that has become certain. */
export interface Fall {
  readonly kind: "silence" | "loss"
  /** End of its first slide. */
  readonly sinceMs: number
  /** End of its last slide. */
  readonly untilMs: number
  readonly score: number
  readonly value: number
  readonly usual: number
}

/**
 * A chat is silent at a tenth of the usual people or fewer, if at least this many are usual. It is
 * back at half of them. A level in between lasts for one span at most.
 */
const SILENT = 0.1
const SILENT_LEAST = 3
const BACK = 0.5
const SILENCE_LEAST_SPANS = 3
/**
 * The share of the missing viewers that left since the previous sample. A decline over minutes
 * loses a smaller share at once.
 */
const SUDDEN = 0.6
const LOSS_LASTS_MS = 120_000
const LOSS_FORGOTTEN_MS = 600_000
/** The chat continues with more than this share of the usual people. */
const GOES_ON = 0.5
/** Viewers have come back with more than this share of the previous ones. */
const REGAINED = 0.85

/**
 * A silence that has just ended. Its score grows with the root of its length: a long one is no
 * chance, however few people are usual.
 */
export const silence = (
  numbers: Float64Array,
  place: number,
  slide: StreamSlide,
  { people }: Strengths,
  { memoryMs, restraintDecay, slideMs, spanMs }: Tempo,
  threshold: number
): Fall | undefined => {
  // Counts over weeks fall to a tenth of their mean every night.
  if (restraintDecay !== undefined) return undefined
  const sinceMs = number(numbers, place + QUIET_SINCE)
  if (sinceMs === 0) {
    if (people.usual < SILENT_LEAST || people.value > SILENT * people.usual) return undefined
    numbers[place + QUIET_SINCE] = slide.endMs
    numbers[place + QUIET_USUAL] = people.usual
    numbers[place + QUIET_STIR] = 0
    return undefined
  }
  const usual = number(numbers, place + QUIET_USUAL)
  if (people.value <= SILENT * usual) {
    numbers[place + QUIET_STIR] = 0
    return undefined
  }
  const begunMs = number(numbers, place + QUIET_STIR)
  const stirMs = begunMs === 0 ? slide.endMs : begunMs
  numbers[place + QUIET_STIR] = stirMs
  const isBack = people.value >= BACK * usual
  if (!isBack && slide.endMs - stirMs <= spanMs) return undefined
  numbers[place + QUIET_SINCE] = 0
  const lengthMs = stirMs - sinceMs
  const score = (usual / scaleOf(usual, 0, PEOPLE_FLOOR)) * Math.sqrt(lengthMs / spanMs)
  if (!isBack || lengthMs < SILENCE_LEAST_SPANS * spanMs || lengthMs > 2 * memoryMs || score < threshold)
    return undefined
  return { kind: "silence", sinceMs, untilMs: stirMs - slideMs, score, value: 0, usual }
}

/** A loss of viewers that has lasted. */
export const loss = (
  numbers: Float64Array,
  place: number,
  endMs: number,
  { people, viewers }: { readonly people: Part; readonly viewers: ViewersPart },
  threshold: number
): Fall | undefined => {
  const sinceMs = number(numbers, place + LOSS_SINCE)
  if (sinceMs === 0) {
    const isSudden = viewers.before - viewers.value >= SUDDEN * (viewers.usual - viewers.value)
    if (viewers.score > -threshold || !isSudden) return undefined
    numbers[place + LOSS_SINCE] = endMs
    numbers[place + LOSS_SCORE] = -viewers.score
    numbers[place + LOSS_USUAL] = viewers.usual
    numbers[place + VIEWERS] = viewers.value
    return undefined
  }
  const usual = number(numbers, place + LOSS_USUAL)
  const isRegained = viewers.value > REGAINED * usual
  const isForgotten = endMs - sinceMs > LOSS_FORGOTTEN_MS
  const isLost =
    !isRegained && !isForgotten && endMs - sinceMs >= LOSS_LASTS_MS && people.value > GOES_ON * people.usual
  if (isRegained || isLost || isForgotten) numbers[place + LOSS_SINCE] = 0
  if (!isLost) return undefined
  const score = number(numbers, place + LOSS_SCORE)
  return { kind: "loss", sinceMs, untilMs: endMs, score, value: viewers.value, usual }
}
