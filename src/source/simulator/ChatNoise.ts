/**
 * How the pace of a chat wanders while nothing happens.
 *
 * Measured on eight public channels (10 to 87 messages a minute, 20 stream-hours): the variance of the count in 10 s is 2
 * to 43 times its mean, 1.4 to 9 times within ten minutes. Without the share of chance, the variance of the pace is 0.2
 * to 1.4 times its squared mean (median 0.7). Counts in 10 s correlate by 0.4 to 0.9 with the next ones, 0.2 to 0.75
 * after 20 s, 0 to 0.5 after a minute, and hardly after five. Reactions last 10 to 25 s.
 *
 * The model: the logarithm of the pace is a sum of three noises of different speed, and small reactions come on top.
 */
import type { Channel } from "./Cast.ts"
import { combine, toUnit } from "./Draws.ts"
import { smooth } from "./Smooth.ts"

/** How often each noise has a new goal, in seconds. Roots of the shares of the variance are their weights. */
const FAST_SECONDS = 15
const MIDDLE_SECONDS = 60
const SLOW_SECONDS = 600
const FAST_WEIGHT = Math.sqrt(0.2)
const MIDDLE_WEIGHT = Math.sqrt(0.4)
const SLOW_WEIGHT = Math.sqrt(0.6)
/** Beyond this many deviations people would see a moment in it. */
const MOST_DEVIATIONS = 1.7

/** One small reaction comes in each stretch of this length ... */
const REACTION_SECONDS = 90
/** ... lasts this long ... */
const REACTION_LENGTH = 16
/** ... and adds at most this multiple of the usual pace; most add much less. */
const LARGEST_REACTION = 1.2

const FAST_SALT = 11
const MIDDLE_SALT = 12
const SLOW_SALT = 13
const REACTION_SALT = 14

/** A small reaction as a multiple of the usual pace: at once there, then fading. */
const reaction = (seed: number, second: number): number => {
  const stretch = Math.floor(second / REACTION_SECONDS)
  const bits = combine(seed, stretch)
  const since = second - stretch * REACTION_SECONDS - (bits & 63)
  if (since < 0 || since >= REACTION_LENGTH) return 0
  return LARGEST_REACTION * toUnit(combine(bits, 1)) ** 2 * (1 - since / REACTION_LENGTH)
}

/** The pace at a second as a multiple of the usual one; its mean is near 1. */
export const chatNoise = ({ restlessness, seed }: Channel, second: number): number => {
  const wandering =
    FAST_WEIGHT * smooth(combine(seed, FAST_SALT), second, FAST_SECONDS) +
    MIDDLE_WEIGHT * smooth(combine(seed, MIDDLE_SALT), second, MIDDLE_SECONDS) +
    SLOW_WEIGHT * smooth(combine(seed, SLOW_SALT), second, SLOW_SECONDS)
  const bounded = Math.min(MOST_DEVIATIONS, wandering)
  const calm = Math.exp(restlessness * bounded - (restlessness * restlessness) / 2)
  return calm + reaction(combine(seed, REACTION_SALT), second)
}
