/** Which emotes a row names. */
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { MAX_TOP_EMOTES_BYTES } from "../domain/Limits.ts"
import { utf8Length } from "../domain/Utf8.ts"

/** An emote, and how often it occurs. */
export type EmoteCount = readonly [emote: string, count: number]

const NO_EMOTES: ReadonlyArray<string> = []

/**
 * The `limit` most frequent, ties by code unit; fewer if their text would exceed
 * `MAX_TOP_EMOTES_BYTES`.
 */
export const topEmotes = (emotes: ReadonlyArray<EmoteCount>, limit: number): ReadonlyArray<string> => {
  if (emotes.length === 0) return NO_EMOTES
  const top = emotes
    .toSorted(([emoteA, countA], [emoteB, countB]) => countB - countA || byCodeUnit(emoteA, emoteB))
    .slice(0, limit)
    .map(([emote]) => emote)
  let bytes = 0
  const end = top.findIndex((emote) => (bytes += utf8Length(emote)) > MAX_TOP_EMOTES_BYTES)
  return end < 0 ? top : top.slice(0, end)
}
