/** The one with the greatest count. */
import { outside } from "../domain/Invariant.ts"

/**
 * Which of the first `length` counts is the greatest, if it is at least two: the first in an order
 * among equals. -1 = none.
 */
export const leaderOf = (counts: Int32Array, length: number, compare: (a: number, b: number) => number): number => {
  let most = 0
  for (let one = 0; one < length; one++) most = Math.max(most, counts[one] ?? outside())
  if (most < 2) return -1
  let leader = -1
  for (let one = 0; one < length; one++) {
    if (counts[one] === most && (leader < 0 || compare(one, leader) < 0)) leader = one
  }
  return leader
}
