/** Smooth noise as a function of time. */
import { combine } from "./Draws.ts"

const TEN_BITS = 1023

/** Nearly normal with mean 0 and deviation 1: twice the centered sum of three uniform numbers. */
const deviate = (seed: number, knot: number): number => {
  const bits = combine(seed, knot)
  return 2 * (((bits & TEN_BITS) + ((bits >>> 10) & TEN_BITS) + ((bits >>> 20) & TEN_BITS)) / TEN_BITS - 1.5)
}

/**
 * Noise with a new target every `everySeconds`, and a smooth path between targets: mean 0,
 * deviation 0.7 to 1.
 */
export const smooth = (seed: number, second: number, everySeconds: number): number => {
  const knot = Math.floor(second / everySeconds)
  const x = second / everySeconds - knot
  const before = deviate(seed, knot)
  return before + (deviate(seed, knot + 1) - before) * x * x * (3 - 2 * x)
}
