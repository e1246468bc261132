/**
 * Asserts for facts that hold by construction but that the type checker cannot see. A violation is
 * a defect of this program: it throws instead of continuing with a made-up value. Cost: one
 * comparison, inlined by V8.
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

/**
 * Returns an element that was read at an index inside its array, for hot loops over typed arrays.
 * It takes the element and not the array, so that each caller keeps its own type feedback for the
 * read.
 *
 *     for (let at = start; at < end; at++) sum += inside(bytes[at])
 */
export const inside = (element: number | undefined): number => {
  if (element === undefined) throw violated("the index lies inside the array")
  return element
}
