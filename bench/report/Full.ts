/** Keeps figures of small runs out of docs/. */
import { relative, resolve } from "node:path"
import { Console, Effect } from "effect"

const ROOT = new URL("../..", import.meta.url).pathname

/** Sizes of a run by the names of their flags, such as events, streams, minutes. */
export type Sizes = Readonly<Record<string, number>>

/** The sizes that are smaller than those of the full run, as `--name given (full: n)`. */
export const smaller = (given: Sizes, full: Sizes): ReadonlyArray<string> =>
  Object.entries(full).flatMap(([name, size]) => {
    const actual = given[name]
    if (actual === undefined) throw new Error(`the run has no size ${name}`)
    return actual < size ? [`--${name} ${actual} (full: ${size})`] : []
  })

/**
 * Runs `write`, which writes figures into `document`. If the document is below docs/ and any size
 * is smaller than that of the full run, prints the reason instead. Documents elsewhere are always
 * written.
 */
export const writeIfFull = <A, E, R>(
  document: string,
  given: Sizes,
  full: Sizes,
  write: Effect.Effect<A, E, R>
): Effect.Effect<void, E, R> => {
  const path = relative(ROOT, resolve(document))
  const small = path.startsWith("docs/") ? smaller(given, full) : []
  return small.length === 0
    ? Effect.asVoid(write)
    : Console.log(`${path} stays as it is, because the run was smaller than the full one: ${small.join(", ")}`)
}
