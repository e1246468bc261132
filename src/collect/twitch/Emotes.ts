/**
 * The names of a message's emotes: the platform's own, whose places a tag states, and those of
 * other lists, which are words of the text.
 */

interface Place {
  /** Code units. */
  readonly start: number
  readonly end: number
  readonly name: string
}

const SURROGATE = /[\ud800-\udfff]/
const RANGE = /^(\d{1,5})-(\d{1,5})$/
const BLANK = /\s/

/** Code units before each code point, and the length: needed only for texts with surrogates. */
const unitsOf = (text: string): ((codePoint: number) => number | undefined) => {
  if (!SURROGATE.test(text)) return (codePoint) => (codePoint <= text.length ? codePoint : undefined)
  const units: Array<number> = [0]
  let at = 0
  for (const character of text) units.push((at += character.length))
  return (codePoint) => units[codePoint]
}

/**
 * The places of the tag `25:0-4,12-16/1902:6-10`: closed ranges of code points. Ranges are left out
 * if they are malformed, outside the text, span several words or overlap an earlier one: Twitch
 * sometimes sends wrong ones.
 */
const ownPlaces = (text: string, tag: string): ReadonlyArray<Place> => {
  if (tag === "") return []
  const unitOf = unitsOf(text)
  const places: Array<Place> = []
  for (const emote of tag.split("/")) {
    for (const range of emote.slice(emote.lastIndexOf(":") + 1).split(",")) {
      const [, first, last] = RANGE.exec(range) ?? []
      if (first === undefined || last === undefined) continue
      const start = unitOf(Number(first))
      const end = unitOf(Number(last) + 1)
      if (start === undefined || end === undefined || start >= end) continue
      const name = text.slice(start, end)
      if (!BLANK.test(name)) places.push({ start, end, name })
    }
  }
  places.sort((a, b) => a.start - b.start)
  let end = 0
  return places.filter((place) => {
    if (place.start < end) return false
    end = place.end
    return true
  })
}

/**
 * Returns the names in the order of the text, one element per occurrence. Cost: linear in the text.
 *
 *     emotesOf("Kappa hi catJAM", "25:0-4", new Set(["catJAM"])) // ["Kappa", "catJAM"]
 */
export const emotesOf = (text: string, tag: string, others: ReadonlySet<string>): ReadonlyArray<string> => {
  const own = ownPlaces(text, tag)
  if (others.size === 0) return own.map(({ name }) => name)
  const names: Array<string> = []
  let next = 0
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    let isOwn = false
    for (let place = own[next]; place !== undefined && place.start < index + word.length; place = own[++next]) {
      names.push(place.name)
      isOwn = true
    }
    if (!isOwn && others.has(word)) names.push(word)
  }
  return names
}
