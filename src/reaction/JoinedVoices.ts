/** One stream's reaction in tasks whose chat comes from several inputs. */
import type { Reaction } from "../domain/Reaction.ts"
import { Reactions } from "./Reactions.ts"
import type { Voices } from "./Voices.ts"

const joined = new Reactions()
/** The pane of the next joined reaction, so that none holds what another said. */
let pane = 0

/** The reaction to what one stream says in several inputs: the same as if all had been said in one. */
export const reactionOf = (all: ReadonlyArray<Voices>): Reaction => {
  for (const voices of all) {
    voices.forEach((user, text, scoreMicro) => {
      joined.add(0, pane, user, text, scoreMicro)
    })
  }
  joined.open(pane, pane)
  const reaction = joined.of(0)
  joined.evictBefore(++pane)
  return reaction
}
