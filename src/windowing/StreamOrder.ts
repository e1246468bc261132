/**
 * The numbers of an input's streams in order of their names by code unit. The order is kept from
 * window to window, so only new names are sorted. To sort a million names at once would block the
 * event loop for seconds. So new names are sorted in short runs, which are then merged.
 */
import { byCodeUnit, firstAfter } from "../domain/CodeUnits.ts"
import { outside } from "../domain/Invariant.ts"
import { isPause } from "./Pauses.ts"

/** Names of one run: sorting them takes some milliseconds. */
export const RUN = 16_384

type NameOf = (number: number) => string

/**
 * The first place in [from, end) whose name is greater than `name`; `end` if there is none. Costs
 * the logarithm of its distance to `from`: doubles the range until it holds the place.
 */
const firstFrom = (nameAt: NameOf, from: number, end: number, name: string): number => {
  let low = from
  let high = from
  for (let step = 1; high < end && nameAt(high) <= name; step *= 2) {
    low = high + 1
    high += step
  }
  return firstAfter(nameAt, low, Math.min(high, end), name)
}

export class StreamOrder {
  readonly #nameOf: NameOf
  /** In order. */
  #sorted = new Int32Array(0)
  /** The numbers that came since. */
  #added: Array<number> = []

  /** `nameOf`: the name of a number, which does not change until the number is dropped. */
  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf
  }

  /** Adds a number that is not among them. */
  add(number: number): void {
    this.#added.push(number)
  }

  /** Drops all other numbers, before one of them gets another name. Costs the count of numbers. */
  keep(isKept: (number: number) => boolean): void {
    this.#sorted = this.#sorted.filter(isKept)
    this.#added = this.#added.filter(isKept)
  }

  /** All numbers in order, until something changes. Pauses. */
  *numbers(): Generator<undefined, Int32Array> {
    let runs: Array<Int32Array<ArrayBuffer>> = []
    for (let from = 0; from < this.#added.length; from += RUN) {
      if (from > 0) yield undefined
      const run = Int32Array.from(this.#added.slice(from, from + RUN))
      runs.push(run.sort((a, b) => byCodeUnit(this.#nameOf(a), this.#nameOf(b))))
    }
    this.#added = []
    while (runs.length > 1) {
      const merged: Array<Int32Array<ArrayBuffer>> = []
      for (let at = 0; at < runs.length; at += 2) {
        const run = runs[at] ?? outside()
        const next = runs[at + 1]
        merged.push(next === undefined ? run : yield* this.#merge(run, next))
      }
      runs = merged
    }
    if (runs[0] !== undefined) this.#sorted = yield* this.#merge(this.#sorted, runs[0])
    return this.#sorted
  }

  /** Merges two runs. Costs little if `some` is short. Pauses. */
  *#merge(all: Int32Array, some: Int32Array): Generator<undefined, Int32Array<ArrayBuffer>> {
    const merged = new Int32Array(all.length + some.length)
    const nameAt = (place: number): string => this.#nameOf(all[place] ?? outside())
    let from = 0
    for (let index = 0; index < some.length; index++) {
      if (isPause(index)) yield undefined
      const number = some[index] ?? outside()
      const to = firstFrom(nameAt, from, all.length, this.#nameOf(number))
      for (let at = from; at < to; at++) merged[at + index] = all[at] ?? outside()
      merged[to + index] = number
      from = to
    }
    merged.set(all.subarray(from), from + some.length)
    return merged
  }
}
