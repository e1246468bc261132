/**
 * Asserts for facts that hold by construction but that the type checker cannot see. A violation is
 * a defect of this program: it throws instead of continuing with a made-up value. Cost: one
 * comparison.
 */

const violated = (invariant: string): Error => new Error(`Invariant violated: ${invariant}`)

/**
 * Returns `value`, which is present because of `invariant`.
 *
 *     present(starts[index], "every input has a start")
 */
export const present = <A>(value: A | undefined, invariant: string): A => {
  if (value === undefined) throw violated(invariant)
  return value
}

/** Fails unless `holds`. */
export const invariant = (holds: boolean, name: string): void => {
  if (!holds) throw violated(name)
}

/**
 * Fails for an element outside its array. Made for hot loops over typed arrays. The call is on a
 * branch that is never taken, so V8 need not inline it.
 *
 *     for (let at = start; at < end; at++) sum += bytes[at] ?? outside()
 */
export const outside = (): never => {
  throw violated("the index lies inside the array")
}
