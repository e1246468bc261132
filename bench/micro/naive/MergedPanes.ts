/** Panes of one slide, of which each window is merged anew when it closes. For sizes that are a multiple of the slide. */
import { type ClosedWindow, Sums, sumsAt } from "./ClosedWindow.ts"
import type { Message } from "./Parse.ts"

export class MergedPanes {
  /** By the pane's start. */
  readonly #panes = new Map<number, Map<string, Sums>>()
  readonly #sizeMs: number
  readonly #slideMs: number

  constructor(sizeMs: number, slideMs: number) {
    this.#sizeMs = sizeMs
    this.#slideMs = slideMs
  }

  add(event: Message, scoreMicro: number): void {
    const startMs = Math.floor(event.timeMs / this.#slideMs) * this.#slideMs
    sumsAt(this.#panes, startMs, event.stream).add(event, scoreMicro)
  }

  /** Gives the windows that end at `endMs`. */
  close(endMs: number, topEmotes: number): ReadonlyArray<ClosedWindow> {
    const merged = new Map<string, Sums>()
    const firstMs = endMs - this.#sizeMs
    for (let startMs = firstMs; startMs < endMs; startMs += this.#slideMs) {
      for (const [stream, pane] of this.#panes.get(startMs) ?? []) {
        let sums = merged.get(stream)
        if (sums === undefined) merged.set(stream, (sums = new Sums()))
        sums.merge(pane)
      }
    }
    this.#panes.delete(firstMs)
    return [...merged].map(([stream, sums]) => sums.closed(stream, endMs, topEmotes))
  }
}
