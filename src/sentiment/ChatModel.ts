/**
 * The model for chat: emotes first, then words. Each message is read once, as bytes.
 * docs/SEMANTICS.md has the rules, and docs/sentiment.md lists the sources of the tables.
 */
import {
  EMOTE,
  EMOTE_END,
  EMOTE_START,
  EMOTES_END,
  EMOTES_START,
  type EventColumns,
  TEXT_END,
  TEXT_START
} from "../domain/EventColumns.ts"
import { UNSCORED } from "../domain/Score.ts"
import { CAPITAL, CLASSES, classesOf, DIGIT, PUNCTUATION, SHOUT, SMALL, WIDE } from "./Classes.ts"
import { entryOf, findHashed, findToken, NONE } from "./Lexicon.ts"
import { familyOf } from "./Families.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import { laughterOf, stretchedOf } from "./Stretch.ts"
import { Tally } from "./Tally.ts"
import {
  append,
  elementOf,
  fill,
  folded,
  hashOf,
  isLower,
  isPunctuation,
  lengthOf,
  LONGEST,
  LOWER,
  mix,
  raw
} from "./Token.ts"

const SPACE = 0x20
/** The lead byte of Latin-1's punctuation, and the least one of code points of three bytes. */
const LATIN = 0xc2
const LONG = 0xe0
const EXCLAMATION = 0x21
const OPENING = 0x28
const CLOSING = 0x29
const QUESTION = 0x3f
const AT = 0x40
const DELETE = 0x7f

/**
 * A token of so many letters may end in a bracket that smiles; "1)" and "b)" are items of a list.
 */
const SMILING = 3
/** So many question marks, and nothing else, are bewilderment. */
const BEWILDERED = 3

const SMILE = entryOf("))")
const FROWN = entryOf("((")
const BEWILDERMENT = entryOf("???")

/**
 * Kinds by byte: its lower case, with its classes in the bits above. Values from ENDS on end a
 * token of ASCII: white space, or bytes beyond ASCII.
 */
const ENDS = 0x8000
const KINDS = Uint16Array.from(LOWER, (lower, byte) =>
  byte <= SPACE || byte >= DELETE ? ENDS : (elementOf(CLASSES, byte) << 8) | lower
)

const tally = new Tally()

// State of the message that is being scored.
let exclamations = 0
let tokens = 0
let questionMarks = 0
let questions = 0
let numbers = 0
let hasOpening = false

/** Drawn-out words and names of families have this many bytes at least. */
const SHORTEST = 3
/** Names that are written in parts have both. */
const PARTS = SMALL | CAPITAL

/**
 * The entry of the part [start, end) of the token, which has no punctuation at either end and is in
 * no table.
 */
const unlisted = (start: number, end: number, classes: number): number => {
  if (end - start < SHORTEST) return NONE
  if ((classes & (PUNCTUATION | WIDE)) === 0) {
    const family = familyOf(start, end, (classes & PARTS) === PARTS)
    if (family !== NONE) return family
  }
  const laughter = laughterOf(start, end)
  return laughter === NONE ? stretchedOf(start, end) : laughter
}

/** A token of digits and punctuation: a vote, a score of the game, a time. */
const isNumber = (classes: number): boolean => (classes & (DIGIT | SMALL | CAPITAL | WIDE)) === DIGIT

/** Counts a token of question marks alone. They count only if the message holds nothing else. */
const isQuestion = (length: number): boolean => {
  for (let at = 0; at < length; at++) if (raw[at] !== QUESTION) return false
  questions++
  questionMarks += length
  tally.isNeutral = true
  return true
}

/**
 * A token with punctuation that is no emoticon: the word in it counts. Punctuation behind the word,
 * or alone, ends the clause.
 */
const addPunctuated = (length: number, isCapitals: boolean): void => {
  for (let at = 0; at < length; at++) if (raw[at] === OPENING) hasOpening = true
  let start = 0
  let end = length
  while (start < end && isPunctuation(elementOf(raw, start))) start++
  while (end > start && isPunctuation(elementOf(raw, end - 1))) end--
  if (start < end) {
    const found = findToken(start, end)
    tally.add(found === NONE ? unlisted(start, end, classesOf(start, end)) : found, isCapitals)
    if (end === length) return
  }
  tally.endClause()
  const last = elementOf(raw, length - 1)
  if (last === QUESTION) tally.isNeutral = true
  if (end - start < SMILING) return
  if (last === CLOSING && !hasOpening) tally.addEmote(SMILE)
  else if (last === OPENING) tally.addEmote(FROWN)
}

/** The token in [0, length), whose folded bytes have the hash. */
const addToken = (length: number, hash: number, classes: number): void => {
  tokens++
  if (isNumber(classes)) numbers++
  const isCapitals = (classes & PARTS) === CAPITAL
  const hasPunctuation = (classes & PUNCTUATION) !== 0
  if (hasPunctuation && isQuestion(length)) {
    tally.endClause()
    return
  }
  const listed = findHashed(0, length, hash)
  const found = listed === NONE && hasPunctuation ? stretchedOf(0, length) : listed
  if (found !== NONE) tally.add(found, isCapitals)
  else if (hasPunctuation) addPunctuated(length, isCapitals)
  else tally.add(unlisted(0, length, classes), isCapitals)
}

const isApostrophe = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xe2 && bytes[at + 1] === 0x80 && bytes[at + 2] === 0x99

/** Adds the word of [0, length), if there is one. */
const flush = (length: number): void => {
  if (length > 0) addToken(length, hashOf(0, length), classesOf(0, length))
}

/** Adds the code point of [0, length), if it is listed. */
const addSymbol = (length: number): void => {
  const entry = findToken(0, length)
  if (entry === NONE) return
  tokens++
  tally.add(entry, false)
}

/**
 * Tokens with more than ASCII, up to the next white space of ASCII. Code points of two bytes are
 * letters, except those of Latin-1's punctuation (lead byte C2), which separate. Longer ones are
 * tokens of their own: emoji. Returns where they end.
 */
const addWideTokens = (bytes: Uint8Array, start: number, end: number): number => {
  let length = 0
  let isFull = false
  let at = start
  for (; at < end; at += lengthOf(elementOf(bytes, at))) {
    const lead = elementOf(bytes, at)
    if (lead <= SPACE) break
    const isWord = lead !== LATIN && (lead < LONG || isApostrophe(bytes, at))
    if (!isWord) {
      flush(length)
      length = 0
      isFull = false
    }
    if (lead === LATIN) continue
    if (isWord) {
      if (lead === EXCLAMATION) exclamations++
      const longer: number = isFull ? length : append(length, bytes, at)
      isFull = longer === length
      length = longer
    } else addSymbol(append(0, bytes, at))
  }
  flush(length)
  return at
}

/** The token at `start`, up to the next white space of ASCII. Returns where it ends. */
const addTokenAt = (bytes: Uint8Array, start: number, end: number): number => {
  const limit = Math.min(end, start + LONGEST)
  let hash = 0
  let kinds = 0
  let at = start
  for (; at < limit; at++) {
    const kind = elementOf(KINDS, elementOf(bytes, at))
    if (kind >= ENDS) break
    kinds |= kind
    raw[at - start] = elementOf(bytes, at)
    folded[at - start] = kind
    hash = mix(hash, kind & 0xff)
  }
  const length = at - start
  // The rest of a token that is too long to be a word.
  while (at < end && elementOf(KINDS, elementOf(bytes, at)) < ENDS) at++
  if (at < end && elementOf(bytes, at) > SPACE) return addWideTokens(bytes, start, end)
  // Counted here, since a wide token is read again.
  if ((kinds & (SHOUT << 8)) !== 0 || length === LONGEST)
    for (let n = start; n < at; n++) if (bytes[n] === EXCLAMATION) exclamations++
  addToken(length, hash, kinds >> 8)
  return at
}

const behindToken = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start
  while (at < end && elementOf(bytes, at) > SPACE) at++
  return at
}

const addText = (bytes: Uint8Array, start: number, end: number): void => {
  for (let at = start; at < end;) {
    const byte = elementOf(bytes, at)
    if (byte <= SPACE) at++
    else if (byte === AT) at = behindToken(bytes, at, end)
    else at = addTokenAt(bytes, at, end)
  }
  if (numbers === tokens && numbers > 0) tally.isNeutral = true
  if (questions === tokens && questionMarks >= BEWILDERED) tally.addEmote(BEWILDERMENT)
}

/** Whether the text is a command to a bot, such as "!uptime". */
const isCommand = (bytes: Uint8Array, start: number, end: number): boolean => {
  let at = start
  while (at < end && elementOf(bytes, at) <= SPACE) at++
  return at + 1 < end && bytes[at] === EXCLAMATION && isLower(elementOf(LOWER, elementOf(bytes, at + 1)))
}

/** Emotes of the message's list; one that the text has as well counts once. */
const addEmotes = (events: EventColumns, event: number): void => {
  const { bytes, emotes } = events
  const end = EMOTE * events.of(event, EMOTES_END)
  for (let at = EMOTE * events.of(event, EMOTES_START); at < end; at += EMOTE) {
    const length = fill(bytes, elementOf(emotes, at + EMOTE_START), elementOf(emotes, at + EMOTE_END))
    const found = findToken(0, length)
    const entry = found === NONE ? unlisted(0, length, classesOf(0, length)) : found
    if (entry !== NONE) tally.addEmote(entry)
  }
}

export const ChatModel: SentimentModel = {
  name: "chat",
  scoreMicro: (events, event) => {
    const { bytes } = events
    const start = events.of(event, TEXT_START)
    const end = events.of(event, TEXT_END)
    if (isCommand(bytes, start, end)) return UNSCORED
    tally.reset()
    exclamations = 0
    tokens = 0
    questions = 0
    numbers = 0
    questionMarks = 0
    hasOpening = false
    addText(bytes, start, end)
    addEmotes(events, event)
    return tally.isScored ? tally.scoreMicro(tokens, exclamations) : UNSCORED
  }
}
