/** Which emotes a row names, with their counts. */
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { MAX_TOP_EMOTES_BYTES } from "../domain/Limits.ts"
import { utf8Length } from "../domain/Utf8.ts"

/** An emote, and how often it occurs. */
export type EmoteCount = readonly [emote: string, count: number]

/** Two columns of equal length: the emotes of a row, and how often each occurs. */
export interface TopEmotes {
  readonly names: ReadonlyArray<string>
  readonly counts: ReadonlyArray<number>
}

export const NO_EMOTES: TopEmotes = { names: [], counts: [] }

/** Negative if `a` is before `b`: the more frequent first, ties by code unit. */
const compare = ([emoteA, countA]: EmoteCount, [emoteB, countB]: EmoteCount): number =>
  countB - countA || byCodeUnit(emoteA, emoteB)

/** Puts an emote where it belongs in `top`, which keeps its first `limit`. */
const insert = (top: Array<EmoteCount>, emote: EmoteCount, limit: number): void => {
  let at = top.length
  for (let before = top[at - 1]; before !== undefined && compare(emote, before) < 0; before = top[at - 1])
    top[at--] = before
  top[at] = emote
  if (top.length > limit) top.pop()
}

/**
 * The `limit` most frequent, ties by code unit; fewer if their text would exceed
 * `MAX_TOP_EMOTES_BYTES`. A list of the first ones costs less than to sort all.
 */
export const topEmotes = (emotes: ReadonlyArray<EmoteCount>, limit: number): TopEmotes => {
  if (emotes.length === 0) return NO_EMOTES
  const top: Array<EmoteCount> = []
  for (const emote of emotes) insert(top, emote, limit)
  let bytes = 0
  const end = top.findIndex(([emote]) => (bytes += utf8Length(emote)) > MAX_TOP_EMOTES_BYTES)
  if (end >= 0) top.length = end
  return { names: top.map(([emote]) => emote), counts: top.map(([, count]) => count) }
}
