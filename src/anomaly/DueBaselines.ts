/**
 * Decides which baselines are due to be stored: each stream's once in {@link STORE_SLIDES} slides.
 * The name of a stream decides at which slides, so that every slide stores an equal share of the
 * streams. At most the last {@link STORE_SLIDES} slides before the watermark are missing from the
 * tables.
 */
import { STORE_SLIDES } from "../domain/Baseline.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv) over the name's UTF-16 code units. */
export const slotOf = (stream: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < stream.length; at++) hash = Math.imul(hash ^ stream.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % STORE_SLIDES
}

export class DueBaselines {
  readonly #window: WindowSettings
  /** By slot: streams that have been judged since they were stored. */
  readonly #waiting = Array.from({ length: STORE_SLIDES }, () => new Set<string>())
  /** Slides up to this number (closed bound) are over. */
  #over: number

  /**
   * Baselines due at slides that end at or before `watermarkMs` (closed bound) are in the tables.
   */
  constructor(window: WindowSettings, watermarkMs: number) {
    this.#window = window
    this.#over = this.#numberOf(watermarkMs)
  }

  /** A stream has been judged at a slide that is not over. */
  add(stream: string): void {
    const waiting = this.#waiting[slotOf(stream)]
    if (waiting === undefined) throw new RangeError("a stream has no slot")
    waiting.add(stream)
  }

  /**
   * The slides that end at or before `endMs` (closed bound) are over. Returns the streams that are
   * due.
   */
  reach(endMs: number): ReadonlyArray<string> {
    const over = this.#numberOf(endMs)
    if (over <= this.#over) return []
    const due: Array<string> = []
    for (const [slot, waiting] of this.#waiting.entries()) {
      if (over - this.#over < STORE_SLIDES && !this.#isOver(slot, over)) continue
      for (const stream of waiting) due.push(stream)
      waiting.clear()
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
