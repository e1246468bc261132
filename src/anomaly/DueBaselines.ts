/**
 * Decides which baselines are due to be stored: each stream's once in {@link STORE_SLIDES} slides.
 * The name of a stream decides at which slides, so that every slide stores an equal share of the
 * streams. At most the last {@link STORE_SLIDES} slides before the watermark are missing from the
 * tables.
 */
import { STORE_SLIDES } from "../domain/Baseline.ts"
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv) over the name's UTF-16 code units. */
export const slotOf = (stream: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < stream.length; at++) hash = Math.imul(hash ^ stream.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % STORE_SLIDES
}

/** The slot of a stream that has not been judged since it was stored. */
const STORED = 255

const NONE: ReadonlyArray<number> = []

export class DueBaselines {
  readonly #window: WindowSettings
  /** By the number of a stream: its slot, if it has been judged since it was stored. */
  #slots = new Uint8Array(16).fill(STORED)
  /** Slides up to this number (closed bound) are over. */
  #over: number

  /**
   * Baselines due at slides that end at or before `watermarkMs` (closed bound) are in the tables.
   */
  constructor(window: WindowSettings, watermarkMs: number) {
    this.#window = window
    this.#over = this.#numberOf(watermarkMs)
  }

  /** A stream has been judged at a slide that is not over. Its number is small. */
  add(number: number, stream: string): void {
    while (number >= this.#slots.length) {
      const room = this.#slots.length
      this.#slots = grown(this.#slots, new Uint8Array(2 * room).fill(STORED, room))
    }
    if (this.#slots[number] === STORED) this.#slots[number] = slotOf(stream)
  }

  /** Whether the stream has been judged since it was stored. */
  has(number: number): boolean {
    return number < this.#slots.length && this.#slots[number] !== STORED
  }

  /**
   * The slides that end at or before `endMs` (closed bound) are over. Returns the numbers of the
   * streams that are due. Costs a byte of each stream.
   */
  reach(endMs: number): ReadonlyArray<number> {
    const over = this.#numberOf(endMs)
    if (over <= this.#over) return NONE
    const isDue = Array.from(
      { length: STORED + 1 },
      (_, slot) => slot < STORE_SLIDES && (over - this.#over >= STORE_SLIDES || this.#isOver(slot, over))
    )
    const due: Array<number> = []
    for (let number = 0; number < this.#slots.length; number++) {
      if (isDue[this.#slots[number] ?? outside()] !== true) continue
      due.push(number)
      this.#slots[number] = STORED
    }
    this.#over = over
    return due
  }

  /** Number of the last window that ends at or before `endMs`, counted by the starts of windows. */
  #numberOf(endMs: number): number {
    const { sizeMs, slideMs } = this.#window
    return Math.floor((endMs - sizeMs) / slideMs)
  }

  /** Whether one of the fewer than {@link STORE_SLIDES} slides up to `over` is of the slot. */
  #isOver(slot: number, over: number): boolean {
    const sinceSlot = (((over - slot) % STORE_SLIDES) + STORE_SLIDES) % STORE_SLIDES
    return over - sinceSlot > this.#over
  }
}
