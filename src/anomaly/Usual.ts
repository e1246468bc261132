/**
 * The usual level of one value, as two numbers. They are the exponentially weighted mean, and the
 * mean of distances from it with the same weights. Residuals are clipped before both learn from
 * them, so that a spike hardly changes the baseline of what follows. Source: Huber, "Robust
 * estimation of a location parameter", 1964.
 *
 * With a mean of 29 people and a deviation of 6, the scale is max(2 * 6, 1.6 * sqrt(29)) = 12: 65
 * people score 3.0.
 */
import { number } from "./Baselines.ts"

/**
 * From the mean absolute deviation to the unit of scores: 1.2533, as for a normal distribution,
 * times 4/3. Three of these units are what ANOMALY_THRESHOLD is set for.
 */
export const UNIT = 1.671
/** The same of a chat, whose deviation does not grow in lulls: 1.2533 times 1.6. */
export const CHAT_UNIT = 2.005
/** The least deviation of people, in square roots of their mean. */
export const PEOPLE_FLOOR = 1.6
/** A residual counts with at most so many units. */
const CLIP = 2
/** So many first values are learned whole: there is nothing yet to clip by. */
const WHOLE = 3

/**
 * The least deviation of a count: `floor` square roots of its mean, which real chat's noise seldom
 * exceeds in one span.
 */
export const scaleOf = (mean: number, deviation: number, floor: number, unit = UNIT): number =>
  Math.max(unit * deviation, floor * Math.sqrt(Math.max(mean, 1)))

/**
 * Learns a value. `numbers[at]` is the mean, `numbers[at + 1]` the deviation; `known`: how many
 * values they have learned. Without an object of options: hot.
 */
export const learn = (
  numbers: Float64Array,
  at: number,
  value: number,
  scale: number,
  known: number,
  leastGain: number
): void => {
  const mean = number(numbers, at)
  const deviation = number(numbers, at + 1)
  const most = known < WHOLE ? Number.POSITIVE_INFINITY : CLIP * scale
  const residual = Math.min(Math.max(value - mean, -most), most)
  const gain = Math.max(leastGain, 1 / (known + 1))
  numbers[at] = mean + gain * residual
  numbers[at + 1] = deviation + gain * (Math.abs(residual) - deviation)
}
