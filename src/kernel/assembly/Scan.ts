/**
 * Scans events in one pass: JSON bytes in, typed columns out. It accepts a part of the records that
 * Parser.ts accepts, with the same event. Every other record is left to the wrapper, which decodes
 * it in TypeScript: no rejection is decided here.
 *
 * While a record is scanned, a zero follows it. No token holds a zero, so every loop ends there
 * without a bound of its own.
 */
import { describeText, place, storeHashed, storeRange } from "./Describe"
import {
  CHANNEL,
  EMOTE_LIST,
  entryField,
  entryOf,
  fieldOf,
  innerEnd,
  innerNode,
  OF_CHAT,
  OF_VIEWER,
  STREAM,
  TEXT,
  TIME,
  UNKNOWN,
  USER,
  USERNAME,
  VIEWER_COUNT
} from "./Fields"
import {
  EMOTE,
  EMOTES,
  EMOTE_COUNT,
  ENDS,
  EVENT,
  EVENTS,
  FIELD_ENTRY,
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
import { endOfDecimal, endOfDigits, endOfNumber, endOfValue, endOfWord, skipBlanks } from "./Skip"
import { beginTexts, endOfAscii, isDigit, isOdd, keepTexts, QUOTE, scanText, textEnd, textStart, ZERO } from "./Texts"
import { timeIn } from "./Times"
export { learn, seed } from "./Describe"
export * from "./Memory"

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

// ---- Emotes ----
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

// ---- Objects ----
/** Begins a record. */
function begin(): void {
  present = 0
  integers = 0
  isTextOdd = false
  cutEmotes = 0
  beginTexts()
  emote = EMOTES + EMOTE * load<i32>(EMOTE_COUNT)
}

/**
 * Scans the value of a field. Returns its end; 0 if it is unusual. A value of UNKNOWN is skipped.
 */
function scanField(from: i32, field: i32): i32 {
  const first = load<u8>(from)
  if (first == QUOTE) {
    const end = scanText(from + 1, field != UNKNOWN)
    if (end == 0 || field == EMOTE_LIST) return 0
    if (field == TEXT) isTextOdd = isOdd
    storeValue(field, textStart, textEnd)
    return end
  }
  if (isDigit(first)) {
    const end = field == UNKNOWN ? endOfNumber(from) : field == TIME ? endOfDecimal(from) : endOfDigits(from)
    if (end == 0 || field == EMOTE_LIST) return 0
    integers |= 1 << field
    storeValue(field, from, end)
    return end
  }
  if (field == UNKNOWN) return endOfValue(from, 0)
  if (first == 0x6e) return endOfWord(from)
  return field == EMOTE_LIST && first == 0x5b ? scanEmotes(from) : 0
}

/**
 * Scans the object at `from` into the values, member by member. `node` and `nodeEnd` are the keys
 * of a mapping; without a node, `fields` have their built-in names. Returns the byte behind the
 * object; 0 if it is unusual, as with a field that occurs twice.
 */
function scanObject(from: i32, fields: i32, node: i32, nodeEnd: i32): i32 {
  let seen = 0
  let at = skipBlanks(from + 1)
  if (load<u8>(at) == 0x7d) return at + 1
  for (;;) {
    if (load<u8>(at) != QUOTE) return 0
    at = scanText(at + 1, false)
    if (at == 0) return 0
    let field = UNKNOWN
    let inner = 0
    if (node == 0) {
      field = fieldOf(textStart, textEnd)
      if ((fields & (1 << field)) == 0) field = UNKNOWN
      else if ((seen & (1 << field)) != 0) return 0
      seen |= 1 << field
    } else {
      const entry = entryOf(node, nodeEnd, textStart, textEnd)
      if (entry != 0) {
        const bit = 1 << ((entry - node) / FIELD_ENTRY)
        if ((seen & bit) != 0) return 0
        seen |= bit
        field = entryField(entry)
        if (field < 0) {
          field = UNKNOWN
          inner = entry
        }
      }
    }
    at = skipBlanks(at)
    if (load<u8>(at) != 0x3a) return 0
    at = skipBlanks(at + 1)
    if (inner == 0) at = scanField(at, field)
    else {
      // A key of a pointer may be an index in an array.
      const first = load<u8>(at)
      if (first == 0x5b) return 0
      at = first == 0x7b ? scanObject(at, fields, innerNode(inner), innerEnd(inner)) : endOfValue(at, 0)
    }
    if (at == 0) return 0
    at = skipBlanks(at)
    if (load<u8>(at) != 0x2c) break
    at = skipBlanks(at + 1)
  }
  return load<u8>(at) == 0x7d ? at + 1 : 0
}

const SCHEMA_NAME: u64 = 0x22616d6568637322 // "schema" with its quotes
const PAYLOAD_START: u64 = 0x64616f6c79617022 // "payload with its first quote

/** The object in the envelope of Kafka Connect at `from`; 0 if there is none in the usual form. */
function payloadOf(from: i32): i32 {
  let at = skipBlanks(from + 1)
  if (load<u64>(at) != SCHEMA_NAME) return 0
  at = skipBlanks(at + 8)
  if (load<u8>(at) != 0x3a) return 0
  at = endOfValue(skipBlanks(at + 1), 0)
  if (at == 0) return 0
  at = skipBlanks(at)
  if (load<u8>(at) != 0x2c) return 0
  at = skipBlanks(at + 1)
  if (load<u64>(at) != PAYLOAD_START || load<u8>(at, 8) != QUOTE) return 0
  at = skipBlanks(at + 9)
  if (load<u8>(at) != 0x3a) return 0
  at = skipBlanks(at + 1)
  return load<u8>(at) == 0x7b ? at : 0
}

/**
 * Scans a value, perhaps inside an envelope. Returns the end of the white space behind it; 0 if it
 * is unusual.
 */
function scanValue(from: i32, fields: i32, node: i32, nodeEnd: i32, keepsEnvelope: bool): i32 {
  begin()
  let at = skipBlanks(from)
  if (load<u8>(at) != 0x7b) return 0
  const payload = keepsEnvelope ? 0 : payloadOf(at)
  at = scanObject(payload == 0 ? at : payload, fields, node, nodeEnd)
  if (at == 0) return 0
  at = skipBlanks(at)
  if (payload == 0) return at
  return load<u8>(at) == 0x7d ? skipBlanks(at + 1) : 0
}

// ---- Numbers ----
function integerAt(field: i32): f64 {
  let value: i64 = 0
  for (let at = startOf(field); at < endOf(field); at++) value = value * 10 + <i64>(load<u8>(at) - ZERO)
  return <f64>value
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

/** The registry's prefix of a value: a zero byte and four others. */
const PREFIX_BYTES: i32 = 5

/**
 * Scans the `count` records of a part. With a `node`, it has the keys of mapped fields; then
 * `keepsEnvelope` = they begin with those of an envelope. Byte `origin` of the batch is its first,
 * and texts without their escapes lie from byte `sideOrigin` on. Its emotes and words have the
 * numbers from `firstEmote` and `firstWord` on. A record of more than `maxBytes` is unusual. So is
 * one whose event is more than `skewMs` later than `clockMs` or the log's own time.
 */
export function scan(
  isChat: bool,
  node: i32,
  nodeEnd: i32,
  keepsEnvelope: bool,
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
      const start = to - from > PREFIX_BYTES && load<u8>(from) == 0 ? from + PREFIX_BYTES : from
      const isWhole = scanValue(start, isChat ? OF_CHAT : OF_VIEWER, node, nodeEnd, keepsEnvelope) == to
      store<u8>(to, behind)
      // Without a time it is NaN, which compares as false.
      const time = isPresent(TIME) ? timeIn(startOf(TIME), endOf(TIME), isInteger(TIME)) : NaN
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
