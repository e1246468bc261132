/**
 * Decodes events from their bytes in one pass, for the usual form of JSON: one flat object, no
 * escapes, whole numbers. It accepts only what Parser.ts accepts, and returns the same event.
 * Everything else is left to Parser.ts, so no rejection is decided here.
 */
import { outside } from "../domain/Invariant.ts"
import { isUtf8 } from "node:buffer" // oxlint-disable-line no-restricted-imports -- looks at bytes, does no I/O
import type { Event } from "../domain/Event.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { MAX_EMOTES_PER_EVENT, MAX_NAME_CODE_POINTS } from "../domain/Limits.ts"
import type { InputKind } from "../domain/Task.ts"
import type { Utf8 } from "../domain/Utf8.ts"
import { scanIso } from "./IsoScan.ts"
import { EARLIEST_MS, LATEST_MS } from "./Timestamp.ts"

/** Fields, by their place in the tables below. */
const STREAM = 0
const CHANNEL = 1
const TIME = 2
const EVENT_ID = 3
const MESSAGE_ID = 4
const USER = 5
const USERNAME = 6
const TEXT = 7
const EMOTES = 8
const VIEWERS = 9
const UNKNOWN = 10

const NAMES = [
  "stream_id",
  "channel",
  "timestamp",
  "event_id",
  "message_id",
  "user_id",
  "username",
  "message",
  "emotes",
  "viewer_count"
].map((name) => Buffer.from(name))

/** The fields whose names have a length, by the length. */
const BY_LENGTH: ReadonlyArray<ReadonlyArray<number>> = Array.from({ length: 16 }, (_, length) =>
  [...NAMES.keys()].filter((field) => NAMES[field]?.length === length)
)

/** Which of them a kind has; the others are unknown to it. */
const FIELDS_OF: Readonly<Record<InputKind, number>> = {
  chat: mask(STREAM, CHANNEL, TIME, EVENT_ID, MESSAGE_ID, USER, USERNAME, TEXT, EMOTES),
  viewer: mask(STREAM, CHANNEL, TIME, EVENT_ID, VIEWERS)
}

function mask(...fields: ReadonlyArray<number>): number {
  return fields.reduce((all, field) => all | (1 << field), 0)
}

/** The kinds of field values. */
const ASCII = 1
const UTF8 = 2
const INTEGER = 3

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BLANK = 0x20
const ZERO = 0x30
const NINE = 0x39

/** This many digits always are a safe integer. */
const MAX_DIGITS = 15

const NO_EMOTES: ReadonlyArray<Utf8> = []

// Results of one record's scan. Module state, so that a scan allocates nothing.
let present = 0 // fields that have a value other than null, as bits
const kinds = new Uint8Array(UNKNOWN)
const starts = new Int32Array(UNKNOWN)
const ends = new Int32Array(UNKNOWN)
let emotes: ReadonlyArray<Utf8> = NO_EMOTES
let cutEmotes = 0

/** The first position from `from` on that is no white space; the end if there is none. */
const skipBlanks = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at] ?? outside()
    if (byte > BLANK || (byte !== BLANK && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at
    at++
  }
  return at
}

/**
 * The closing quote of the text that begins at `from`; 0 if the text is unusual or has no end. For
 * text beyond ASCII the result is -(position + 1).
 */
const endOfText = (bytes: Uint8Array, from: number): number => {
  let all = 0
  const { length } = bytes
  for (let at = from; at < length; at++) {
    const byte = bytes[at] ?? outside()
    if (byte === QUOTE) return all > 0x7f ? -(at + 1) : at
    if (byte === BACKSLASH || byte < BLANK) return 0
    all |= byte
  }
  return 0
}

/** The field with that name; `UNKNOWN` if there is none. */
const fieldOf = (bytes: Uint8Array, start: number, end: number): number => {
  const candidates = BY_LENGTH[end - start] ?? []
  for (let n = 0; n < candidates.length; n++) {
    const field = candidates[n] ?? outside()
    const name = NAMES[field]
    if (name === undefined || name[0] !== bytes[start]) continue
    let at = start + 1
    while (at < end && name[at - start] === bytes[at]) at++
    if (at === end) return field
  }
  return UNKNOWN
}

/** The end of the literal `true`, `false` or `null` at `at`; 0 if there is none. */
const endOfWord = (bytes: Uint8Array, at: number): number => {
  const word = bytes[at] === 0x74 ? "true" : bytes[at] === 0x66 ? "false" : "null"
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word.charCodeAt(index)) return 0
  return at + word.length
}

/** The end of the digits at `at`; 0 if they are no plain whole number. */
const endOfDigits = (bytes: Uint8Array, from: number): number => {
  let at = from
  for (let byte = bytes[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = bytes[at]) at++
  const digits = at - from
  if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[from] === ZERO)) return 0
  // A fraction or an exponent would follow.
  return bytes[at] === 0x2e || bytes[at] === 0x45 || bytes[at] === 0x65 ? 0 : at
}

/** Deeper than this is unusual. */
const MAX_DEPTH = 8

/** The end of an unused value of any kind; 0 if it is unusual. */
const endOfValue = (bytes: Uint8Array, at: number, depth: number): number => {
  const first = bytes[at] ?? 0
  if (first === QUOTE) {
    const end = endOfText(bytes, at + 1)
    return end <= 0 ? 0 : end + 1
  }
  if (first >= ZERO && first <= NINE) return endOfDigits(bytes, at)
  if (first === 0x6e || first === 0x74 || first === 0x66) return endOfWord(bytes, at)
  if (depth === MAX_DEPTH || (first !== 0x5b && first !== 0x7b)) return 0
  return endOfMembers(bytes, at, depth, first === 0x7b)
}

/** The end of an array's elements or an object's members. */
const endOfMembers = (bytes: Uint8Array, from: number, depth: number, named: boolean): number => {
  const close = named ? 0x7d : 0x5d
  let at = skipBlanks(bytes, from + 1)
  if (bytes[at] === close) return at + 1
  for (;;) {
    if (named) {
      if (bytes[at] !== QUOTE) return 0
      const end = endOfText(bytes, at + 1)
      if (end <= 0) return 0
      at = skipBlanks(bytes, end + 1)
      if (bytes[at] !== 0x3a) return 0
      at = skipBlanks(bytes, at + 1)
    }
    at = endOfValue(bytes, at, depth + 1)
    if (at === 0) return 0
    at = skipBlanks(bytes, at)
    if (bytes[at] === close) return at + 1
    if (bytes[at] !== 0x2c) return 0
    at = skipBlanks(bytes, at + 1)
  }
}

/** The end of an array of plain texts, which become `emotes`; 0 if it is anything else. */
const scanEmotes = (bytes: Uint8Array, from: number): number => {
  let at = skipBlanks(bytes, from + 1)
  if (bytes[at] === 0x5d) {
    emotes = NO_EMOTES
    return at + 1
  }
  const found: Array<Utf8> = []
  for (;;) {
    if (bytes[at] !== QUOTE) return 0
    const end = endOfText(bytes, at + 1)
    if (end <= 0 || end - at - 1 > MAX_NAME_CODE_POINTS) return 0
    if (found.length < MAX_EMOTES_PER_EVENT) found.push({ bytes, start: at + 1, end })
    else cutEmotes++
    at = skipBlanks(bytes, end + 1)
    if (bytes[at] === 0x5d) {
      emotes = found
      return at + 1
    }
    if (bytes[at] !== 0x2c) return 0
    at = skipBlanks(bytes, at + 1)
  }
}

/** Scans an object into the tables. Returns whether it is a usual one. */
const scan = (bytes: Uint8Array, fields: number): boolean => {
  present = 0
  emotes = NO_EMOTES
  cutEmotes = 0
  let seen = 0
  let onlyAscii = true
  let at = skipBlanks(bytes, 0)
  if (bytes[at] !== 0x7b) return false
  at = skipBlanks(bytes, at + 1)
  for (;;) {
    if (bytes[at] !== QUOTE) return false
    const nameEnd = endOfText(bytes, at + 1)
    if (nameEnd <= 0) return false
    let field = fieldOf(bytes, at + 1, nameEnd)
    if ((fields & (1 << field)) === 0) field = UNKNOWN
    else if ((seen & (1 << field)) !== 0) return false
    seen |= 1 << field
    at = skipBlanks(bytes, nameEnd + 1)
    if (bytes[at] !== 0x3a) return false
    at = skipBlanks(bytes, at + 1)
    const first = bytes[at] ?? 0
    if (first === QUOTE) {
      const found = endOfText(bytes, at + 1)
      if (found === 0 || field === EMOTES) return false
      const end = found < 0 ? -found - 1 : found
      if (found < 0) onlyAscii = false
      if (field !== UNKNOWN) {
        present |= 1 << field
        kinds[field] = found < 0 ? UTF8 : ASCII
        starts[field] = at + 1
        ends[field] = end
      }
      at = end + 1
    } else if (first >= ZERO && first <= NINE) {
      const end = endOfDigits(bytes, at)
      if (end === 0 || field === EMOTES) return false
      if (field !== UNKNOWN) {
        present |= 1 << field
        kinds[field] = INTEGER
        starts[field] = at
        ends[field] = end
      }
      at = end
    } else {
      if (field === EMOTES && first === 0x5b) at = scanEmotes(bytes, at)
      else if (field === UNKNOWN) at = endOfValue(bytes, at, 0)
      else at = first === 0x6e ? endOfWord(bytes, at) : 0
      if (at === 0) return false
    }
    at = skipBlanks(bytes, at)
    if (bytes[at] === 0x7d) break
    if (bytes[at] !== 0x2c) return false
    at = skipBlanks(bytes, at + 1)
  }
  return skipBlanks(bytes, at + 1) === bytes.length && (onlyAscii || isUtf8(bytes))
}

const integerAt = (bytes: Uint8Array, start: number, end: number): number => {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] ?? outside()) - ZERO
  return value
}

/** A field's start or end. */
const at = (places: Int32Array, field: number): number => places[field] ?? outside()

const isPresent = (field: number): boolean => (present & (1 << field)) !== 0

/** The first of two spellings that is present. */
const spelled = (first: number, second: number): number => (isPresent(first) ? first : second)

/** Whether the field has a name: not empty, and no more bytes than a name may have code points. */
const isNamed = (field: number): boolean => {
  const bytes = at(ends, field) - at(starts, field)
  return isPresent(field) && bytes > 0 && bytes <= MAX_NAME_CODE_POINTS
}

/** The bytes of a field's value. */
const utf8At = (bytes: Uint8Array, field: number): Utf8 => ({ bytes, start: at(starts, field), end: at(ends, field) })

const timeOf = (bytes: Uint8Array): number =>
  !isPresent(TIME)
    ? Number.NaN
    : kinds[TIME] === ASCII
      ? scanIso(bytes, at(starts, TIME), at(ends, TIME))
      : kinds[TIME] === INTEGER
        ? integerAt(bytes, at(starts, TIME), at(ends, TIME))
        : Number.NaN

/** The event in the bytes; `undefined` if they are unusual and Parser.ts must decide. O(bytes). */
export const scanEvent = (kind: InputKind, bytes: Uint8Array): Event | undefined => {
  if (!scan(bytes, FIELDS_OF[kind])) return undefined
  const time = timeOf(bytes)
  if (!(time >= EARLIEST_MS && time < LATEST_MS)) return undefined
  const timeMs = EventTimeMs(time)
  const streamField = spelled(STREAM, CHANNEL)
  if (!isNamed(streamField)) return undefined
  const stream = utf8At(bytes, streamField)
  if (kind === "viewer") {
    if (!isPresent(VIEWERS) || kinds[VIEWERS] !== INTEGER) return undefined
    const viewers = integerAt(bytes, at(starts, VIEWERS), at(ends, VIEWERS))
    return viewers < 2 ** 31 ? { _tag: "viewer", stream, timeMs, viewers } : undefined
  }
  const userField = spelled(USER, USERNAME)
  if (!isNamed(userField) || !isPresent(TEXT) || kinds[TEXT] === INTEGER) return undefined
  return { _tag: "chat", stream, timeMs, user: utf8At(bytes, userField), text: utf8At(bytes, TEXT), emotes, cutEmotes }
}
