/** Whether two ways gave the same. */
import { deepStrictEqual, strictEqual } from "node:assert"

/** Throws over the first element that differs: to tell all differences of long lists takes for ever. */
export const assertSame = (ours: ReadonlyArray<unknown>, naive: ReadonlyArray<unknown>): void => {
  for (const [index, one] of ours.entries()) deepStrictEqual(one, naive[index])
  strictEqual(ours.length, naive.length)
}
