/**
 * Detection in a lull: a chat that has fallen to a fraction of its usual level, for example when
 * the show is over. The mean alone takes many minutes to follow, so reactions of those who stay
 * would be missed. Therefore the baseline is pulled down to the recent level. The former level is
 * kept, because a chat that comes back is no reaction.
 *
 * Example: 30 people are usual, then 6 write for some minutes. The recent level is 6, so the usual
 * level is at most 13. If 30 write again, they score at most 2.0 alone, and their agreement counts
 * whole.
 */
import { FORMER, MESSAGES, number, PEOPLE, RECENT, UNISON } from "./Baselines.ts"
import type { Part } from "./Strengths.ts"
import type { Tempo } from "./Tempo.ts"
import { learn, PEOPLE_FLOOR, scaleOf } from "./Usual.ts"

/** With less than this share of the mean, people are in a lull; with more, it may be noise. */
const LULL = 0.5
/** The usual level is at most this many times the recent level, plus one. */
const FOLLOWS = 2
/** If less than this share of the former level is usual, people have become fewer. */
const FALLEN = 0.7
/** A level before a lull counts as at most so many times what is usual. */
const FORMER_MOST = 2
/** The greatest score of people who only come back. */
const RETURN_MOST = 2

/**
 * The score of the people of a rise after a fall: against the level from before it, or as people
 * who come back.
 */
export const scoreOfReturn = (numbers: Float64Array, place: number, people: Part, unit: number): number => {
  const former = number(numbers, place + FORMER)
  if (people.score <= RETURN_MOST || people.usual >= FALLEN * former) return people.score
  const times = Math.min(former / people.usual, FORMER_MOST)
  const level = times * people.usual
  const deviation = times * number(numbers, place + PEOPLE + 1)
  const score = (people.value - level) / scaleOf(level, deviation, PEOPLE_FLOOR, unit)
  // At most `people.score`: the level and its scale are at least the usual ones.
  return Math.max(RETURN_MOST, score)
}

/**
 * As {@link learn}: in a lull the deviation keeps its share of the mean, instead of growing while
 * the mean follows the chat down.
 */
export const learnThroughLull = (
  numbers: Float64Array,
  at: number,
  value: number,
  scale: number,
  known: number,
  leastGain: number
): void => {
  const mean = number(numbers, at)
  const deviation = number(numbers, at + 1)
  learn(numbers, at, value, scale, known, leastGain)
  if (value < LULL * mean) numbers[at + 1] = deviation * (number(numbers, at) / mean)
}

/** Learns the two levels of people, after what is usual has learned the value. */
export const learnLevels = (
  numbers: Float64Array,
  place: number,
  value: number,
  known: number,
  { formerGain, recentGain }: NonNullable<Tempo["lull"]>
): void => {
  const recent = number(numbers, place + RECENT)
  const former = number(numbers, place + FORMER)
  const usual = number(numbers, place + PEOPLE)
  numbers[place + RECENT] = recent + Math.max(recentGain, 1 / (known + 1)) * (value - recent)
  numbers[place + FORMER] = Math.max(usual, former + formerGain * (usual - former))
}

/**
 * Pulls all that is usual of a chat down, in proportion, while many fewer people write than usual.
 * A chat that is just back pulls nothing, however few wrote before.
 */
export const followDown = (numbers: Float64Array, place: number, value: number): void => {
  const most = FOLLOWS * number(numbers, place + RECENT) + 1
  const usual = number(numbers, place + PEOPLE)
  if (usual <= most || value > most) return
  const share = most / usual
  for (const at of [PEOPLE, PEOPLE + 1, UNISON, UNISON + 1, MESSAGES])
    numbers[place + at] = number(numbers, place + at) * share
}
