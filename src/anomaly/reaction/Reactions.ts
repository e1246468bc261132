/**
 * What people say in the streams of one input, kept for as long as the reaction span reaches it, and what it comes to at the end of each span. An event costs the bytes of its text when it is added, and its
 * words once for each span that holds its pane. Independent of the order of the events within a pane.
 */
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../../domain/Reaction.ts"
import type { Utf8 } from "../../domain/Utf8.ts"
import {
  FIRST_WORD,
  MESSAGE,
  Said,
  SCORE,
  STREAM,
  TEXT_HASH,
  TEXT_LENGTH,
  TEXT_START,
  USER_HASH,
  USER_LENGTH,
  USER_START,
  WORD,
  WORD_HASH,
  WORD_LENGTH,
  WORD_START,
  WORDS
} from "./Said.ts"
import { Voices } from "./Voices.ts"
import { WordTable } from "./WordTable.ts"

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Messages of the panes of one span under one numbering, in chains: by stream, then by person. A link is a message's number and 1; 0 = the end. */
class Chains {
  said: Array<Said> = []
  /** By message: where it is said, and its number there. */
  panes = new Int32Array(64)
  numbers = new Int32Array(64)
  /** The next message of the stream, then of the person. */
  nexts = new Int32Array(64)
  count = 0
  /** By stream, 0 for those without messages; and the streams that have some. */
  firsts = new Int32Array(64)
  streams: Array<number> = []

  /** Takes all messages of the panes in. O(messages). */
  link(said: ReadonlyArray<Said>): void {
    this.said = [...said]
    this.count = 0
    for (const stream of this.streams) this.firsts[stream] = 0
    this.streams = []
    for (const [pane, { messageCount, messages }] of said.entries()) {
      for (let message = 0; message < messageCount; message++) {
        const stream = messages[message * MESSAGE + STREAM] ?? 0
        if (this.count === this.nexts.length) this.#growMessages()
        if (stream >= this.firsts.length) this.firsts = longer(this.firsts, stream + 1)
        const first = this.firsts[stream] ?? 0
        if (first === 0) this.streams.push(stream)
        this.panes[this.count] = pane
        this.numbers[this.count] = message
        this.nexts[this.count] = first
        this.firsts[stream] = ++this.count
      }
    }
  }

  saidAt(message: number): Said {
    const said = this.said[this.panes[message] ?? 0]
    if (said === undefined) throw new RangeError(`no message ${message} is linked`)
    return said
  }

  #growMessages(): void {
    const length = 2 * this.nexts.length
    this.panes = longer(this.panes, length)
    this.numbers = longer(this.numbers, length)
    this.nexts = longer(this.nexts, length)
  }
}

const longer = (from: Int32Array, length: number): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(Math.max(length, 2 * from.length))
  to.set(from)
  return to
}

export class Reactions {
  readonly #panes = new Map<number, Said>()
  /** Panes that were dropped, for their room. */
  readonly #free: Array<Said> = []
  #recent = new Said()
  #recentPane = Number.NaN
  readonly #chains = new Chains()
  readonly #people = new WordTable()
  readonly #words = new WordTable()
  readonly #texts = new WordTable()
  /** By person: the first of the chain of own messages. */
  #firstOf = new Int32Array(64)
  /** By text. */
  #scores = new Int32Array(64)
  #reactions = new Map<number, Reaction>()
  /** Panes before it were dropped (open bound). */
  #first = Number.NEGATIVE_INFINITY

  /**
   * Adds a message of a stream, a small integer that its owner gives out. `scoreMicro`: -1,000,000 to 1,000,000; 0 = says nothing. A message of a pane that was dropped is ignored, since no
   * later span reaches the pane.
   */
  add(stream: number, pane: number, user: Utf8, text: Utf8, scoreMicro: number): void {
    if (pane < this.#first) return
    if (pane !== this.#recentPane) {
      let said = this.#panes.get(pane)
      if (said === undefined) this.#panes.set(pane, (said = this.#free.pop() ?? new Said()))
      this.#recent = said
      this.#recentPane = pane
    }
    this.#recent.add(stream, user, text, scoreMicro)
  }

  /** Drops the panes before `first` (open bound). */
  evictBefore(first: number): void {
    this.#first = Math.max(this.#first, first)
    for (const [pane, said] of this.#panes) {
      if (pane >= first) continue
      this.#panes.delete(pane)
      said.clear()
      this.#free.push(said)
    }
    this.#recentPane = Number.NaN
  }

  /** Makes the messages of the panes from `first` to `last`, both closed, ready. O(messages). */
  open(first: number, last: number): void {
    const said: Array<Said> = []
    for (let pane = first; pane <= last; pane++) {
      const own = this.#panes.get(pane)
      if (own !== undefined) said.push(own)
    }
    this.#chains.link(said)
    this.#reactions = new Map()
    for (const stream of this.#chains.streams) this.#reactions.set(stream, this.#reaction(stream))
  }

  /** The stream's reaction in the span opened last; {@link NO_REACTION} if the stream is silent there. */
  of(stream: number): Reaction {
    return this.#reactions.get(stream) ?? NO_REACTION
  }

  /** What the stream says in the span opened last, `undefined` if it is silent there. A copy, valid after eviction. */
  voices(stream: number): Voices | undefined {
    const voices = new Voices()
    for (const { bytes, messageCount, messages } of this.#chains.said) {
      for (let at = 0; at < messageCount * MESSAGE; at += MESSAGE) {
        if (messages[at + STREAM] !== stream) continue
        const part = (start: number, length: number): Utf8 => {
          const from = messages[at + start] ?? 0
          return { bytes, start: from, end: from + (messages[at + length] ?? 0) }
        }
        voices.add(part(USER_START, USER_LENGTH), part(TEXT_START, TEXT_LENGTH), messages[at + SCORE] ?? 0)
      }
    }
    return voices.count === 0 ? undefined : voices
  }

  #reaction(stream: number): Reaction {
    const { messages, words } = this.#linkPeople(stream)
    const people = this.#people.count
    if (people < NAMED_PEOPLE) return { ...NO_REACTION, people, messages }
    this.#words.clear(words)
    this.#texts.clear(messages)
    const chains = this.#chains
    if (messages > this.#scores.length) this.#scores = longer(this.#scores, messages)
    for (let person = 0; person < people; person++) {
      for (let link = this.#firstOf[person] ?? 0; link > 0; link = chains.nexts[link - 1] ?? 0) {
        const said = chains.saidAt(link - 1)
        const at = (chains.numbers[link - 1] ?? 0) * MESSAGE
        this.#addText(said, at, person)
        this.#addWords(said, at, person)
      }
    }
    let moodTexts = 0
    let moodMicro = 0
    for (let text = 0; text < this.#texts.count; text++) {
      const score = this.#scores[text] ?? 0
      if (score === 0) continue
      moodTexts++
      moodMicro += score
    }
    return { people, messages, ...this.#agreement(), moodTexts, moodMicro }
  }

  #agreement(): Pick<Reaction, "unison" | "shared" | "repeated"> {
    const word = greatest(this.#words, this.#words.people)
    const text = greatest(this.#texts, this.#texts.messages)
    return {
      unison: word < 0 ? 0 : (this.#words.people[word] ?? 0),
      shared: word < 0 ? undefined : textAt(this.#words, word),
      repeated:
        text < 0
          ? NO_REACTION.repeated
          : {
              messages: this.#texts.messages[text] ?? 0,
              people: this.#texts.people[text] ?? 0,
              text: textAt(this.#texts, text).trimEnd()
            }
    }
  }

  /** Links a stream's messages by person instead. Returns how many messages and words there are. */
  #linkPeople(stream: number): { readonly messages: number; readonly words: number } {
    const chains = this.#chains
    let messages = 0
    for (let link = chains.firsts[stream] ?? 0; link > 0; link = chains.nexts[link - 1] ?? 0) messages++
    this.#people.clear(messages)
    let words = 0
    for (let link = chains.firsts[stream] ?? 0; link > 0;) {
      const said = chains.saidAt(link - 1)
      const at = (chains.numbers[link - 1] ?? 0) * MESSAGE
      words += said.messages[at + WORDS] ?? 0
      const known = this.#people.count
      const person = this.#people.add(
        said.bytes,
        said.messages[at + USER_START] ?? 0,
        said.messages[at + USER_LENGTH] ?? 0,
        said.messages[at + USER_HASH] ?? 0,
        0
      )
      if (person >= this.#firstOf.length) this.#firstOf = longer(this.#firstOf, person + 1)
      const next = chains.nexts[link - 1] ?? 0
      chains.nexts[link - 1] = person === known ? 0 : (this.#firstOf[person] ?? 0)
      this.#firstOf[person] = link
      link = next
    }
    return { messages, words }
  }

  /** The messages of one text can differ in score: the one farthest from 0 counts, the positive one among equals. */
  #addText({ bytes, messages }: Said, at: number, person: number): void {
    const known = this.#texts.count
    const start = messages[at + TEXT_START] ?? 0
    const text = this.#texts.add(bytes, start, messages[at + TEXT_LENGTH] ?? 0, messages[at + TEXT_HASH] ?? 0, person)
    const score = messages[at + SCORE] ?? 0
    const before = this.#scores[text] ?? 0
    const distance = Math.abs(score) - Math.abs(before)
    if (distance > 0 || (distance === 0 && score > before) || text === known) this.#scores[text] = score
  }

  #addWords({ bytes, messages, words }: Said, message: number, person: number): void {
    const first = messages[message + FIRST_WORD] ?? 0
    const end = first + (messages[message + WORDS] ?? 0)
    for (let word = first; word < end; word++) {
      const at = word * WORD
      this.#words.add(
        bytes,
        words[at + WORD_START] ?? 0,
        words[at + WORD_LENGTH] ?? 0,
        words[at + WORD_HASH] ?? 0,
        person
      )
    }
  }
}

const textAt = (table: WordTable, entry: number): string => {
  const start = table.starts[entry] ?? 0
  return decoder.decode(table.bytesOf(entry).subarray(start, start + (table.lengths[entry] ?? 0)))
}

/** The entry with the greatest count of at least two, the first in order of bytes among equals; -1 = none. */
const greatest = (table: WordTable, counts: Int32Array): number => {
  let most = 1
  for (let entry = 0; entry < table.count; entry++) most = Math.max(most, counts[entry] ?? 0)
  if (most < 2) return -1
  let best = -1
  for (let entry = 0; entry < table.count; entry++) {
    if (counts[entry] === most && (best < 0 || isBefore(table, entry, best))) best = entry
  }
  return best
}

/** Order of bytes; the shorter of two that begin alike is first. */
const isBefore = (table: WordTable, a: number, b: number): boolean => {
  const aStart = table.starts[a] ?? 0
  const bStart = table.starts[b] ?? 0
  const aLength = table.lengths[a] ?? 0
  const bLength = table.lengths[b] ?? 0
  const aBytes = table.bytesOf(a)
  const bBytes = table.bytesOf(b)
  for (let at = 0; at < Math.min(aLength, bLength); at++) {
    const difference = (aBytes[aStart + at] ?? 0) - (bBytes[bStart + at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return aLength < bLength
}
