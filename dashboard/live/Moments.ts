/** A bounded list of moments with live updates. Pure. */
import type { MomentItem, PlacedPage } from "../api/Wire.ts"

const later = (a: MomentItem, b: MomentItem): number => {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? 1 : -1
  return BigInt(a.id) < BigInt(b.id) ? 1 : -1
}

/**
 * Merges new moments into a list: newest first, at most `most`, only those that are `wanted`. A
 * known moment replaces its entry, or leaves the list if it is no longer wanted.
 */
export const withMoments = (
  known: ReadonlyArray<MomentItem>,
  news: ReadonlyArray<MomentItem>,
  most: number,
  wanted: (moment: MomentItem) => boolean = () => true
): ReadonlyArray<MomentItem> => {
  if (news.length === 0) return known
  const byId = new Map(known.map((moment) => [moment.id, moment]))
  for (const moment of news) byId.set(moment.id, moment)
  return [...byId.values()].filter(wanted).sort(later).slice(0, most)
}

/** The first page of a list with new moments: its position counts them. */
export const withNews = (
  page: PlacedPage<MomentItem>,
  news: ReadonlyArray<MomentItem>,
  most: number,
  wanted: (moment: MomentItem) => boolean
): PlacedPage<MomentItem> => {
  const items = withMoments(page.items, news, most, wanted)
  const { position } = page
  if (position === null || position.total === null) return { ...page, items }
  const total = position.total + items.length - page.items.length
  return { ...page, items, position: { first: Math.min(1, total), total } }
}
