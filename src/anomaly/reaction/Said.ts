/**
 * What was said in one pane of all streams of an input: the words of each message in the form in which they are compared. Flat numbers and bytes, dropped as a whole once no reaction
 * span reaches the pane.
 *
 * The compared form of a text: ASCII letters in lower case, an ASCII character not twice in a row (NOOO = no), words between white space without ASCII punctuation at their ends unless there is nothing else. Of a
 * message {@link MAX_WORDS} words count, the first.
 */
import type { Utf8 } from "../../domain/Utf8.ts"
import { CLASS_OF, LAUGHTER } from "./Classes.ts"

export const MAX_WORDS = 6

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

const doubled = (from: Int32Array): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(2 * from.length)
  to.set(from)
  return to
}

const isPunctuation = (code: number): boolean =>
  (code > SPACE && code < 0x30) ||
  (code > 0x39 && code < 0x41) ||
  (code > 0x5a && code < 0x61) ||
  (code > 0x7a && code < 0x7f)

/** FNV-1a over bytes: words with the same bytes have the same hash; equal hashes are compared byte by byte. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_BASIS
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME)
  return hash
}

interface ClassName {
  readonly bytes: Uint8Array
  readonly hash: number
}

const encoder = new TextEncoder()
const NAMES = new Map<string, ClassName>()

const nameOf = (name: string): ClassName => {
  let known = NAMES.get(name)
  if (known === undefined) {
    const bytes = encoder.encode(name)
    NAMES.set(name, (known = { bytes, hash: hashOf(bytes, 0, bytes.length) }))
  }
  return known
}

const CLASS_PLACES = 1 << 10

/** Words that have a class by their hash: most words' place is empty. */
const CLASSES: ReadonlyArray<Array<{ readonly word: Uint8Array; readonly name: ClassName }>> = Array.from(
  { length: CLASS_PLACES },
  () => []
)
for (const [text, name] of CLASS_OF) {
  const word = encoder.encode(text)
  CLASSES[hashOf(word, 0, word.length) & (CLASS_PLACES - 1)]?.push({ word, name: nameOf(name) })
}

export const sameBytes = (a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean => {
  for (let at = 0; at < length; at++) if (a[aStart + at] !== b[bStart + at]) return false
  return true
}

/** Bytes that a message takes beside its user and text: a blank behind each word, and a class's name. */
const MORE_BYTES = MAX_WORDS + 16

export class Said {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  #byteCount = 0
  messages: Int32Array<ArrayBuffer> = new Int32Array(MESSAGE * 16)
  messageCount = 0
  words: Int32Array<ArrayBuffer> = new Int32Array(WORD * 64)
  #wordCount = 0

  /** Forgets everything but the room for as much again. */
  clear(): void {
    this.#byteCount = 0
    this.messageCount = 0
    this.#wordCount = 0
  }

  /** Adds a message. O(its bytes). */
  add(stream: number, user: Utf8, text: Utf8, scoreMicro: number): void {
    this.#makeRoom(user.end - user.start + text.end - text.start + MORE_BYTES)
    const { messages } = this
    const at = this.messageCount++ * MESSAGE
    const userStart = this.#byteCount
    const firstWord = this.#wordCount
    const userHash = this.#addUser(user)
    const textStart = this.#byteCount
    const textHash = this.#addText(text)
    messages[at + STREAM] = stream
    messages[at + USER_START] = userStart
    messages[at + USER_LENGTH] = textStart - userStart
    messages[at + USER_HASH] = userHash
    messages[at + TEXT_START] = textStart
    messages[at + TEXT_LENGTH] = this.#byteCount - textStart
    messages[at + TEXT_HASH] = textHash
    messages[at + FIRST_WORD] = firstWord
    messages[at + SCORE] = scoreMicro
    this.#addClass(firstWord)
    messages[at + WORDS] = this.#wordCount - firstWord
  }

  #makeRoom(bytes: number): void {
    if (this.#byteCount + bytes > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.#byteCount + bytes, 2 * this.bytes.length))
      larger.set(this.bytes)
      this.bytes = larger
    }
    if ((this.messageCount + 1) * MESSAGE > this.messages.length) this.messages = doubled(this.messages)
    if ((this.#wordCount + MAX_WORDS + 1) * WORD > this.words.length) this.words = doubled(this.words)
  }

  /** Writes the user. Returns the hash. */
  #addUser({ bytes, end, start }: Utf8): number {
    const to = this.bytes
    let at = this.#byteCount
    let hash = FNV_BASIS
    for (let from = start; from < end; from++) {
      const code = bytes[from] ?? 0
      hash = Math.imul(hash ^ code, FNV_PRIME)
      to[at++] = code
    }
    this.#byteCount = at
    return hash
  }

  /** Writes the first words of the text in their compared form, a blank behind each. Returns the hash. */
  #addText({ bytes, end, start }: Utf8): number {
    const to = this.bytes
    let at = this.#byteCount
    let words = 0
    let wordStart = at
    let last = 0
    let hash = FNV_BASIS
    for (let from = start; from <= end && words < MAX_WORDS; from++) {
      let code = from === end ? SPACE : (bytes[from] ?? 0)
      if (code <= SPACE) {
        if (at === wordStart) continue
        words++
        hash = Math.imul(hash ^ this.#addWord(wordStart, at), FNV_PRIME)
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
    return hash
  }

  /** Adds the word in [start, end) without punctuation at its ends. Returns its hash. */
  #addWord(start: number, end: number): number {
    const { bytes } = this
    let first = start
    let last = end
    while (first < last && isPunctuation(bytes[first] ?? 0)) first++
    while (last > first && isPunctuation(bytes[last - 1] ?? 0)) last--
    if (first === last) {
      first = start
      last = end
    }
    const hash = hashOf(bytes, first, last)
    this.#pushWord(first, last - first, hash)
    return hash
  }

  #pushWord(start: number, length: number, hash: number): void {
    const { words } = this
    const at = this.#wordCount++ * WORD
    words[at + WORD_START] = start
    words[at + WORD_LENGTH] = length
    words[at + WORD_HASH] = hash
  }

  /** Adds the class of the first word from `first` on that has one, as a word of its own; a class's name is in upper case, as no word is. */
  #addClass(first: number): void {
    for (let word = first; word < this.#wordCount; word++) {
      const at = word * WORD
      const name = classOf(
        this.bytes,
        this.words[at + WORD_START] ?? 0,
        this.words[at + WORD_LENGTH] ?? 0,
        this.words[at + WORD_HASH] ?? 0
      )
      if (name === undefined) continue
      const start = this.#byteCount
      this.bytes.set(name.bytes, start)
      this.#byteCount += name.bytes.length
      this.#pushWord(start, name.bytes.length, name.hash)
      return
    }
  }
}

const classOf = (bytes: Uint8Array, start: number, length: number, hash: number): ClassName | undefined => {
  for (const { name, word } of CLASSES[hash & (CLASS_PLACES - 1)] ?? [])
    if (word.length === length && sameBytes(word, 0, bytes, start, length)) return name
  return isHaha(bytes, start, length) ? nameOf(LAUGHTER) : undefined
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
