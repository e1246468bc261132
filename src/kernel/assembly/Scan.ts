/**
 * Scans events in one pass: JSON bytes in, typed columns out. It is the twin of Scanner.ts and
 * accepts the same form of JSON or less, with the same event. Every other record is left to the
 * wrapper, which decodes it in TypeScript: no rejection is decided here.
 *
 * While a record is scanned, a zero follows it. No token holds a zero, so every loop ends there
 * without a bound of its own.
 */
import { describeText, place, storeHashed, storeRange } from "./Describe"
import {
  EMOTE,
  EMOTES,
  EMOTE_COUNT,
  ENDS,
  EVENT,
  EVENTS,
  INPUT,
  LEFT_COUNT,
  LOGGED,
  MAX_EMOTES,
  MAX_NAME,
  NOT_YET_SCORED,
  SIDE_COUNT,
  STARTS,
  TIMES,
  UNUSUAL,
  UNUSUAL_COUNT,
  VALUES,
  WORD_COUNT
} from "./Memory"
import { beginTexts, endOfAscii, isDigit, isOdd, keepTexts, QUOTE, scanText, textEnd, textStart, ZERO } from "./Texts"
export { learn, seed } from "./Describe"
export * from "./Memory"

// ---- Fields ----
const STREAM: i32 = 0
const CHANNEL: i32 = 1
const TIME: i32 = 2
const EVENT_ID: i32 = 3
const MESSAGE_ID: i32 = 4
const USER: i32 = 5
const USERNAME: i32 = 6
const TEXT: i32 = 7
const EMOTE_LIST: i32 = 8
const VIEWER_COUNT: i32 = 9
const UNKNOWN: i32 = 10
/** Both kinds have the first fields, by the order of their numbers. */
const OF_BOTH: i32 = (1 << MESSAGE_ID) - 1
const OF_CHAT: i32 = (1 << VIEWER_COUNT) - 1
const OF_VIEWER: i32 = OF_BOTH | (1 << VIEWER_COUNT)

// Names as numbers: up to eight of their bytes.
const CHANNEL_NAME: u64 = 0x6c656e6e616863 // "channel"
const EVENT_ID_NAME: u64 = 0x64695f746e657665 // "event_id"
const USER_ID_NAME: u64 = 0x64695f72657375 // "user_id"
const USERNAME_NAME: u64 = 0x656d616e72657375 // "username"
const MESSAGE_NAME: u64 = 0x6567617373656d // "message"
const EMOTES_NAME: u64 = 0x7365746f6d65 // "emotes"
const STREAM_ID_START: u64 = 0x695f6d6165727473 // "stream_i"
const TIMESTAMP_START: u64 = 0x6d617473656d6974 // "timestam"
const MESSAGE_ID_START: u64 = 0x5f6567617373656d // "message_"
const VIEWER_COUNT_START: u64 = 0x635f726577656976 // "viewer_c"
const VIEWER_COUNT_END: u32 = 0x746e756f // "ount"

/** The field with that name; UNKNOWN if there is none. */
function fieldOf(start: i32, end: i32): i32 {
  const eight = load<u64>(start)
  switch (end - start) {
    case 6:
      return (eight & 0xffffffffffff) == EMOTES_NAME ? EMOTE_LIST : UNKNOWN
    case 7: {
      const seven = eight & 0xffffffffffffff
      return seven == USER_ID_NAME ? USER : seven == MESSAGE_NAME ? TEXT : seven == CHANNEL_NAME ? CHANNEL : UNKNOWN
    }
    case 8:
      return eight == EVENT_ID_NAME ? EVENT_ID : eight == USERNAME_NAME ? USERNAME : UNKNOWN
    case 9:
      if (eight == STREAM_ID_START && load<u8>(start, 8) == 0x64) return STREAM
      return eight == TIMESTAMP_START && load<u8>(start, 8) == 0x70 ? TIME : UNKNOWN
    case 10:
      return eight == MESSAGE_ID_START && load<u16>(start, 8) == 0x6469 ? MESSAGE_ID : UNKNOWN
    case 12:
      return eight == VIEWER_COUNT_START && load<u32>(start, 8) == VIEWER_COUNT_END ? VIEWER_COUNT : UNKNOWN
    default:
      return UNKNOWN
  }
}

// ---- Results of one record's scan ----
/** Fields that have a value other than null, as bits, and of those the whole numbers. */
let present: i32 = 0
let integers: i32 = 0
/** Whether the score of the message is left: see `isOdd`. */
let isTextOdd: bool = false
function storeValue(field: i32, start: i32, end: i32): void {
  present |= 1 << field
  store<i32>(VALUES + 8 * field, start)
  store<i32>(VALUES + 8 * field, end, 4)
}

function startOf(field: i32): i32 {
  return load<i32>(VALUES + 8 * field)
}

function endOf(field: i32): i32 {
  return load<i32>(VALUES + 8 * field, 4)
}

function isPresent(field: i32): bool {
  return (present & (1 << field)) != 0
}

function isInteger(field: i32): bool {
  return (integers & (1 << field)) != 0
}

/** The first of two spellings that is present. */
function spelled(first: i32, second: i32): i32 {
  return isPresent(first) ? first : second
}

/** Whether the field has a name: not empty, and no more bytes than a name may have code points. */
function isNamed(field: i32): bool {
  const length = endOf(field) - startOf(field)
  return isPresent(field) && length > 0 && length <= MAX_NAME
}

// ---- Other values ----
/** This many digits always are a safe integer. */
const MAX_DIGITS: i32 = 15
/** Deeper than this is unusual. */
const MAX_DEPTH: i32 = 8

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
}

/** The first byte from `from` on that is no white space. */
function skipBlanks(from: i32): i32 {
  return load<u8>(from) > 0x20 ? from : skipMany(from)
}

function skipMany(from: i32): i32 {
  let at = from
  while (isBlank(load<u8>(at))) at++
  return at
}

/** The end of the literal `true`, `false` or `null` at `at`; 0 if there is none. */
function endOfWord(at: i32): i32 {
  const four = load<u32>(at)
  if (four == 0x6c6c756e || four == 0x65757274) return at + 4
  return four == 0x736c6166 && load<u8>(at, 4) == 0x65 ? at + 5 : 0
}

/** The end of the digits at `from`; 0 if they are no plain whole number. */
function endOfDigits(from: i32): i32 {
  let at = from
  while (isDigit(load<u8>(at))) at++
  const digits = at - from
  if (digits == 0 || digits > MAX_DIGITS || (digits > 1 && load<u8>(from) == ZERO)) return 0
  // A fraction or an exponent would follow.
  const next = load<u8>(at)
  return next == 0x2e || next == 0x45 || next == 0x65 ? 0 : at
}

/** The end of an unused value of any kind; 0 if it is unusual. */
function endOfValue(at: i32, depth: i32): i32 {
  const first = load<u8>(at)
  if (first == QUOTE) {
    const end = endOfAscii(at + 1)
    return end == 0 ? 0 : end + 1
  }
  if (isDigit(first)) return endOfDigits(at)
  if (first == 0x6e || first == 0x74 || first == 0x66) return endOfWord(at)
  if (depth == MAX_DEPTH || (first != 0x5b && first != 0x7b)) return 0
  return endOfMembers(at, depth, first == 0x7b)
}

/** The end of an array's elements or an object's members. */
function endOfMembers(from: i32, depth: i32, isObject: bool): i32 {
  const close: u8 = isObject ? 0x7d : 0x5d
  let at = skipBlanks(from + 1)
  if (load<u8>(at) == close) return at + 1
  for (;;) {
    if (isObject) {
      if (load<u8>(at) != QUOTE) return 0
      const end = endOfAscii(at + 1)
      if (end == 0) return 0
      at = skipBlanks(end + 1)
      if (load<u8>(at) != 0x3a) return 0
      at = skipBlanks(at + 1)
    }
    at = endOfValue(at, depth + 1)
    if (at == 0) return 0
    at = skipBlanks(at)
    if (load<u8>(at) != 0x2c) break
    at = skipBlanks(at + 1)
  }
  return load<u8>(at) == close ? at + 1 : 0
}

/** The address of the next emote, and how many emotes are cut. */
let emote: i32 = 0
let cutEmotes: i32 = 0

/** The end of an array of plain texts, which become emotes; 0 if it is anything else. */
function scanEmotes(from: i32): i32 {
  const most = emote + EMOTE * MAX_EMOTES
  let at = skipBlanks(from + 1)
  if (load<u8>(at) == 0x5d) return at + 1
  for (;;) {
    if (load<u8>(at) != QUOTE) return 0
    const end = endOfAscii(at + 1)
    if (end == 0 || end - at - 1 > MAX_NAME) return 0
    if (emote < most) {
      storeHashed(emote, at + 1, end)
      emote += EMOTE
    } else cutEmotes++
    at = skipBlanks(end + 1)
    if (load<u8>(at) != 0x2c) break
    at = skipBlanks(at + 1)
  }
  return load<u8>(at) == 0x5d ? at + 1 : 0
}

/**
 * Scans an object into the values, member by member. Returns the end of the white space behind it;
 * 0 if it is unusual, as with a field that occurs twice.
 */
function scanObject(from: i32, fields: i32): i32 {
  present = 0
  integers = 0
  isTextOdd = false
  cutEmotes = 0
  beginTexts()
  emote = EMOTES + EMOTE * load<i32>(EMOTE_COUNT)
  let seen = 0
  let at = skipBlanks(from)
  if (load<u8>(at) != 0x7b) return 0
  at = skipBlanks(at + 1)
  for (;;) {
    if (load<u8>(at) != QUOTE) return 0
    const nameEnd = endOfAscii(at + 1)
    if (nameEnd == 0) return 0
    let field = fieldOf(at + 1, nameEnd)
    if ((fields & (1 << field)) == 0) field = UNKNOWN
    else if ((seen & (1 << field)) != 0) return 0
    seen |= 1 << field
    at = skipBlanks(nameEnd + 1)
    if (load<u8>(at) != 0x3a) return 0
    at = skipBlanks(at + 1)
    const first = load<u8>(at)
    if (first == QUOTE) {
      at = scanText(at + 1, field != UNKNOWN)
      if (at == 0 || field == EMOTE_LIST) return 0
      if (field == TEXT) isTextOdd = isOdd
      storeValue(field, textStart, textEnd)
    } else if (isDigit(first)) {
      const end = endOfDigits(at)
      if (end == 0 || field == EMOTE_LIST) return 0
      integers |= 1 << field
      storeValue(field, at, end)
      at = end
    } else {
      if (field == EMOTE_LIST && first == 0x5b) at = scanEmotes(at)
      else if (field == UNKNOWN) at = endOfValue(at, 0)
      else at = first == 0x6e ? endOfWord(at) : 0
      if (at == 0) return 0
    }
    at = skipBlanks(at)
    if (load<u8>(at) == 0x7d) break
    if (load<u8>(at) != 0x2c) return 0
    at = skipBlanks(at + 1)
  }
  return skipBlanks(at + 1)
}

// ---- Numbers and times ----
function integerAt(field: i32): f64 {
  let value: i64 = 0
  for (let at = startOf(field); at < endOf(field); at++) value = value * 10 + <i64>(load<u8>(at) - ZERO)
  return <f64>value
}

/** The number of two digits. If there are none, a number that no other two digits make a year. */
function twoDigits(at: i32): i32 {
  const tens = load<u8>(at)
  const ones = load<u8>(at, 1)
  return isDigit(tens) && isDigit(ones) ? <i32>(tens - ZERO) * 10 + <i32>(ones - ZERO) : -10000
}

function daysOfMonth(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

/** 2000-01-01 and 2100-01-01, as in Timestamp.ts. */
const EARLIEST_MS: f64 = 946684800000
const LATEST_MS: f64 = 4102444800000

/** Milliseconds of `2026-01-01T00:00:00.123Z`, as in IsoScan.ts; NaN in any other form. */
function isoTime(start: i32, end: i32): f64 {
  const length = end - start
  if (length < 20 || length == 21 || load<u8>(end - 1) != 0x5a) return NaN
  const year = twoDigits(start) * 100 + twoDigits(start + 2)
  const month = twoDigits(start + 5)
  const day = twoDigits(start + 8)
  const hour = twoDigits(start + 11)
  const minute = twoDigits(start + 14)
  const second = twoDigits(start + 17)
  const between = load<u8>(start, 10)
  if (load<u8>(start, 4) != 0x2d || load<u8>(start, 7) != 0x2d || (between != 0x54 && between != 0x20)) return NaN
  if (load<u8>(start, 13) != 0x3a || load<u8>(start, 16) != 0x3a) return NaN
  if (year < 2000 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return NaN
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NaN
  let ms = 0
  if (length > 20) {
    if (load<u8>(start, 19) != 0x2e) return NaN
    // Digits beyond milliseconds have the unit 0.
    let unit = 100
    for (let at = start + 20; at < end - 1; at++) {
      if (!isDigit(load<u8>(at))) return NaN
      ms += <i32>(load<u8>(at) - ZERO) * unit
      unit = unit == 100 ? 10 : unit == 10 ? 1 : 0
    }
  }
  // Days since 1970-01-01 (`days_from_civil`, Howard Hinnant).
  const y = month <= 2 ? year - 1 : year
  const era = y / 400
  const yearOfEra = y - era * 400
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  const days = era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  return <f64>days * 86400000 + <f64>(((hour * 60 + minute) * 60 + second) * 1000 + ms)
}

// ---- Records ----
/** Stores the numbers of a chat message but the stream; `false` = it is unusual. */
function storeMessage(row: i32, firstEmote: i32, firstWord: i32, isScored: bool): bool {
  const user = spelled(USER, USERNAME)
  if (!isNamed(user) || !isPresent(TEXT) || isInteger(TEXT)) return false
  storeHashed(row + 16, startOf(user), endOf(user))
  storeRange(row + 28, startOf(TEXT), endOf(TEXT))
  store<i32>(row, firstEmote + load<i32>(EMOTE_COUNT), 40)
  store<i32>(EMOTE_COUNT, (emote - EMOTES) / EMOTE)
  store<i32>(row, firstEmote + load<i32>(EMOTE_COUNT), 44)
  store<i32>(row, cutEmotes, 48)
  store<i32>(row, firstWord + load<i32>(WORD_COUNT), 52)
  const score = describeText(startOf(TEXT), endOf(TEXT))
  store<i32>(row, firstWord + load<i32>(WORD_COUNT), 56)
  const isLeft = isTextOdd || !isScored
  store<i32>(row, isLeft ? NOT_YET_SCORED : score, 36)
  if (isLeft) store<i32>(LEFT_COUNT, load<i32>(LEFT_COUNT) + 1)
  return true
}

/** Stores the viewers of a sample; `false` = it is unusual. */
function storeSample(row: i32): bool {
  if (!isInteger(VIEWER_COUNT)) return false
  const viewers = integerAt(VIEWER_COUNT)
  store<i32>(row, <i32>viewers, 12)
  return viewers <= <f64>i32.MAX_VALUE
}

/** The time of the event; NaN if there is none in the accepted range. */
function timeOf(): f64 {
  if (!isPresent(TIME)) return NaN
  const time = isInteger(TIME) ? integerAt(TIME) : isoTime(startOf(TIME), endOf(TIME))
  return time >= EARLIEST_MS && time < LATEST_MS ? time : NaN
}

/**
 * Scans the `count` records of a part. Byte `origin` of the batch is its first, and texts without
 * their escapes lie from byte `sideOrigin` on. Its emotes and words have the numbers from
 * `firstEmote` and `firstWord` on. A record of more than `maxBytes` is unusual. So is one whose
 * event is more than `skewMs` later than `clockMs` or the log's own time.
 */
export function scan(
  isChat: bool,
  isScored: bool,
  count: i32,
  origin: i32,
  sideOrigin: i32,
  firstEmote: i32,
  firstWord: i32,
  maxBytes: i32,
  skewMs: f64,
  clockMs: f64
): void {
  let unusual = UNUSUAL
  place(origin, sideOrigin)
  store<i32>(EMOTE_COUNT, 0)
  store<i32>(WORD_COUNT, 0)
  store<i32>(LEFT_COUNT, 0)
  store<i32>(SIDE_COUNT, 0)
  for (let record = 0; record < count; record++) {
    const from = load<i32>(STARTS + 4 * record) - origin + INPUT
    const to = load<i32>(ENDS + 4 * record) - origin + INPUT
    const row = EVENTS + EVENT * record
    if (to >= from && to - from <= maxBytes) {
      const behind = load<u8>(to)
      store<u8>(to, 0)
      const isWhole = scanObject(from, isChat ? OF_CHAT : OF_VIEWER) == to
      store<u8>(to, behind)
      // Without a time it is NaN, which compares as false.
      const time = timeOf()
      const logged = load<f64>(LOGGED + 8 * record)
      const stream = spelled(STREAM, CHANNEL)
      if (
        isWhole &&
        time - skewMs <= (logged >= 0 ? min(logged, clockMs) : clockMs) &&
        isNamed(stream) &&
        (isChat ? storeMessage(row, firstEmote, firstWord, isScored) : storeSample(row))
      ) {
        storeHashed(row, startOf(stream), endOf(stream))
        store<f64>(TIMES + 8 * record, time)
        keepTexts()
        continue
      }
    }
    store<i32>(unusual, record)
    unusual += 4
  }
  store<i32>(UNUSUAL_COUNT, (unusual - UNUSUAL) >> 2)
}
