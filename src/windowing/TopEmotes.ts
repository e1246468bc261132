/** Which emotes a row names. */
import { byCodeUnit } from "../domain/CodeUnits.ts"

/** An emote, and how often it occurs. */
export type EmoteCount = readonly [emote: string, count: number]

const NO_EMOTES: ReadonlyArray<string> = []

/** The `limit` most frequent, ties by code unit. */
export const topEmotes = (emotes: ReadonlyArray<EmoteCount>, limit: number): ReadonlyArray<string> =>
  emotes.length === 0
    ? NO_EMOTES
    : emotes
        .toSorted(([emoteA, countA], [emoteB, countB]) => countB - countA || byCodeUnit(emoteA, emoteB))
        .slice(0, limit)
        .map(([emote]) => emote)
