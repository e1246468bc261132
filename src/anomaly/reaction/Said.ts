/**
 * What was said in one pane of all streams of an input: the words of each message in the form in which they are compared. Flat numbers and bytes, dropped as a whole once no reaction
 * span reaches the pane.
 *
 * The compared form of a text: ASCII letters in lower case, an ASCII character not twice in a row (NOOO = no), words between white space without ASCII punctuation at their ends unless there is nothing else. Of a
 * message at most {@link MAX_WORDS} words count.
 */
import type { Utf8 } from "../../domain/Utf8.ts"
import { CLASS_OF, LAUGHTER } from "./Classes.ts"

export const MAX_WORDS = 12

/** Numbers of a message. */
export const STREAM = 0
export const USER_START = 1
export const USER_LENGTH = 2
export const USER_HASH = 3
export const TEXT_START = 4
export const TEXT_LENGTH = 5
export const TEXT_HASH = 6
export const FIRST_WORD = 7
export const WORDS = 8
export const SCORE = 9
export const MESSAGE = 10

/** Numbers of a word. */
export const WORD_START = 0
export const WORD_LENGTH = 1
export const WORD_HASH = 2
export const WORD = 3

const SPACE = 0x20
const FNV_BASIS = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

const grownInts = (from: Int32Array, length: number): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(Math.max(length, 2 * from.length))
  to.set(from)
  return to
}

const isPunctuation = (code: number): boolean =>
  (code > SPACE && code < 0x30) || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || (code > 0x7a && code < 0x7f)

/** Texts of classes by the hash of a word: most words have none. */
const CLASSES: ReadonlyMap<number, ReadonlyArray<readonly [word: Uint8Array, name: Uint8Array]>> = (() => {
  const encoder = new TextEncoder()
  const byHash = new Map<number, Array<readonly [Uint8Array, Uint8Array]>>()
  for (const [word, name] of CLASS_OF) {
    const bytes = encoder.encode(word)
    const hash = hashOf(bytes, 0, bytes.length)
    const others = byHash.get(hash)
    const entry = [bytes, encoder.encode(name)] as const
    if (others === undefined) byHash.set(hash, [entry])
    else others.push(entry)
  }
  return byHash
})()

const LAUGHTER_BYTES = new TextEncoder().encode(LAUGHTER)

/** FNV-1a over bytes: words with the same bytes have the same hash; equal hashes are compared byte by byte. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME)
  return hash
}

export const sameBytes = (a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean => {
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false
  return true
}

export class Said {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  #byteCount = 0
  messages: Int32Array<ArrayBuffer> = new Int32Array(MESSAGE * 16)
  messageCount = 0
  words: Int32Array<ArrayBuffer> = new Int32Array(WORD * 64)
  wordCount = 0

  /** Adds a message. O(its bytes). */
  add(stream: number, user: Utf8, text: Utf8, scoreMicro: number): void {
    const room = user.end - user.start + text.end - text.start + 1 + MAX_WORDS * 8
    if (this.#byteCount + room > this.bytes.length) this.#growBytes(room)
    if ((this.messageCount + 1) * MESSAGE > this.messages.length) this.messages = grownInts(this.messages, 0)
    if ((this.wordCount + 2 * MAX_WORDS) * WORD > this.words.length)
      this.words = grownInts(this.words, (this.wordCount + 2 * MAX_WORDS) * WORD)
    const at = this.messageCount++ * MESSAGE
    const { messages } = this
    messages[at + STREAM] = stream
    messages[at + USER_START] = this.#byteCount
    messages[at + USER_LENGTH] = user.end - user.start
    let hash = FNV_BASIS
    for (let from = user.start; from < user.end; from++) {
      const code = user.bytes[from] ?? 0
      hash = Math.imul(hash ^ code, FNV_PRIME)
      this.bytes[this.#byteCount++] = code
    }
    messages[at + USER_HASH] = hash
    messages[at + TEXT_START] = this.#byteCount
    messages[at + FIRST_WORD] = this.wordCount
    messages[at + SCORE] = scoreMicro
    this.#addText(text)
    const start = messages[at + TEXT_START] ?? 0
    messages[at + TEXT_LENGTH] = this.#byteCount - start
    messages[at + TEXT_HASH] = hashOf(this.bytes, start, this.#byteCount)
    messages[at + WORDS] = this.wordCount - (messages[at + FIRST_WORD] ?? 0)
    this.#addClasses(messages[at + FIRST_WORD] ?? 0)
    messages[at + WORDS] = this.wordCount - (messages[at + FIRST_WORD] ?? 0)
  }

  /** Writes the text in its compared form, its words with a blank between them. */
  #addText({ bytes, end, start }: Utf8): void {
    const to = this.bytes
    let at = this.#byteCount
    let words = 0
    let wordStart = at
    let last = 0
    for (let from = start; from <= end; from++) {
      let code = from === end ? SPACE : (bytes[from] ?? 0)
      if (code <= SPACE) {
        if (at === wordStart) continue
        if (words++ < MAX_WORDS) this.#addWord(wordStart, at)
        to[at++] = SPACE
        wordStart = at
        last = 0
        continue
      }
      if (code >= 0x41 && code <= 0x5a) code |= 0x20
      if (code === last && code < 0x80) continue
      last = code
      to[at++] = code
    }
    this.#byteCount = at
  }

  /** Adds the word in [start, end) without punctuation at its ends. */
  #addWord(start: number, end: number): void {
    const { bytes } = this
    let first = start
    let last = end
    while (first < last && isPunctuation(bytes[first] ?? 0)) first++
    while (last > first && isPunctuation(bytes[last - 1] ?? 0)) last--
    if (first === last) {
      first = start
      last = end
    }
    this.#pushWord(first, last - first, hashOf(bytes, first, last))
  }

  #pushWord(start: number, length: number, hash: number): void {
    const at = this.wordCount++ * WORD
    this.words[at + WORD_START] = start
    this.words[at + WORD_LENGTH] = length
    this.words[at + WORD_HASH] = hash
  }

  /** Adds the classes of the words from `first` on as words of their own; a class's name is in upper case, as no word is. */
  #addClasses(first: number): void {
    const end = this.wordCount
    for (let word = first; word < end; word++) {
      const start = this.words[word * WORD + WORD_START] ?? 0
      const length = this.words[word * WORD + WORD_LENGTH] ?? 0
      const name = this.#classOf(start, length, this.words[word * WORD + WORD_HASH] ?? 0)
      if (name === undefined) continue
      const at = this.#byteCount
      for (const code of name) this.bytes[this.#byteCount++] = code
      this.#pushWord(at, name.length, hashOf(this.bytes, at, this.#byteCount))
      // One class a message is enough: further words repeat it.
      return
    }
  }

  #classOf(start: number, length: number, hash: number): Uint8Array | undefined {
    const { bytes } = this
    for (const [word, name] of CLASSES.get(hash) ?? [])
      if (word.length === length && sameBytes(word, 0, bytes, start, length)) return name
    return isHaha(bytes, start, length) ? LAUGHTER_BYTES : undefined
  }

  #growBytes(room: number): void {
    const to = new Uint8Array(Math.max(this.#byteCount + room, 2 * this.bytes.length))
    to.set(this.bytes.subarray(0, this.#byteCount))
    this.bytes = to
  }
}

/** Laughter written out: at least four letters, all h or j and a or e, or the same in Cyrillic. */
const isHaha = (bytes: Uint8Array, start: number, length: number): boolean => {
  if (length < 4) return false
  const first = bytes[start] ?? 0
  if (first >= 0x80) return isCyrillicHaha(bytes, start, length)
  for (let at = start; at < start + length; at++) {
    const code = bytes[at] ?? 0
    if (code !== 0x61 && code !== 0x65 && code !== 0x68 && code !== 0x6a) return false
  }
  return true
}

const isCyrillicHaha = (bytes: Uint8Array, start: number, length: number): boolean => {
  if (length < 8) return false
  for (let at = start; at < start + length; at += 2) {
    const high = bytes[at] ?? 0
    const low = bytes[at + 1] ?? 0
    const isA = high === 0xd0 && (low === 0xb0 || low === 0x90)
    const isH = (high === 0xd1 && low === 0x85) || (high === 0xd0 && low === 0xa5)
    if (!isA && !isH) return false
  }
  return true
}
