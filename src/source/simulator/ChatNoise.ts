/**
 * The noise in the rate of a chat while nothing happens.
 *
 * Measured on eight public channels, 10 to 87 messages a minute, 20 stream-hours. The variance of
 * the count in 10 s is 2 to 43 times its mean, 1.4 to 9 times within ten minutes. Without sampling
 * noise, the variance of the rate is 0.2 to 1.4 times its squared mean (median 0.7). Counts in 10 s
 * correlate by 0.4 to 0.9 with the next ones, 0.2 to 0.75 after 20 s. The correlation is 0 to 0.5
 * after a minute, and almost 0 after five. Reactions last 10 to 25 s.
 *
 * The model: the logarithm of the rate is a sum of three noises of different speed. Small reactions
 * are added to it.
 */
import type { Channel } from "./Cast.ts"
import { combine, toUnit } from "./Draws.ts"
import { smooth } from "./Smooth.ts"

/**
 * The interval of new targets for each noise, in seconds. The weights are roots of their shares in
 * the variance.
 */
const FAST_SECONDS = 15
const MIDDLE_SECONDS = 60
const SLOW_SECONDS = 600
const FAST_WEIGHT = Math.sqrt(0.2)
const MIDDLE_WEIGHT = Math.sqrt(0.4)
const SLOW_WEIGHT = Math.sqrt(0.6)
/** More deviations than this would look like a moment. */
const MOST_DEVIATIONS = 1.7

/** Each period of this length has one small reaction. */
const REACTION_SECONDS = 90
/** The duration of a reaction. */
const REACTION_LENGTH = 16
/** A reaction adds at most this multiple of the usual rate; most add much less. */
const LARGEST_REACTION = 1.2

const FAST_SALT = 11
const MIDDLE_SALT = 12
const SLOW_SALT = 13
const REACTION_SALT = 14

/** A small reaction as a multiple of the usual rate: it starts at full height and fades. */
const reaction = (seed: number, second: number): number => {
  const period = Math.floor(second / REACTION_SECONDS)
  const bits = combine(seed, period)
  const since = second - period * REACTION_SECONDS - (bits & 63)
  if (since < 0 || since >= REACTION_LENGTH) return 0
  return LARGEST_REACTION * toUnit(combine(bits, 1)) ** 2 * (1 - since / REACTION_LENGTH)
}

/** The rate at a second as a multiple of the usual one; its mean is near 1. */
export const chatNoise = ({ restlessness, seed }: Channel, second: number): number => {
  const wandering =
    FAST_WEIGHT * smooth(combine(seed, FAST_SALT), second, FAST_SECONDS) +
    MIDDLE_WEIGHT * smooth(combine(seed, MIDDLE_SALT), second, MIDDLE_SECONDS) +
    SLOW_WEIGHT * smooth(combine(seed, SLOW_SALT), second, SLOW_SECONDS)
  const bounded = Math.min(MOST_DEVIATIONS, wandering)
  const calm = Math.exp(restlessness * bounded - (restlessness * restlessness) / 2)
  return calm + reaction(combine(seed, REACTION_SALT), second)
}
