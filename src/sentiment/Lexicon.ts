/**
 * All that has a mood, as one hash table over bytes: emotes, words, emoticons, words that change
 * others, pairs of words.
 */
import { present } from "../domain/Invariant.ts"
import { CHAT_WORDS } from "./lexicon/ChatWords.ts"
import { EMOJI } from "./lexicon/Emoji.ts"
import { EMOTES, SARCASM } from "./lexicon/Emotes.ts"
import { BEGINNINGS, ENDINGS } from "./lexicon/Families.ts"
import { FOREIGN } from "./lexicon/Foreign.ts"
import { BOOSTERS, CONTRASTS, DAMPENERS, NEGATIONS } from "./lexicon/Modifiers.ts"
import { PHRASES } from "./lexicon/Phrases.ts"
import { REACTIONS } from "./lexicon/Reactions.ts"
import { VADER } from "./lexicon/Vader.ts"
import { elementOf, folded, hashOf, mix, raw } from "./Token.ts"

/** Effects of an entry on a message, as bits. */
export const EMOTE = 1
export const NEGATION = 2
export const BOOSTER = 4
export const DAMPENER = 8
export const CONTRAST = 16
export const SARCASTIC = 32
/** A part of an unlisted emote's name; never a token of its own. */
export const PART = 64
/** Known to be neutral. */
export const NEUTRAL = 128

/** No entry. */
export const NONE = -1

interface Entry {
  /** Thousandths, -4,000 to 4,000. */
  readonly valence: number
  readonly flags: number
  /** The only spelling that counts; `undefined` = any letter case. */
  readonly exact?: string
}

const SPACES = /\s+/
const split = (words: string): ReadonlyArray<string> => words.split(SPACES).filter((word) => word !== "")
const milli = (valence: number): number => Math.round(valence * 1000)

/**
 * The entries by their folded key. A key has at most one entry for any letter case, and several
 * exact ones.
 */
const collect = (): Map<string, Array<Entry>> => {
  const entries = new Map<string, Array<Entry>>()
  const put = (name: string, entry: Entry): void => {
    const key = name.toLowerCase()
    const isSame = ({ exact, flags }: Entry): boolean =>
      exact === entry.exact && (flags & PART) === (entry.flags & PART)
    const others = (entries.get(key) ?? []).filter((other) => !isSame(other))
    entries.set(key, [...others, entry])
  }
  const flag = (words: string, flags: number): void => {
    for (const word of split(words)) {
      const known = (entries.get(word) ?? []).find(({ exact }) => exact === undefined)
      put(word, { valence: known?.valence ?? 0, flags: (known?.flags ?? 0) | flags })
    }
  }
  for (const { names, valence } of EMOTES)
    for (const name of split(names))
      put(name, { valence: milli(valence), flags: valence === 0 ? EMOTE | NEUTRAL : EMOTE })
  for (const list of [VADER, FOREIGN, CHAT_WORDS]) {
    for (const { valence, words } of list)
      for (const word of split(words)) put(word, { valence: milli(valence), flags: 0 })
  }
  for (const word of split(REACTIONS)) put(word, { valence: 0, flags: NEUTRAL })
  for (const { symbols, valence } of EMOJI)
    for (const symbol of split(symbols)) put(symbol, { valence: milli(valence), flags: EMOTE })
  for (const { exact, valence } of EMOTES)
    for (const name of split(exact ?? ""))
      put(name, { valence: milli(valence), flags: valence === 0 ? EMOTE | NEUTRAL : EMOTE, exact: name })
  for (const { valence, words } of [...ENDINGS, ...BEGINNINGS])
    for (const name of split(words)) put(name, { valence: milli(valence), flags: EMOTE | PART, exact: name })
  flag(SARCASM, EMOTE | SARCASTIC | NEUTRAL)

  for (const word of split(NEGATIONS)) flag(word.endsWith("nt") ? `${word} ${word.slice(0, -1)}'t` : word, NEGATION)
  flag(BOOSTERS, BOOSTER)
  flag(DAMPENERS, DAMPENER)
  flag(CONTRASTS, CONTRAST)
  for (const { words } of PHRASES) for (const pair of split(words)) for (const word of pair.split("-")) flag(word, 0)
  return entries
}

const entries = collect()
const all = [...entries.values()].flat()
/** Exact spellings come first, since a lookup takes the first entry that matches. */
const ordered = [...entries].flatMap(([key, list]) =>
  list
    .toSorted((a, b) => Number(a.exact === undefined) - Number(b.exact === undefined))
    .map((entry) => ({ key, entry }))
)

const encoder = new TextEncoder()
const pool = new Uint8Array(
  ordered.reduce((sum, { key, entry }) => sum + 3 * (key.length + (entry.exact?.length ?? 0)), 0)
)
const hashes = new Int32Array(all.length)
/** Start of the key's bytes in the pool, and of the exact spelling's; NONE = any spelling. */
const keys = new Int32Array(all.length)
const spellings = new Int32Array(all.length)
const lengths = new Uint8Array(all.length)

/** Pairs of words. */
const phrases = PHRASES.flatMap(({ valence, words }) =>
  split(words).map((pair) => {
    const [first, second] = pair.split("-")
    const invariant = "a phrase is two words"
    return { first: present(first, invariant), second: present(second, invariant), valence: milli(valence) }
  })
)

/** Thousandths, by entry. */
export const valences = Int16Array.from([...ordered.map(({ entry }) => entry), ...phrases], ({ valence }) => valence)
export const flags = Uint8Array.from(ordered, ({ entry }) => entry.flags)

const SLOTS = 1 << 15
/** Entries and 1, open addressing; 0 = free. */
const slots = new Uint16Array(SLOTS)

const fill = (): void => {
  let used = 0
  const add = (text: string): number => {
    const { written } = encoder.encodeInto(text, pool.subarray(used))
    used += written
    return used - written
  }
  for (const [number, { entry, key }] of ordered.entries()) {
    const start = add(key)
    keys[number] = start
    lengths[number] = used - start
    let hash = 0
    for (let at = start; at < used; at++) hash = mix(hash, elementOf(pool, at))
    hashes[number] = hash
    spellings[number] = entry.exact === undefined ? NONE : add(entry.exact)
    let slot = hash & (SLOTS - 1)
    while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
    slots[slot] = number + 1
  }
}
fill()

const holds = (bytes: Uint8Array, start: number, length: number, from: number): boolean => {
  for (let n = 0; n < length; n++) if (bytes[start + n] !== pool[from + n]) return false
  return true
}

/**
 * The entry of the token's bytes in [start, end), whose folded ones have the hash; NONE if there is
 * none. `part`: 0, or PART.
 */
const find = (start: number, end: number, hash: number, part: number): number => {
  const length = end - start
  for (let slot = hash & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
    const number = elementOf(slots, slot) - 1
    if (number === NONE) return NONE
    if (hashes[number] !== hash || lengths[number] !== length) continue
    if ((elementOf(flags, number) & PART) !== part) continue
    if (!holds(folded, start, length, elementOf(keys, number))) continue
    const spelling = elementOf(spellings, number)
    if (spelling === NONE || holds(raw, start, length, spelling)) return number
  }
}

/**
 * The entry of the token's bytes in [start, end), whose folded ones have the hash; NONE if there is
 * none.
 */
export const findHashed = (start: number, end: number, hash: number): number => find(start, end, hash, 0)

/** The same, for bytes whose hash is not known. */
export const findToken = (start: number, end: number): number => find(start, end, hashOf(start, end), 0)

/** The entry of a part of an unlisted emote's name. */
export const findPart = (start: number, end: number): number => find(start, end, hashOf(start, end), PART)

const numbers = new Map(
  ordered.map(({ entry, key }, number) => [`${entry.flags & PART} ${entry.exact ?? key}`, number])
)

/** The entry of a name, for tables that refer to entries. */
export const entryOf = (name: string, part = 0): number => {
  const number = numbers.get(`${part} ${name}`)
  if (number === undefined) throw new Error(`The lexicon has no entry "${name}"`)
  return number
}

/** The pairs' entries, by the numbers of both words. They follow those of the table. */
const pairs = new Map<number, number>()
for (const [number, { first, second }] of phrases.entries())
  pairs.set(entryOf(first) * SLOTS + entryOf(second), ordered.length + number)

/** The entry of two words in a row; NONE if they mean what they mean alone. */
export const pairOf = (first: number, second: number): number => pairs.get(first * SLOTS + second) ?? NONE
