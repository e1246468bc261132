/** Sliding windows each on its own: an event is added to all size / slide that hold it. */
import { type ClosedWindow, type Sums, sumsAt } from "./ClosedWindow.ts"
import type { Message } from "./Parse.ts"

export class WindowPerEvent {
  readonly #windows = new Map<number, Map<string, Sums>>()
  readonly #sizeMs: number
  readonly #slideMs: number

  constructor(sizeMs: number, slideMs: number) {
    this.#sizeMs = sizeMs
    this.#slideMs = slideMs
  }

  add(event: Message, scoreMicro: number): void {
    const lastStartMs = Math.floor(event.timeMs / this.#slideMs) * this.#slideMs
    for (let startMs = lastStartMs; startMs > event.timeMs - this.#sizeMs; startMs -= this.#slideMs)
      sumsAt(this.#windows, startMs, event.stream).add(event, scoreMicro)
  }

  /** Gives the windows that end at `endMs`. */
  close(endMs: number, topEmotes: number): ReadonlyArray<ClosedWindow> {
    const startMs = endMs - this.#sizeMs
    const streams = this.#windows.get(startMs) ?? new Map<string, Sums>()
    this.#windows.delete(startMs)
    return [...streams].map(([stream, sums]) => sums.closed(stream, endMs, topEmotes))
  }
}
