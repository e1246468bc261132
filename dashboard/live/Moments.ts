/** A bounded list of moments with live updates. Pure. */
import type { MomentItem, MomentType } from "../api/Wire.ts"

const later = (a: MomentItem, b: MomentItem): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? 1 : -1
  return BigInt(a.id) < BigInt(b.id) ? 1 : -1
}

/**
 * Merges new moments into a list: newest first, at most `most`, of one type or of all. A known
 * moment replaces its entry, or leaves the list if its type no longer matches.
 */
export const withMoments = (
  known: ReadonlyArray<MomentItem>,
  news: ReadonlyArray<MomentItem>,
  most: number,
  type?: MomentType
): ReadonlyArray<MomentItem> => {
  if (news.length === 0) return known
  const byId = new Map(known.map((moment) => [moment.id, moment]))
  for (const moment of news) byId.set(moment.id, moment)
  return [...byId.values()]
    .filter(({ moment_type }) => type === undefined || moment_type === type)
    .sort(later)
    .slice(0, most)
}
