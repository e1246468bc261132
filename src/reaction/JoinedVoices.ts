/** One stream's reaction in tasks whose chat comes from several inputs. */
import { outside } from "../domain/Invariant.ts"
import type { Reaction } from "../domain/Reaction.ts"
import { Reactions } from "./Reactions.ts"
import type { Voices } from "./Voices.ts"

export class JoinedVoices {
  readonly #reactions = new Reactions()
  /**
   * The pane of the next reaction. Each reaction has its own, so that it holds no messages of
   * another.
   */
  #pane = 0

  /**
   * The reaction to one stream's messages in several inputs: the same as if all were in one input.
   */
  of(all: ReadonlyArray<Voices>): Reaction {
    for (const voices of all) {
      const columns = voices.columns()
      for (let message = 0; message < columns.count; message++) this.#reactions.add(0, this.#pane, columns, message)
    }
    this.#reactions.open(this.#pane, this.#pane)
    const reaction = this.#reactions.of(0)
    this.#reactions.evictBefore(++this.#pane)
    return { ...reaction, busiest: busiestOf(all) }
  }
}

/** The pane with the most messages in all inputs, whose spans have the same panes. */
const busiestOf = (all: ReadonlyArray<Voices>): number => {
  const panes = all[0]?.counts.length ?? 0
  let busiest = 0
  let most = 0
  for (let pane = 0; pane < panes; pane++) {
    const count = all.reduce((sum, { counts }) => sum + (counts[pane] ?? outside()), 0)
    if (count <= most) continue
    most = count
    busiest = pane
  }
  return busiest
}
