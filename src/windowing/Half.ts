/** What one input knows of one stream in one window. A row joins the halves of all inputs. */

import { byCodeUnit } from "../domain/CodeUnits.ts"

/** Everything in it is an integer or a set, so that joining depends on no order. */
export interface Half {
  chatCount: number
  /** Distinct users; their number where no other input has chat. */
  chatters: number | Set<string>
  /** Sum of the scores in millionths. */
  scoreMicro: number
  positive: number
  negative: number
  /** Sum and number of the viewer samples. The sum is exact up to 2^53: four million samples of the greatest value in one window. */
  viewerSum: number
  viewerSamples: number
  /** How often each occurs; the names of the most frequent where no other input has chat. */
  emotes: Map<string, number> | ReadonlyArray<string>
}

/** Adds `count` to an emote's count, which is never kept at 0. */
export const addEmote = (emotes: Map<string, number>, emote: string, count: number): void => {
  const sum = (emotes.get(emote) ?? 0) + count
  if (sum === 0) emotes.delete(emote)
  else emotes.set(emote, sum)
}

/** Adds `other` to `half`, which is changed; `other` is not used afterwards. */
export const join = (half: Half, other: Half): void => {
  half.chatCount += other.chatCount
  half.scoreMicro += other.scoreMicro
  half.positive += other.positive
  half.negative += other.negative
  half.viewerSum += other.viewerSum
  half.viewerSamples += other.viewerSamples
  if (typeof half.chatters === "number" || typeof other.chatters === "number") {
    // All inputs of a task say numbers or all say names; numbers only where one input has chat, so that the other is 0.
    half.chatters = countOf(half.chatters) + countOf(other.chatters)
  } else {
    for (const user of other.chatters) half.chatters.add(user)
  }
  if (half.emotes instanceof Map && other.emotes instanceof Map) {
    for (const [emote, count] of other.emotes) addEmote(half.emotes, emote, count)
  } else if (hasNone(half.emotes)) {
    half.emotes = other.emotes
  }
}

/** The `limit` most frequent, ties by code unit. */
export const topEmotes = (emotes: ReadonlyMap<string, number>, limit: number): ReadonlyArray<string> =>
  emotes.size === 0
    ? NO_EMOTES
    : [...emotes]
        .sort(([emoteA, countA], [emoteB, countB]) => countB - countA || byCodeUnit(emoteA, emoteB))
        .slice(0, limit)
        .map(([emote]) => emote)

const NO_EMOTES: ReadonlyArray<string> = []

const hasNone = (emotes: Half["emotes"]): boolean => (emotes instanceof Map ? emotes.size : emotes.length) === 0

export const countOf = (chatters: Half["chatters"]): number => (typeof chatters === "number" ? chatters : chatters.size)
