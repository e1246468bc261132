/** The emotes of a stream as its chart draws them. Pure. */
import type { StreamEmotes } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"
import { describe } from "./Series.ts"

/** Emotes that are drawn at once: as many as there are colours that differ enough. */
export const PLACES = 5

/** The emote at each place. A place is a colour, so an emote keeps its place. */
export type Places = ReadonlyArray<string | undefined>

export const NO_PLACES: Places = Array.from({ length: PLACES }, () => undefined)

/** Puts the emotes at places: those that have one keep it, the others take the free ones. */
export const placed = (before: Places, emotes: ReadonlyArray<string>): Places => {
  const fresh = emotes.filter((emote) => !before.includes(emote))
  return before.map((emote) => (emote !== undefined && emotes.includes(emote) ? emote : fresh.shift()))
}

/** Shows or hides an emote. Without a free place it replaces the emote of the last place. */
export const toggled = (places: Places, emote: string): Places => {
  if (places.includes(emote)) return places.map((other) => (other === emote ? undefined : other))
  const free = places.indexOf(undefined)
  return places.with(free < 0 ? PLACES - 1 : free, emote)
}

/** The emotes at the places. */
export const chosen = (places: Places): ReadonlyArray<string> => places.filter((emote) => emote !== undefined)

export interface EmoteColumns {
  /** Ends of windows in seconds since 1970, strictly ascending. */
  readonly x: ReadonlyArray<number>
  /** One column for each place; nulls break its line. */
  readonly counts: ReadonlyArray<ReadonlyArray<number | null>>
}

/** A line breaks where steps are missing. `sizeMs`: the length of a window. */
export const toEmoteColumns = (
  { emotes, starts, step }: StreamEmotes,
  places: Places,
  sizeMs: number
): EmoteColumns => {
  const x: Array<number> = []
  /** The step of each row; -1 for a row of nulls. */
  const index: Array<number> = []
  starts.forEach((start, place) => {
    const seconds = (Date.parse(start) + sizeMs) / 1000
    const before = x.at(-1)
    if (before !== undefined && seconds - before > 2 * step) {
      x.push((before + seconds) / 2)
      index.push(-1)
    }
    x.push(seconds)
    index.push(place)
  })
  const counts = places.map((wanted) => {
    const found = emotes.find(({ emote }) => emote === wanted)
    return index.map((place) => found?.counts[place] ?? null)
  })
  return { x, counts }
}

/** Describes the chart, one sentence for each emote. */
export const describeEmotes = (columns: EmoteColumns, places: Places): string =>
  places
    .flatMap((emote, place) => (emote === undefined ? [] : [describe(emote, columns.counts[place] ?? [], count)]))
    .join(" ")
