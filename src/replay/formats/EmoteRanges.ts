/**
 * Emotes of Twitch's chat, such as `25:0-4,12-16/1902:6-10`: ranges of code points of the text,
 * ends included.
 */

/** Emotes have names of about 30 characters, and a message has at most 500. */
const MOST_RANGES = 1000
const MOST_POINTS = 255

/** The names in the text, in the text's order, one per occurrence. Wrong ranges are ignored. */
export const emotesIn = (text: string, ranges: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (ranges.length === 0) return []
  const points = Array.from(text)
  return ranges
    .slice(0, MOST_RANGES)
    .flatMap((range) => {
      const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(range) ?? []
      const [from, to] = [Number(first), Number(last)]
      return from <= to && to < points.length && to - from < MOST_POINTS
        ? [{ from, name: points.slice(from, to + 1).join("") }]
        : []
    })
    .toSorted((a, b) => a.from - b.from)
    .map(({ name }) => name)
}

/** The ranges of the tag `emotes`. */
export const rangesOf = (tag: string): ReadonlyArray<string> =>
  tag.split("/").flatMap((emote) => emote.slice(emote.indexOf(":") + 1).split(","))
