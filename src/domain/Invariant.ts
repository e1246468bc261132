/**
 * Asserts for facts that hold by construction but that the type checker cannot see. A violation is a defect of
 * this program: it throws instead of continuing with a made-up value. Cost: one comparison, inlined by V8.
 */

/**
 * Returns `value`, which is present because of `invariant`.
 *
 *     present(starts[index], "every input has a start")
 */
export const present = <A>(value: A | undefined, invariant: string): A => {
  if (value === undefined) throw new Error(`Invariant violated: ${invariant}`)
  return value
}

/**
 * Returns an element read at an index inside its array, for hot loops over typed arrays. It takes the element
 * and not the array, so that each caller keeps its own type feedback for the read.
 *
 *     for (let at = start; at < end; at++) sum += inside(bytes[at])
 */
export const inside = (element: number | undefined): number => present(element, "the index lies inside the array")
