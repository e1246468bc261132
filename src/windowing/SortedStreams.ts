/**
 * The streams of one window's halves in order of their code units. Sorting a million names at once
 * would block the event loop for seconds. So names are sorted in short runs, which are merged as
 * they are consumed.
 */
import { byCodeUnit } from "../domain/CodeUnits.ts"

/** Names of one run: sorting them takes some milliseconds. */
export const RUN = 16_384

/** Some places of a half, in order of the names at them. */
class Run {
  readonly half: number
  readonly #names: ReadonlyArray<string>
  readonly #places: Int32Array
  #at = 0

  /** `places` are sorted here. */
  constructor(half: number, names: ReadonlyArray<string>, places: Int32Array) {
    this.half = half
    this.#names = names
    this.#places = places.sort((a, b) => byCodeUnit(nameAt(names, a), nameAt(names, b)))
  }

  get isOver(): boolean {
    return this.#at === this.#places.length
  }

  get name(): string {
    return nameAt(this.#names, this.place)
  }

  get place(): number {
    const place = this.#places[this.#at]
    if (place === undefined) throw new RangeError("the run is over")
    return place
  }

  advance(): void {
    this.#at++
  }
}

const nameAt = (names: ReadonlyArray<string>, place: number): string => {
  const name = names[place]
  if (name === undefined) throw new RangeError(`there is no name at ${place}`)
  return name
}

/** Puts the run at `at` of a heap, whose first name may have grown, where it belongs. */
const sink = (heap: Array<Run>, run: Run): void => {
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    const right = left + 1
    let least = left
    const a = heap[left]
    if (a === undefined) break
    let child = a
    const b = heap[right]
    if (b !== undefined && byCodeUnit(b.name, a.name) < 0) {
      least = right
      child = b
    }
    if (byCodeUnit(run.name, child.name) <= 0) break
    heap[at] = child
    at = least
  }
  heap[at] = run
}

/** Merges sorted runs: one stream after the other, in order of code units. */
export class StreamMerge {
  /** The runs that are not over, as a heap by their first names. */
  readonly #heap: Array<Run>
  readonly #places: Int32Array
  #stream = ""

  constructor(halves: number, runs: Array<Run>) {
    // Sorted, an array is a heap.
    this.#heap = runs.sort((a, b) => byCodeUnit(a.name, b.name))
    this.#places = new Int32Array(halves)
  }

  /** Goes to the next stream; `false` if there is none. */
  advance(): boolean {
    const heap = this.#heap
    let first = heap[0]
    if (first === undefined) return false
    const stream = first.name
    this.#stream = stream
    this.#places.fill(-1)
    while (first !== undefined && first.name === stream) {
      this.#places[first.half] = first.place
      first.advance()
      if (!first.isOver) {
        sink(heap, first)
      } else {
        const last = heap.pop()
        if (last !== undefined && last !== first) sink(heap, last)
      }
      first = heap[0]
    }
    return true
  }

  get stream(): string {
    return this.#stream
  }

  /** The stream's place in each half; -1 = the half does not hold it. Changes with the stream. */
  get places(): Int32Array {
    return this.#places
  }
}

/**
 * Returns the streams after `after` (open bound, `undefined` = all) that the halves name, each half
 * every stream once at most. Yields between two runs: other fibers may run.
 */
export function* sortedStreams(
  halves: ReadonlyArray<ReadonlyArray<string>>,
  after: string | undefined
): Generator<undefined, StreamMerge> {
  const runs: Array<Run> = []
  for (const [half, names] of halves.entries()) {
    for (let from = 0; from < names.length; from += RUN) {
      const places: Array<number> = []
      const to = Math.min(from + RUN, names.length)
      for (let place = from; place < to; place++)
        if (after === undefined || nameAt(names, place) > after) places.push(place)
      if (places.length > 0) runs.push(new Run(half, names, Int32Array.from(places)))
      if (to < names.length) yield undefined
    }
  }
  return new StreamMerge(halves.length, runs)
}
