/** Reactions that keep the messages of each stream and pane, and count each span again with sets and maps of strings. */
import { naiveReaction, type Said } from "../../../test/reaction/NaiveReaction.ts"
import type { Reaction } from "../Subject.ts"

export interface Message extends Said {
  readonly stream: number
  readonly pane: number
}

/** Span by span, and within it stream by stream. */
export const naiveReactions = (messages: ReadonlyArray<Message>): ReadonlyArray<Reaction> => {
  const panes = new Map<number, Map<number, Array<Message>>>()
  for (const message of messages) {
    const pane = panes.get(message.pane) ?? new Map<number, Array<Message>>()
    panes.set(message.pane, pane)
    const own = pane.get(message.stream) ?? []
    pane.set(message.stream, own)
    own.push(message)
  }
  const ends = new Set([...panes.keys()].flatMap((pane) => [pane, pane + 1]))
  return [...ends]
    .toSorted((a, b) => a - b)
    .flatMap((last) => {
      const [before, newest] = [last - 1, last].map((pane) => panes.get(pane) ?? new Map<number, Array<Message>>())
      const streams = new Set([...(before?.keys() ?? []), ...(newest?.keys() ?? [])])
      return [...streams]
        .toSorted((a, b) => a - b)
        .map((stream) => naiveReaction([...(before?.get(stream) ?? []), ...(newest?.get(stream) ?? [])]))
    })
}
