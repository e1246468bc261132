/** One stream's reaction in tasks whose chat comes from several inputs. */
import type { Reaction } from "../domain/Reaction.ts"
import { Reactions } from "./Reactions.ts"
import type { Voices } from "./Voices.ts"

export class JoinedVoices {
  readonly #reactions = new Reactions()
  /** The pane of the next reaction, so that none holds what another said. */
  #pane = 0

  /** The reaction to what one stream says in several inputs: the same as if all had been said in one. */
  of(all: ReadonlyArray<Voices>): Reaction {
    for (const voices of all) {
      voices.forEach((user, text, scoreMicro) => {
        this.#reactions.add(0, this.#pane, user, text, scoreMicro)
      })
    }
    this.#reactions.open(this.#pane, this.#pane)
    const reaction = this.#reactions.of(0)
    this.#reactions.evictBefore(++this.#pane)
    return reaction
  }
}
