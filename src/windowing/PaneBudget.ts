/**
 * Tracks the cost that the panes of one input have spent. The cost is limited for each pane, and
 * for each stream in a pane.
 */
import { STREAM_SHARE } from "./PaneLimits.ts"

export class PaneBudget {
  readonly #ofPane: number
  readonly #ofStream: number
  readonly #spent = new Map<number, number>()

  /** `limit`: cost of one pane. */
  constructor(limit: number) {
    this.#ofPane = limit
    this.#ofStream = limit * STREAM_SHARE
  }

  /**
   * Spends `cost` in a pane if there is room. `streamSpent`: what the stream has spent there
   * before.
   */
  spend(pane: number, cost: number, streamSpent: number): boolean {
    const spent = (this.#spent.get(pane) ?? 0) + cost
    if (spent > this.#ofPane || streamSpent + cost > this.#ofStream) return false
    this.#spent.set(pane, spent)
    return true
  }

  /** Forgets the panes before `first` (open bound). */
  evictBefore(first: number): void {
    for (const pane of this.#spent.keys()) if (pane < first) this.#spent.delete(pane)
  }
}
