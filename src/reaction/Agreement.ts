/**
 * The words and texts that the people of one stream share within one reaction span. Reused for one
 * stream after the other.
 */
import { outside } from "../domain/Invariant.ts"
import { NO_REACTION, type Reaction } from "../domain/Reaction.ts"
import { HashIndex } from "./HashIndex.ts"
import { Leaders } from "./Leaders.ts"
import { SCORE, TEXT_HASH, WORD, WORDS } from "./PaneMessages.ts"
import type { StreamSpan } from "./StreamSpan.ts"
import { compareTexts, spelled, stronger, textWords } from "./Texts.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/**
 * Numbers of a word or text: the last person who wrote it, and its people. A text also has its
 * messages, its score and its first message.
 */
const LAST_PERSON = 0
const PEOPLE = 1
const WORD_FACTS = 2
const MESSAGES = 2
const MOOD = 3
const FIRST = 4
const TEXT = 5

/** People of all spans are numbered on, up to here. */
const MOST_PEOPLE = 2 ** 30

export class Agreement {
  readonly #vocabulary: Vocabulary
  /** By word of the vocabulary. */
  #words = new Int32Array(WORD_FACTS * 512)
  readonly #leadingWords = new Leaders()
  readonly #index = new HashIndex()
  #texts = new Int32Array(TEXT * 64)
  readonly #leadingTexts = new Leaders()
  /** The first person of this span, and the current one. */
  #firstPerson = 1
  #person = 0

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** The reaction of all messages of a span whose people are linked. */
  of(span: StreamSpan, busiest: number): Reaction {
    this.#begin(span)
    for (let person = 0; person < span.people; person++) {
      this.#person++
      for (let message = span.lastOf(person); message > 0; message = span.nextOf(message)) {
        this.#addWords(span.numbers, message)
        this.#addText(span.numbers, message)
      }
    }
    const word = this.#leadingWords.first((a, b) => this.#vocabulary.compare(a, b))
    return {
      people: span.people,
      messages: span.messages,
      busiest,
      unison: word < 0 ? 0 : this.#leadingWords.most,
      shared: word < 0 ? undefined : this.#vocabulary.textOf(word),
      repeated: this.#repeated(span.numbers),
      moodTexts: this.#moodTexts(),
      moodMicro: this.#moodMicro()
    }
  }

  #begin({ messages }: StreamSpan): void {
    if (this.#person > MOST_PEOPLE || WORD_FACTS * this.#vocabulary.count > this.#words.length) {
      this.#words = new Int32Array(2 * WORD_FACTS * this.#vocabulary.count)
      this.#person = 0
    }
    this.#firstPerson = this.#person + 1
    this.#leadingWords.clear()
    this.#leadingTexts.clear()
    this.#index.clear(messages)
    if (TEXT * messages > this.#texts.length) this.#texts = new Int32Array(2 * TEXT * messages)
  }

  #addWords(numbers: Int32Array, message: number): void {
    const words = this.#words
    const person = this.#person
    const leaders = this.#leadingWords
    const end = message + WORD + (numbers[message + WORDS] ?? outside())
    for (let at = message + WORD; at < end; at++) {
      const number = numbers[at] ?? outside()
      const word = WORD_FACTS * number
      const last = words[word + LAST_PERSON] ?? outside()
      if (last === person) continue
      words[word + LAST_PERSON] = person
      const people = last < this.#firstPerson ? 1 : (words[word + PEOPLE] ?? outside()) + 1
      words[word + PEOPLE] = people
      if (people >= leaders.most) leaders.reach(number, people)
    }
  }

  /** A message without words has no text. */
  #addText(numbers: Int32Array, message: number): void {
    if (numbers[message + WORDS] === 0) return
    const index = this.#index
    let text = index.first(numbers[message + TEXT_HASH] ?? outside())
    while (text >= 0 && !this.#isSame(numbers, this.#firstOf(text), message)) text = index.next()
    if (text < 0) {
      const at = TEXT * index.take()
      this.#texts[at + LAST_PERSON] = this.#person
      this.#texts[at + PEOPLE] = 1
      this.#texts[at + MESSAGES] = 1
      this.#texts[at + MOOD] = numbers[message + SCORE] ?? outside()
      this.#texts[at + FIRST] = message
    } else this.#repeat(text, numbers[message + SCORE] ?? outside())
  }

  #repeat(text: number, score: number): void {
    const texts = this.#texts
    const at = TEXT * text
    if (texts[at + LAST_PERSON] !== this.#person) texts[at + PEOPLE] = (texts[at + PEOPLE] ?? outside()) + 1
    texts[at + LAST_PERSON] = this.#person
    const messages = (texts[at + MESSAGES] ?? outside()) + 1
    texts[at + MESSAGES] = messages
    texts[at + MOOD] = stronger(texts[at + MOOD] ?? outside(), score)
    this.#leadingTexts.reach(text, messages)
  }

  #isSame(numbers: Int32Array, a: number, b: number): boolean {
    const words = numbers[a + WORDS] ?? outside()
    if (numbers[b + WORDS] !== words) return false
    for (let at = WORD; at < WORD + words; at++) if (numbers[a + at] !== numbers[b + at]) return false
    return true
  }

  #firstOf(text: number): number {
    return this.#texts[TEXT * text + FIRST] ?? outside()
  }

  #moodTexts(): number {
    let moodTexts = 0
    for (let at = MOOD; at < TEXT * this.#index.count; at += TEXT) if (this.#texts[at] !== 0) moodTexts++
    return moodTexts
  }

  #moodMicro(): number {
    let moodMicro = 0
    for (let at = MOOD; at < TEXT * this.#index.count; at += TEXT) moodMicro += this.#texts[at] ?? outside()
    return moodMicro
  }

  #repeated(numbers: Int32Array): Reaction["repeated"] {
    const wordsOf = (text: number): Int32Array => this.#textOf(numbers, this.#firstOf(text))
    const text = this.#leadingTexts.first((a, b) => compareTexts(this.#vocabulary, wordsOf(a), wordsOf(b)))
    if (text < 0) return NO_REACTION.repeated
    return {
      messages: this.#leadingTexts.most,
      people: this.#texts[TEXT * text + PEOPLE] ?? outside(),
      text: spelled(this.#vocabulary, wordsOf(text))
    }
  }

  /** The words of a message that has some. */
  #textOf(numbers: Int32Array, message: number): Int32Array {
    const start = message + WORD
    return textWords(this.#vocabulary, numbers, start, start + (numbers[message + WORDS] ?? outside()))
  }
}
