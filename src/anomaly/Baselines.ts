/**
 * The baselines and latest broadcasts of a task's streams in one flat column: 43 numbers for each
 * stream, 344 bytes.
 *
 * Streams come in the same order at each slide. So a place is found by the stream that came after
 * the last one before, without a lookup in a table of all streams.
 */
import { grown } from "../domain/Columns.ts"
import { outside, present } from "../domain/Invariant.ts"
import { BASELINE_NUMBERS, type BaselineRow, STREAM_NUMBERS } from "../domain/Baseline.ts"

export const WIDTH = STREAM_NUMBERS.length
/** The position of the broadcast's numbers, which follow the baseline's. */
export const BROADCAST = BASELINE_NUMBERS.length

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
  numbers: Float64Array = new Float64Array(WIDTH * FEWEST)
  /** By place / {@link WIDTH}: the stream; `undefined` = the place is free. */
  readonly #streams: Array<string | undefined> = []
  /** By place / {@link WIDTH}: the same of the stream that came next. */
  #nexts = new Int32Array(FEWEST)
  /** The place / {@link WIDTH} of the stream that came last. */
  #last = 0

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
    const next = this.#nexts[this.#last] ?? outside()
    if (this.#streams[next] === stream) {
      this.#last = next
      return WIDTH * next
    }
    const place = this.#places.get(stream) ?? this.#add(stream)
    this.#nexts[this.#last] = place / WIDTH
    this.#last = place / WIDTH
    return place
  }

  /** The numbers at a place that is in use. */
  row(place: number): BaselineRow {
    const stream = present(this.#streams[place / WIDTH], "a baseline is stored before its stream is forgotten")
    return { stream, numbers: [...this.numbers.subarray(place, place + WIDTH)] }
  }

  #add(stream: string): number {
    const place = this.#free.pop() ?? WIDTH * this.#places.size
    this.#places.set(stream, place)
    this.#streams[place / WIDTH] = stream
    if (place === this.numbers.length) {
      this.numbers = grown(this.numbers, new Float64Array(2 * place))
      this.#nexts = grown(this.#nexts, new Int32Array((2 * place) / WIDTH))
    }
    this.numbers.fill(0, place, place + WIDTH)
    return place
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
      this.#streams[place / WIDTH] = undefined
      this.#free.push(place)
    }
  }
}
