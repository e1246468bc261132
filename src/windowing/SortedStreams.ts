/**
 * The streams of one window's halves in order of their code units: merges the halves, which are in
 * this order, as they are consumed.
 */
import { byCodeUnit, firstAfter } from "../domain/CodeUnits.ts"
import { present } from "../domain/Invariant.ts"

/** The rest of a half. */
class Run {
  readonly half: number
  readonly #names: ReadonlyArray<string>
  place: number
  /** At the place; "" when the run is over. */
  name: string

  constructor(half: number, names: ReadonlyArray<string>, place: number) {
    this.half = half
    this.#names = names
    this.place = place
    this.name = names[place] ?? ""
  }

  get isOver(): boolean {
    return this.place === this.#names.length
  }

  advance(): void {
    this.name = this.#names[++this.place] ?? ""
  }
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
 * Returns the streams after `after` (open bound, `undefined` = all) that the halves name. Each half
 * names every stream once at most, in order of code units.
 */
export const sortedStreams = (halves: ReadonlyArray<ReadonlyArray<string>>, after: string | undefined): StreamMerge => {
  const runs = halves.map((names, half) => {
    const nameAt = (place: number): string => present(names[place], "the place is within the names")
    return new Run(half, names, after === undefined ? 0 : firstAfter(nameAt, 0, names.length, after))
  })
  return new StreamMerge(
    halves.length,
    runs.filter(({ isOver }) => !isOver)
  )
}
