/** Splits a text into its words, as rows of EventColumns.ts. */
import { WORD, WORD_BEFORE, WORD_END, WORD_HASH, WORD_LAST, WORD_START } from "./EventColumns.ts"
import { groupBefore, hashOfFront, hashOfTail } from "./Hash.ts"
import { outside } from "./Invariant.ts"
import { MAX_TEXT_BYTES, MAX_WORDS } from "./Limits.ts"

const SPACE = 0x20

/** Where the bytes of a text that count end: not within a character. */
export const endOfRead = (bytes: Uint8Array, start: number, end: number): number => {
  if (end - start <= MAX_TEXT_BYTES) return end
  let at = start + MAX_TEXT_BYTES
  while (((bytes[at] ?? outside()) & 0xc0) === 0x80) at--
  return at
}

/** Writes the word in [start, end) as a row. */
export const writeWord = (bytes: Uint8Array, start: number, end: number, words: Int32Array, row: number): void => {
  const last = groupBefore(bytes, start, end)
  const before = groupBefore(bytes, start, end - 4)
  const at = WORD * row
  words[at + WORD_START] = start
  words[at + WORD_END] = end
  words[at + WORD_HASH] = hashOfFront(hashOfTail(last, before), bytes, start, end - 8)
  words[at + WORD_LAST] = last
  words[at + WORD_BEFORE] = before
}

/**
 * Writes the rows of the text's first words from `row` on; `words` has room for MAX_WORDS of them.
 * Returns the row behind the last. O(their bytes), at most MAX_TEXT_BYTES.
 */
export const writeWords = (bytes: Uint8Array, start: number, end: number, words: Int32Array, row: number): number => {
  const to = endOfRead(bytes, start, end)
  let next = row
  let at = start
  while (next < row + MAX_WORDS) {
    while (at < to && (bytes[at] ?? outside()) <= SPACE) at++
    if (at === to) break
    const from = at
    while (at < to && (bytes[at] ?? outside()) > SPACE) at++
    writeWord(bytes, from, at, words, next++)
  }
  return next
}
