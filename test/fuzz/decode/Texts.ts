/** The insides of JSON texts: words, white space, escapes, characters, malformed bytes. */
import type { Random } from "../../harness/Random.ts"
import { NEGATIVE, POSITIVE } from "../../oracle/Score.ts"
import { utf8 } from "./Bytes.ts"
import type { Taste } from "./Taste.ts"

const LISTED = [...POSITIVE, ...NEGATIVE]

const CHAT_WORDS = [
  "Kappa",
  "LUL",
  "PogChamp",
  "NotLikeThis",
  "!uptime",
  "@someone",
  "???",
  "GG!!!",
  "sooooo",
  "haha",
  "not",
  "1-0"
] as const

const PUNCTUATION = ["!", ".", ",", "?", ":)", "-", "'", "(", "{", "}", "[", "]", ":", "@", "~", "\x7f"] as const

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const letters = (random: Random, length: number): string => {
  let text = ""
  while (text.length < length) text += LETTERS[random.between(0, LETTERS.length - 1)]
  return text
}

const inAnyCase = (random: Random, word: string): string => {
  switch (random.between(0, 3)) {
    case 0:
      return word.toUpperCase()
    case 1:
      return word.replace(/[a-z]/g, (letter) => (random.chance(0.5) ? letter.toUpperCase() : letter))
    default:
      return word
  }
}

/** The word with one bit of one character changed, if that is a character of a text. */
const nearly = (random: Random, word: string): string => {
  const at = random.between(0, word.length - 1)
  const code = word.charCodeAt(at) ^ (1 << random.between(0, 6))
  const isPlain = code > 0x20 && code !== 0x22 && code !== 0x5c
  return isPlain ? word.slice(0, at) + String.fromCharCode(code) + word.slice(at + 1) : word
}

const word = (random: Random): string => {
  switch (random.between(0, 9)) {
    case 0:
    case 1:
    case 2:
      return inAnyCase(random, random.among(LISTED) ?? "")
    case 3:
      return nearly(random, inAnyCase(random, random.among(LISTED) ?? ""))
    case 4:
      return random.pick(PUNCTUATION) + inAnyCase(random, random.among(LISTED) ?? "")
    case 5:
      return (random.among(LISTED) ?? "") + random.pick(PUNCTUATION)
    case 6:
      return random.pick(CHAT_WORDS)
    case 7:
      return random.pick(PUNCTUATION)
    default:
      return letters(random, random.between(1, 40))
  }
}

/** Characters at the borders of UTF-8's lengths, white space, and such as change in lower case. */
const CHARACTERS = [
  "\u0080",
  "\u0085",
  "\u00a0",
  "\u00df",
  "\u00e9",
  "\u0130",
  "\u017f",
  "\u03a3",
  "\u0416",
  "\u07ff",
  "\u0800",
  "\u1680",
  "\u180e",
  "\u2003",
  "\u2019",
  "\u2028",
  "\u202f",
  "\u205f",
  "\u212a",
  "\u3000",
  "\u4e2d",
  "\ud7ff",
  "\ue000",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\u{10000}",
  "\u{1f389}",
  "\u{1f468}\u200d\u{1f469}",
  "\u{10ffff}",
  "\u212aekw",
  "love\u0301",
  "\u00a0love\u3000",
  "\u0416hate"
].map(utf8) as [string, ...Array<string>]

const anyCharacter = (random: Random): string => {
  const code = random.between(0x80, random.pick([0x7ff, 0xffff, 0x10ffff]))
  return utf8(String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? code - 0x1000 : code))
}

/** White space of Unicode, and characters that only resemble it. */
const SPACES = [
  "\u0085",
  "\u00a0",
  "\u1680",
  "\u180e",
  "\u1fff",
  "\u2000",
  "\u2005",
  "\u200a",
  "\u200b",
  "\u2027",
  "\u2028",
  "\u2029",
  "\u202f",
  "\u205f",
  "\u2060",
  "\u3000",
  "\ufeff"
] as const

/** A space between listed words: two words of the score, or one that is in no list. */
const spaced = (random: Random, space: string): string =>
  inAnyCase(random, random.among(LISTED) ?? "") + space + (random.chance(0.5) ? (random.among(LISTED) ?? "") : "")

const wide = (random: Random): string => {
  if (random.chance(0.3)) return spaced(random, utf8(random.pick(SPACES)))
  return random.chance(0.6) ? random.pick(CHARACTERS) : anyCharacter(random)
}

const ESCAPES = [
  '\\"',
  "\\\\",
  "\\/",
  "\\b",
  "\\f",
  "\\n",
  "\\r",
  "\\t",
  "\\u000b",
  "\\u001c",
  "\\u001f",
  "\\u0020",
  "\\u0022",
  "\\u005c",
  "\\u007f",
  "\\u0085",
  "\\u00A0",
  "\\u00e9",
  "\\u3000",
  "\\u212A",
  "\\uFFFF",
  "\\ufeff",
  "\\uD83C\\uDF89",
  "\\udbff\\udfff",
  "\\u0000",
  "\\ud800",
  "\\udc00",
  "\\ud83d\\ud83d",
  "\\ud83d\\u0041",
  "\\ud83d\\n",
  "\\ud83du",
  "\\ud83dxuDE00",
  "\\uD800\\uDFFF",
  "\\uDBFF\\uDC00",
  "\\u07ff\\u0800",
  "\\u0001",
  "\\udf89\\ud83c",
  "\\\\\\\\\\\\",
  '\\\\\\"',
  "l\\u006Fve",
  "\\u006c\\u006f\\u0076\\u0065"
] as const

const escapeOf = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`

const escape = (random: Random): string => {
  if (random.chance(0.2)) return spaced(random, escapeOf(random.pick(SPACES).charCodeAt(0)))
  if (random.chance(0.1)) return spaced(random, escapeOf(random.between(0, 0x20)))
  return random.chance(0.7) ? random.pick(ESCAPES) : escapeOf(random.between(0, 0xffff))
}

/** No text of JSON in UTF-8 has these inside. */
const MALFORMED = [
  "\\x41",
  "\\a",
  "\\u12",
  "\\u12g4",
  "\\U0041",
  "\\u+123",
  "\0",
  "\x01",
  "\t",
  "\n",
  "\r",
  "\x1f",
  '"',
  "\\",
  "\x80",
  "\xbf",
  "\xc0\x80",
  "\xc1\xbf",
  "\xc2",
  "\xdf",
  "\xe0\x80\x80",
  "\xe0\x9f\xbf",
  "\xe2\x82",
  "\xed\xa0\x80",
  "\xed\xbf\xbf",
  "\xed\xa0\xbd\xed\xb8\x80",
  "\xef\xbf",
  "\xf0\x80\x80\x80",
  "\xf0\x8f\xbf\xbf",
  "\xf0\x9f\x98",
  "\xf0\x9f",
  "\xf4\x90\x80\x80",
  "\xf5\x80\x80\x80",
  "\xf8\x88\x80\x80\x80",
  "\xfe",
  "\xff",
  "\xc3\xa9\xa9",
  "\xc3\\u00a9",
  "\xc3\\n",
  "\xe2\\u0082\\u00ac",
  "\xf0\x9f\\u0041",
  "\\u00c3\xa9",
  "\\ud83d\xed\xb8\x80",
  "\\ud83d\\u12",
  "\\ud83d\\",
  "\xe2\x82\x28"
] as const

const SEPARATORS = [" ", " ", " ", " ", "  ", "", "\x7f"] as const

const piece = (random: Random, taste: Taste): string => {
  const kind = random.next()
  if (kind < taste.malformed / 20) return random.pick(MALFORMED)
  if (kind < taste.malformed / 20 + taste.escape) return escape(random)
  if (kind < taste.malformed / 20 + taste.escape + taste.wide) return wide(random)
  return word(random)
}

/** The longest text that is drawn: beyond MAX_TEXT_BYTES. */
const LONGEST = 3000

/** Lengths at borders: of a vector, of MAX_TEXT_BYTES, of a word. */
const BORDERS = [0, 1, 15, 16, 17, 31, 32, 33, 1990, 1998, 1999, 2000, 2001, 2002, 2016] as const

/** Text of a border's length, sometimes with a character across it and a word behind it. */
const bordering = (random: Random, taste: Taste): string => {
  const length = random.pick(BORDERS)
  let text = ""
  // Long words, so that the last of the first few crosses the border; or many.
  const longest = random.pick([40, 500, 1500])
  while (text.length < length - longest) text += `${letters(random, random.between(1, longest))} `
  if (text.length < length) text += letters(random, length - text.length)
  // A word may begin at the border.
  if (random.chance(0.2)) text = `${text.slice(0, -1)} ${word(random)}`
  if (random.chance(0.5)) return text
  return (
    text +
    (random.chance(taste.escape) ? escape(random) : taste.wide > 0 ? random.pick(CHARACTERS) : "") +
    (random.chance(0.5) ? ` ${word(random)}` : "")
  )
}

/** A message. */
export const message = (random: Random, taste: Taste): string => {
  if (random.chance(0.05)) return ""
  if (random.chance(taste.long)) {
    if (random.chance(0.5)) return bordering(random, taste)
  } else if (random.chance(0.05)) return letters(random, random.between(1, 40))
  const target = random.chance(taste.long) ? random.between(0, LONGEST) : random.between(1, 80)
  let text = random.chance(0.1) ? random.pick(SEPARATORS) : ""
  while (text.length < target) text += piece(random, taste) + random.pick(SEPARATORS)
  return random.chance(0.5) ? text.trimEnd() : text
}

/** Names around the limit of 255 code points, in bytes and in code points. */
const LIMIT_NAMES = [
  "",
  "n",
  "n".repeat(15),
  "n".repeat(16),
  "n".repeat(17),
  "n".repeat(254),
  "n".repeat(255),
  "n".repeat(256),
  utf8("\u00e9".repeat(127)),
  utf8("\u00e9".repeat(128)),
  utf8(`n${"\u00e9".repeat(127)}`),
  utf8("\u00e9".repeat(255)),
  utf8("\u00e9".repeat(256)),
  utf8("\u{1f389}".repeat(64)),
  utf8("\u{1f389}".repeat(255)),
  utf8("\u{1f389}".repeat(256)),
  "\\u006e".repeat(255),
  "\\u006e".repeat(256),
  "\\ud83c\\udf89".repeat(255),
  "\\u0000",
  "a\\u0000b",
  "\\udc00"
] as const

/** The name of a stream, a user or an emote. */
export const name = (random: Random, taste: Taste, prefix: string): string => {
  if (random.chance(taste.odd / 2)) return random.pick(LIMIT_NAMES)
  if (random.chance(0.3)) return `${prefix}${random.between(0, 9)}`
  const base = letters(random, random.between(1, random.pick([4, 8, 16, 20, 40])))
  const kind = random.next()
  if (kind < taste.malformed / 20) return base + random.pick(MALFORMED)
  if (kind < taste.malformed / 20 + taste.escape / 2) return base + escape(random)
  if (kind < taste.malformed / 20 + taste.escape / 2 + taste.wide / 2) return wide(random) + base
  return base
}
