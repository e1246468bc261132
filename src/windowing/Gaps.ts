/** Which windows may lack events that the log lost. */
import { AFTER_ALL, EventTimeMs } from "../domain/EventTime.ts"
import type { Gap } from "../domain/Gap.ts"
import type { Input } from "../domain/Task.ts"

const isOf = (gap: Gap, input: Input): boolean => gap.topic === input.topic && gap.partition === input.partition

export class Gaps {
  /** Gaps that can still touch a window. */
  #gaps: ReadonlyArray<Gap>
  /** Gaps that `takeChanged` has not returned yet. */
  #changed: ReadonlyArray<Gap> = []

  constructor(known: ReadonlyArray<Gap>) {
    this.#gaps = known
  }

  /**
   * Notes a gap that has just been found. One that is known is found again when the log is read
   * again: nothing changes.
   */
  add(gap: Gap): void {
    const isKnown = this.#gaps.some(
      (known) =>
        known.topic === gap.topic &&
        known.partition === gap.partition &&
        known.fromOffset <= gap.fromOffset &&
        gap.toOffset <= known.toOffset
    )
    if (!isKnown) this.#replace(undefined, gap)
  }

  /**
   * Accepts an event, which limits the event time of the gaps before it. O(gaps); there are hardly
   * any.
   */
  accept(input: Input, offset: bigint, timeMs: EventTimeMs, delayMs: number): void {
    for (const gap of this.#gaps) {
      if (gap.eventsToMs === AFTER_ALL && isOf(gap, input) && offset >= gap.toOffset) {
        this.#replace(gap, { ...gap, eventsToMs: EventTimeMs(timeMs + delayMs) })
      }
    }
  }

  /** Whether every event of the window [startMs, endMs) was there to be read. */
  isComplete(startMs: number, endMs: number): boolean {
    return !this.#gaps.some((gap) => endMs > gap.eventsFromMs && startMs <= gap.eventsToMs)
  }

  get isEmpty(): boolean {
    return this.#gaps.length === 0
  }

  /**
   * Forgets gaps whose windows are all emitted: windows that end at or before the watermark are.
   */
  forget(watermarkMs: number, sizeMs: number): void {
    this.#gaps = this.#gaps.filter((gap) => gap.eventsToMs > watermarkMs - sizeMs)
  }

  /** Gaps that are new or have changed since the call before. */
  takeChanged(): ReadonlyArray<Gap> {
    const changed = this.#changed
    this.#changed = []
    return changed
  }

  #replace(old: Gap | undefined, now: Gap): void {
    this.#gaps = [...this.#gaps.filter((gap) => gap !== old), now]
    this.#changed = [...this.#changed.filter((gap) => gap !== old), now]
  }
}
