/** The baselines of a task's streams in one flat column: 30 numbers for each stream, 240 bytes. */
import { outside } from "../domain/Invariant.ts"
import { BASELINE_NUMBERS, type BaselineRow } from "../domain/Baseline.ts"

export const WIDTH = BASELINE_NUMBERS.length

/** The position of a number in a stream's part of the column. */
const at = (name: (typeof BASELINE_NUMBERS)[number]): number => BASELINE_NUMBERS.indexOf(name)
export const END = at("end")
export const SLIDES = at("slides")
export const PEOPLE = at("people")
export const UNISON = at("unison")
export const RECENT = at("recent")
export const FORMER = at("former")
export const MESSAGES = at("messages")
export const VIEWERS = at("viewers")
export const VIEWERS_LAST = at("viewersLast")
export const VIEWERS_END = at("viewersEnd")
export const MOOD_TEXTS = at("moodTexts")
export const MOOD_SUM = at("moodSum")
export const MOOD = at("mood")
export const MOOD_SPREAD = at("moodSpread")
export const HELD = at("held")
export const MOMENTS = at("moments")
export const QUIET_SINCE = at("quietSince")
export const QUIET_USUAL = at("quietUsual")
export const QUIET_STIR = at("quietStir")
export const LOSS_SINCE = at("lossSince")
export const LOSS_SCORE = at("lossScore")
export const LOSS_USUAL = at("lossUsual")
export const MOMENT_AT = at("momentAt")
export const MOMENT_END = at("momentEnd")
export const MOMENT_PARTS = at("momentParts")
export const MOMENT_PEAK = at("momentPeak")

const FEWEST = 16

/** A number of the column. */
export const number = (numbers: Float64Array, at: number): number => numbers[at] ?? outside()

export class Baselines {
  readonly #places = new Map<string, number>()
  readonly #free: Array<number> = []
  numbers: Float64Array<ArrayBuffer> = new Float64Array(WIDTH * FEWEST)

  /** Takes a stream's numbers in. */
  restore({ numbers, stream }: BaselineRow): void {
    // Before `numbers` is read, since it may become another array.
    const place = this.placeOf(stream)
    this.numbers.set(numbers, place)
  }

  /**
   * Where the stream's numbers begin in `numbers`; zeros for a stream that is new. `numbers` may be
   * another array afterwards.
   */
  placeOf(stream: string): number {
    const known = this.#places.get(stream)
    if (known !== undefined) return known
    const place = this.#free.pop() ?? WIDTH * this.#places.size
    this.#places.set(stream, place)
    if (place + WIDTH > this.numbers.length) {
      const larger = new Float64Array(Math.ceil(this.numbers.length / WIDTH) * WIDTH * 2)
      larger.set(this.numbers)
      this.numbers = larger
    }
    this.numbers.fill(0, place, place + WIDTH)
    return place
  }

  row(stream: string): BaselineRow {
    const place = this.placeOf(stream)
    return { stream, numbers: [...this.numbers.subarray(place, place + WIDTH)] }
  }

  /** One of the numbers of the stream at a place. */
  at(place: number, which: number): number {
    return number(this.numbers, place + which)
  }

  /**
   * Forgets the streams at the places for which `isOver` holds: the tables keep them. Costs the
   * number of streams.
   */
  forget(isOver: (place: number) => boolean): void {
    for (const [stream, place] of this.#places) {
      if (!isOver(place)) continue
      this.#places.delete(stream)
      this.#free.push(place)
    }
  }
}
