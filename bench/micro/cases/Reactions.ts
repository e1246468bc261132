/** Messages into the reactions of their streams, over spans of two panes: each message is in two. */
import { naiveReactions } from "../naive/SetsOfWords.ts"
import type { Case } from "../Case.ts"
import { assertSame } from "../Same.ts"
import { type Decoded, reactTo, said, scoreChat, UNSCORED } from "../Subject.ts"

export interface Feed {
  /** For example `tiny streams`. */
  readonly name: string
  /** In order of arrival, at most a pane out of order. */
  readonly events: Decoded
}

export const reactionCases = (feeds: ReadonlyArray<Feed>): ReadonlyArray<Case> =>
  feeds.map(({ events, name }) => {
    const scores = Int32Array.from(scoreChat(events), (score) => (score === UNSCORED ? 0 : score))
    const messages = said(events, scores)
    const ours = () => reactTo(events, messages, scores)
    const naive = () => naiveReactions(messages)
    const reactions = ours().length
    return {
      name: `reactions, ${name}`,
      unit: `event, ${((2 * messages.length) / reactions).toFixed(0)} in a stream's span`,
      count: messages.length,
      ours: { name: "reaction/Reactions", run: ours },
      naive: { name: "Sets and Maps of strings, span by span", run: naive },
      assertEqual: () => assertSame(ours(), naive())
    }
  })
