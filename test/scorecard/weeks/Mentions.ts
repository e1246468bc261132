/**
 * Counts of mentions per five minutes over weeks, a stand-in for public series of that kind. They
 * have daily and weekly cycles, noise with a heavy tail and single high counts that mean nothing. A
 * few bursts last for hours and are labeled.
 */
import { Draws, hash } from "../../../src/source/simulator/Draws.ts"

export const STEP_MS = 300_000
const STEPS = 15_840
const DAY = 288

export interface Mentions {
  readonly name: string
  /** One for each five minutes. */
  readonly counts: ReadonlyArray<number>
  /** First and last step of each labeled window, both closed. */
  readonly windows: ReadonlyArray<readonly [first: number, last: number]>
}

/** A standard normal draw (Box and Muller). */
const normal = (draws: Draws): number =>
  Math.sqrt(-2 * Math.log(1 - draws.unit())) * Math.cos(2 * Math.PI * draws.unit())

/** A count of mean `mean` (Knuth below 30, the normal approximation above). */
const poisson = (mean: number, draws: Draws): number => {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(draws)))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = draws.unit(); product > limit; product *= draws.unit()) count++
  return count
}

/** The multiple of the usual mentions at a step. */
const cycle = (step: number, phase: number, depth: number): number => {
  const day = 1 + depth * Math.sin((2 * Math.PI * step) / DAY + phase)
  return Math.floor(step / DAY) % 7 >= 5 ? 0.7 * day : day
}

export const mentions = (number: number, seed: number): Mentions => {
  const draws = new Draws(hash(seed, number))
  const level = 2 * 50 ** draws.unit()
  const phase = 2 * Math.PI * draws.unit()
  const depth = 0.3 + 0.5 * draws.unit()
  const noise = 0.25 + 0.25 * draws.unit()
  const bursts = Array.from({ length: draws.between(2, 5) }, () => ({
    step: draws.between(Math.floor(0.17 * STEPS), STEPS - 300),
    times: 4 * 6 ** draws.unit(),
    length: draws.between(6, 60)
  })).sort((a, b) => a.step - b.step)
  let slow = 0
  const counts = Array.from({ length: STEPS }, (_, step) => {
    slow = 0.97 * slow + 0.1 * normal(draws)
    let mean = level * cycle(step, phase, depth) * Math.exp(noise * normal(draws) + slow)
    for (const burst of bursts) {
      const since = step - burst.step
      if (since >= 0) mean += level * burst.times * Math.exp(-since / burst.length)
    }
    // A link that is passed on for a few minutes: high, and no burst.
    if (draws.chance(0.0006)) mean *= 2 + 6 * draws.unit()
    return poisson(mean, draws)
  })
  const half = Math.floor((0.1 * STEPS) / bursts.length / 2)
  return {
    name: `mentions ${number}`,
    counts,
    windows: bursts.map(({ step }) => [Math.max(0, step - half), Math.min(STEPS - 1, step + half)])
  }
}
