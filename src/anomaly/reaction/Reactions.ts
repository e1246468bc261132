/**
 * What people say in the streams of one input, kept for as long as the reaction span reaches it, and what it comes to at the end of each span. An event costs the bytes of its text when it is added, and its
 * words once for each span that holds its pane. Independent of the order of the events within a pane.
 */
import { NO_REACTION, type Reaction, type Shared } from "../../domain/Reaction.ts"
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
import { WordTable } from "./WordTable.ts"

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** One message: where it is said, and its number there. */
interface Place {
  readonly said: Said
  readonly message: number
}

export class Reactions {
  readonly #panes = new Map<number, Said>()
  #recent = new Said()
  #recentPane = Number.NaN
  readonly #people = new WordTable()
  readonly #words = new WordTable()
  readonly #texts = new WordTable()

  /** Adds a message of a stream, a small integer that its owner gives out, to a pane that no closed span has left behind. */
  add(stream: number, pane: number, user: Utf8, text: Utf8, scoreMicro: number): void {
    if (pane !== this.#recentPane) {
      let said = this.#panes.get(pane)
      if (said === undefined) this.#panes.set(pane, (said = new Said()))
      this.#recent = said
      this.#recentPane = pane
    }
    this.#recent.add(stream, user, text, scoreMicro)
  }

  /** Drops the panes before `first` (open bound). */
  evictBefore(first: number): void {
    for (const pane of this.#panes.keys()) if (pane < first) this.#panes.delete(pane)
    this.#recentPane = Number.NaN
  }

  /** The reaction of each stream that speaks in the panes from `first` to `last`, both closed. */
  span(first: number, last: number): ReadonlyMap<number, Reaction> {
    const byStream = new Map<number, Array<Place>>()
    for (let pane = first; pane <= last; pane++) {
      const said = this.#panes.get(pane)
      if (said === undefined) continue
      for (let message = 0; message < said.messageCount; message++) {
        const stream = said.messages[message * MESSAGE + STREAM] ?? 0
        const places = byStream.get(stream)
        if (places === undefined) byStream.set(stream, [{ said, message }])
        else places.push({ said, message })
      }
    }
    const reactions = new Map<number, Reaction>()
    for (const [stream, places] of byStream) reactions.set(stream, this.#reaction(places))
    return reactions
  }

  #reaction(places: ReadonlyArray<Place>): Reaction {
    const byPerson = this.#byPerson(places)
    let words = 0
    for (const { said, message } of places) words += said.messages[message * MESSAGE + WORDS] ?? 0
    this.#words.clear(words)
    this.#texts.clear(places.length)
    let scored = 0
    let sumMicro = 0
    let squares = 0
    for (const [person, own] of byPerson.entries()) {
      for (const { said, message } of own) {
        const at = message * MESSAGE
        const { bytes, messages } = said
        const known = this.#texts.count
        this.#texts.add(
          bytes,
          messages[at + TEXT_START] ?? 0,
          messages[at + TEXT_LENGTH] ?? 0,
          messages[at + TEXT_HASH] ?? 0,
          person
        )
        const score = messages[at + SCORE] ?? 0
        if (this.#texts.count > known && score !== 0) {
          scored++
          sumMicro += score
          squares += (score / 1e6) * (score / 1e6)
        }
        this.#addWords(said, messages[at + FIRST_WORD] ?? 0, messages[at + WORDS] ?? 0, person)
      }
    }
    return {
      ...NO_REACTION,
      people: byPerson.length,
      messages: places.length,
      shared: sharedOf(this.#words),
      repeated: repeatedOf(this.#texts),
      mood: { texts: scored, sumMicro, squares }
    }
  }

  #addWords({ bytes, words }: Said, first: number, count: number, person: number): void {
    for (let word = first; word < first + count; word++) {
      const at = word * WORD
      this.#words.add(bytes, words[at + WORD_START] ?? 0, words[at + WORD_LENGTH] ?? 0, words[at + WORD_HASH] ?? 0, person)
    }
  }

  #byPerson(places: ReadonlyArray<Place>): ReadonlyArray<ReadonlyArray<Place>> {
    this.#people.clear(places.length)
    const byPerson: Array<Array<Place>> = []
    for (const place of places) {
      const { bytes, messages } = place.said
      const at = place.message * MESSAGE
      const person = this.#people.add(
        bytes,
        messages[at + USER_START] ?? 0,
        messages[at + USER_LENGTH] ?? 0,
        messages[at + USER_HASH] ?? 0,
        0
      )
      const own = byPerson[person]
      if (own === undefined) byPerson.push([place])
      else own.push(place)
    }
    return byPerson
  }
}

const textAt = (table: WordTable, entry: number): string => {
  const start = table.starts[entry] ?? 0
  return decoder.decode(table.bytesOf(entry).subarray(start, start + (table.lengths[entry] ?? 0)))
}

const isClassName = (table: WordTable, entry: number): boolean => {
  const code = table.bytesOf(entry)[table.starts[entry] ?? 0] ?? 0
  return code >= 0x41 && code <= 0x5a
}

/** The first in order of bytes among the most shared. */
const sharedOf = (table: WordTable): Shared | undefined => {
  let best = -1
  for (let entry = 0; entry < table.count; entry++) {
    const people = table.people[entry] ?? 0
    const most = best < 0 ? 0 : (table.people[best] ?? 0)
    if (people > most || (people === most && isBefore(table, entry, best))) best = entry
  }
  if (best < 0) return undefined
  return { word: textAt(table, best), isClass: isClassName(table, best), people: table.people[best] ?? 0 }
}

const repeatedOf = (table: WordTable): Reaction["repeated"] => {
  let best = -1
  for (let entry = 0; entry < table.count; entry++) {
    const messages = table.messages[entry] ?? 0
    const most = best < 0 ? 0 : (table.messages[best] ?? 0)
    if (messages > most || (messages === most && isBefore(table, entry, best))) best = entry
  }
  if (best < 0) return NO_REACTION.repeated
  return { messages: table.messages[best] ?? 0, people: table.people[best] ?? 0, text: textAt(table, best).trimEnd() }
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
