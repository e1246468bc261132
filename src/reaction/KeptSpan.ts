/**
 * A stream's span that is kept from window to window, because few of its messages change at a time.
 */
import type { Reaction } from "../domain/Reaction.ts"
import { outside } from "../domain/Invariant.ts"
import type { PaneMessages } from "./PaneMessages.ts"
import { SlidingSpan } from "./SlidingSpan.ts"
import type { Vocabulary } from "./Vocabulary.ts"

export class KeptSpan {
  readonly #span = new SlidingSpan()
  #firstPane = 0
  /** How many messages the span has of each pane, from the first on. */
  #counts: ReadonlyArray<number> = []

  /** The last pane of the span. */
  get lastPane(): number {
    return this.#firstPane + this.#counts.length - 1
  }

  /** How many messages there is room for. */
  get room(): number {
    return this.#span.room
  }

  /** The reaction in the panes from `first` on. `busiest`: the pane with the most messages. */
  of(
    panes: ReadonlyArray<PaneMessages>,
    first: number,
    stream: number,
    vocabulary: Vocabulary,
    busiest: number
  ): Reaction {
    const counts = panes.map((pane) => pane.countOf(stream))
    const kept = this.#keptPanes(counts, first)
    let staying = 0
    for (let pane = 0; pane < kept; pane++) staying += counts[pane] ?? outside()
    let messages = staying
    for (let pane = kept; pane < counts.length; pane++) messages += counts[pane] ?? outside()
    const leaving = this.#span.messages - staying
    if (kept === 0 || this.#span.left + leaving > messages) {
      // As many again come before as many have left.
      this.#span.clear(2 * messages)
      this.#span.move(0, panes, stream)
    } else this.#span.move(leaving, panes.slice(kept), stream)
    this.#firstPane = first
    this.#counts = counts
    return this.#span.reaction(vocabulary, busiest)
  }

  /**
   * How many of the panes the span has. It is 0 if one of them has got messages since, which were
   * late for the windows before. A span holds its messages in the order of panes.
   */
  #keptPanes(counts: ReadonlyArray<number>, first: number): number {
    const leaving = first - this.#firstPane
    const kept = Math.max(0, this.#counts.length - leaving)
    for (let pane = 0; pane < kept; pane++) if (counts[pane] !== this.#counts[leaving + pane]) return 0
    return kept
  }
}
