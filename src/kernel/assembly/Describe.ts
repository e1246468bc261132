/**
 * Describes an event whose byte ranges are known: the hashes of its texts, its first words, and the
 * score of the baseline (BaselineModel.ts).
 */
import {
  INPUT,
  LEXICON,
  LEXICON_END,
  LEXICON_PLACE,
  MAX_TEXT_BYTES,
  MAX_WORDS,
  SIDE,
  UNSCORED,
  WORD,
  WORDS,
  WORD_COUNT
} from "./Memory"

// ---- The hash of Hash.ts, which has the random numbers ----
let BASIS: i32 = 0
let GROUP: i32 = 0
let FIRST: i32 = 0
let SECOND: i32 = 0
let THIRD: i32 = 0
let FOURTH: i32 = 0

/** Sets the random numbers. */
export function seed(basis: i32, group: i32, first: i32, second: i32, third: i32, fourth: i32): void {
  BASIS = basis
  GROUP = group
  FIRST = first
  SECOND = second
  THIRD = third
  FOURTH = fourth
}

// ---- Positions: in the bytes of the batch, or behind them ----
let inputShift: i32 = 0
let sideShift: i32 = 0

/** Sets the positions of INPUT and SIDE. */
export function place(origin: i32, sideOrigin: i32): void {
  inputShift = INPUT - origin
  sideShift = SIDE - sideOrigin
}

/** The position of an address. */
function positionOf(address: i32): i32 {
  return address - (address < SIDE ? inputShift : sideShift)
}

/** Stores a range. */
export function storeRange(row: i32, start: i32, end: i32): void {
  store<i32>(row, positionOf(start))
  store<i32>(row, positionOf(end), 4)
}

/** The last eight bytes of a text that ends at `end`. Zeros precede a shorter one. */
function lastEight(end: i32, length: i32): u64 {
  const eight = load<u64>(end - 8)
  const spare = (<u64>(8 - length)) << 3
  return length >= 8 ? eight : length == 0 ? 0 : (eight >> spare) << spare
}

function hashOfTail(eight: u64): i32 {
  const before = <u32>eight
  const last = <u32>(eight >> 32)
  return ((last & 0xffff) ^ BASIS) * FIRST + (last >> 16) * SECOND + (before & 0xffff) * THIRD + (before >> 16) * FOURTH
}

/** Adds the bytes in [start, end) to a hash, four at a time from back to front. */
function hashOfFront(tail: i32, start: i32, end: i32): i32 {
  let hash = tail
  for (let at = end; at > start; at -= 4) {
    const group = <i32>(lastEight(at, min(at - start, 8)) >> 32)
    hash = (((hash ^ (group & 0xffff)) * GROUP) ^ (group >>> 16)) * GROUP
  }
  return hash
}

function hashOf(start: i32, end: i32): i32 {
  return hashOfFront(hashOfTail(lastEight(end, end - start)), start, end - 8)
}

// ---- The word lists ----
// A place holds a word's last eight bytes and first eight (u64), its length (0 = free) and weight
// (i32). The last eight bytes choose the place.
/**
 * The bit that makes letters lower case. With it set, only letters are letters, so bytes that equal
 * a word's are the word in some case. The wrapper checks that words have no other character that
 * the bit would change. It also checks that places remain free, which end every search.
 */
const LOWER: u64 = 0x2020202020202020

function placeOf(last: u64): i32 {
  return LEXICON + LEXICON_PLACE * <i32>((last * 0x9e3779b97f4a7c15) >> 56)
}

function nextPlace(place: i32): i32 {
  return place + LEXICON_PLACE < LEXICON_END ? place + LEXICON_PLACE : LEXICON
}

/** Adds the word at INPUT: 1 to 16 bytes in lower case. Its weight is 1 or -1. */
export function learn(length: i32, weight: i32): void {
  const last = lastEight(INPUT + length, length) | LOWER
  let place = placeOf(last)
  while (load<i32>(place, 16) != 0) place = nextPlace(place)
  store<u64>(place, last)
  store<u64>(place, load<u64>(INPUT), 8)
  store<i32>(place, length, 16)
  store<i32>(place, weight, 20)
}

/**
 * The weight of the word in [start, end), whose last eight bytes are given; 0 if it is in no list.
 * Together with the first eight they are all of a listed word.
 */
function weightOf(start: i32, end: i32, eight: u64): i32 {
  const length = end - start
  const last = eight | LOWER
  for (let place = placeOf(last); load<i32>(place, 16) != 0; place = nextPlace(place)) {
    if (load<i32>(place, 16) != length || load<u64>(place) != last) continue
    if (length <= 8 || (load<u64>(start) | LOWER) == load<u64>(place, 8)) return load<i32>(place, 20)
  }
  return 0
}

// ---- Events ----
function quotient(positive: i32, negative: i32): i32 {
  const hits = positive + negative
  return hits == 0 ? UNSCORED : <i32>Math.round((<f64>(positive - negative) / <f64>hits) * 1000000)
}

/** The end of the bytes whose words count: not within a character. */
function endOfWords(from: i32, to: i32): i32 {
  if (to - from <= MAX_TEXT_BYTES) return to
  let end = from + MAX_TEXT_BYTES
  while ((load<u8>(end) & 0xc0) == 0x80) end--
  return end
}

/** Stores the row of a word, see EventColumns.ts. */
function storeWord(word: i32, start: i32, end: i32): void {
  const eight = lastEight(end, end - start)
  storeRange(word, start, end)
  store<i32>(word, hashOfFront(hashOfTail(eight), start, end - 8), 8)
  store<i32>(word, <i32>(eight >> 32), 12)
  store<i32>(word, <i32>eight, 16)
}

/**
 * Stores the first words of the text in [from, to) and returns the score of all. Every character up
 * to the blank separates words. The score is right if the blank is the only white space.
 */
export function describeText(from: i32, to: i32): i32 {
  const wordsEnd = endOfWords(from, to)
  let word = WORDS + WORD * load<i32>(WORD_COUNT)
  const lastWord = word + WORD * MAX_WORDS
  let positive = 0
  let negative = 0
  let start = from
  for (let block = from; block <= to; block += 16) {
    let blanks = i8x16.bitmask(i8x16.le_u(v128.load(block), i8x16.splat(0x20)))
    // The last word ends as if a blank followed.
    if (to - block < 16) blanks = (blanks & ((1 << (to - block)) - 1)) | (1 << (to - block))
    while (blanks != 0) {
      // From separator to separator. An empty word lies between two in a row.
      const end = block + ctz(blanks)
      blanks &= blanks - 1
      if (end > start) {
        const weight = weightOf(start, end, lastEight(end, end - start))
        if (weight > 0) positive++
        else if (weight < 0) negative++
        if (word < lastWord && start < wordsEnd) {
          storeWord(word, start, min(end, wordsEnd))
          word += WORD
        }
      }
      start = end + 1
    }
  }
  store<i32>(WORD_COUNT, (word - WORDS) / WORD)
  return quotient(positive, negative)
}

/** Stores a range and its hash. */
export function storeHashed(row: i32, start: i32, end: i32): void {
  storeRange(row, start, end)
  store<i32>(row, hashOf(start, end), 8)
}
