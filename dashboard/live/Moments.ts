/** A bounded list of moments that grows by news. Pure. */
import type { MomentItem, MomentType } from "../api/Wire.ts"

const later = (a: MomentItem, b: MomentItem): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? 1 : -1
  return BigInt(a.id) < BigInt(b.id) ? 1 : -1
}

/** The latest first, at most `most`, of one type or of all. A moment that comes again takes its own place, or leaves the list when it is of another type now. */
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
