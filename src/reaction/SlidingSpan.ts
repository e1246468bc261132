/**
 * The reaction of one stream within a span of messages that moves forward: the oldest leave, new
 * ones come.
 *
 * A message is read once, when it comes. Its user, its text and the words of a new text get numbers
 * then. All that the span keeps of it is a row of four numbers. When the span moves, it counts
 * again the words of those people who wrote a message that leaves or comes. Texts are counted from
 * the rows. Users, texts and words that have left keep their numbers until the span is cleared.
 */
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../domain/Reaction.ts"
import { type PaneMessages, SCORE, SIZE, TEXT_HASH, USER_HASH, WORD, WORDS } from "./PaneMessages.ts"
import { Sequences } from "./Sequences.ts"
import { TextCounts } from "./TextCounts.ts"
import { compareTexts, spelled, textWords } from "./Texts.ts"
import type { Vocabulary } from "./Vocabulary.ts"
import { WordPeople } from "./WordPeople.ts"

/** Numbers of a row: the user, the row of their message before, the text, the score. -1 = none. */
const USER = 0
const BEFORE = 1
const TEXT = 2
const MOOD = 3
const ROW = 4

export class SlidingSpan {
  readonly #users = new Sequences()
  readonly #texts = new Sequences()
  readonly #words = new WordPeople()
  readonly #counts = new TextCounts()
  /** The words of the texts as numbers of `#words`, by their position in the texts. */
  #wordNumbers = new Int32Array(256)
  /** The messages in the order in which they came. The span is the rows [from, end). */
  #rows = new Int32Array(ROW * 64)
  #from = 0
  #end = 0
  /** By user: the row of their last message, and the round that met them last. */
  #lasts = new Int32Array(64)
  #met = new Int32Array(64)
  #round = 0
  /** How many people wrote the messages. */
  #people = 0

  /** How many messages the span has. */
  get messages(): number {
    return this.#end - this.#from
  }

  /** How many messages have left since the span was cleared. */
  get left(): number {
    return this.#from
  }

  /** How many messages there is room for. */
  get room(): number {
    return this.#rows.length / ROW
  }

  /** Forgets all messages. `expected`: how many will come, each with a new word; more may. */
  clear(expected: number): void {
    this.#users.clear(expected)
    this.#texts.clear(expected)
    this.#words.clear(expected)
    this.#from = 0
    this.#end = 0
    this.#people = 0
    this.#round = 0
  }

  /** The first messages leave, so many. The stream's messages in the panes come. */
  move(leaving: number, panes: ReadonlyArray<PaneMessages>, stream: number): void {
    const from = this.#from
    const end = this.#end
    this.#from += leaving
    for (const pane of panes) pane.each(stream, this.#add)
    this.#round++
    for (let row = from; row < this.#from; row++) this.#recount(this.#userOf(row), from, end)
    for (let row = end; row < this.#end; row++) this.#recount(this.#userOf(row), from, end)
  }

  /** `busiest`: the pane of the span with the most messages. */
  reaction(vocabulary: Vocabulary, busiest: number): Reaction {
    const { messages } = this
    const people = this.#people
    if (people < NAMED_PEOPLE) return { ...NO_REACTION, people, messages, busiest }
    this.#countTexts()
    const shared = this.#words.shared(vocabulary)
    return {
      people,
      messages,
      busiest,
      unison: shared < 0 ? 0 : this.#words.peopleOf(shared),
      shared: shared < 0 ? undefined : vocabulary.textOf(this.#words.wordOf(shared)),
      repeated: this.#repeated(vocabulary),
      ...this.#counts.moods()
    }
  }

  /** Adds a message of a pane as a row. */
  readonly #add = (data: Int32Array, message: number): void => {
    const row = this.#end++
    if (ROW * row === this.#rows.length) this.#rows = grown(this.#rows, new Int32Array(2 * ROW * row))
    const wordsEnd = message + WORD + (data[message + WORDS] ?? outside())
    const users = this.#users.count
    const user = this.#users.numberOf(
      data[message + USER_HASH] ?? outside(),
      data,
      wordsEnd,
      message + (data[message + SIZE] ?? outside())
    )
    const isNew = user === users
    if (isNew) this.#welcome(user)
    const at = ROW * row
    this.#rows[at + USER] = user
    this.#rows[at + BEFORE] = isNew ? -1 : (this.#lasts[user] ?? outside())
    this.#rows[at + TEXT] = wordsEnd > message + WORD ? this.#textOf(data, message, wordsEnd) : -1
    this.#rows[at + MOOD] = data[message + SCORE] ?? outside()
    this.#lasts[user] = row
  }

  #welcome(user: number): void {
    if (user === this.#lasts.length) {
      this.#lasts = grown(this.#lasts, new Int32Array(2 * user))
      this.#met = grown(this.#met, new Int32Array(2 * user))
    }
    this.#met[user] = 0
  }

  /** The text of a message, whose words get numbers when it is new. */
  #textOf(data: Int32Array, message: number, wordsEnd: number): number {
    const texts = this.#texts.count
    const text = this.#texts.numberOf(data[message + TEXT_HASH] ?? outside(), data, message + WORD, wordsEnd)
    if (text < texts) return text
    const start = this.#texts.startOf(text)
    const end = this.#texts.endOf(text)
    if (end > this.#wordNumbers.length) this.#wordNumbers = grown(this.#wordNumbers, new Int32Array(2 * end))
    for (let at = start; at < end; at++)
      this.#wordNumbers[at] = this.#words.numberOf(this.#texts.numbers[at] ?? outside())
    return text
  }

  /** Counts a person's words again, once in a round. The span was [from, end) before the move. */
  #recount(user: number, from: number, end: number): void {
    if (this.#met[user] === this.#round) return
    this.#met[user] = this.#round
    const wrote = from < end && this.#countWords(user, from, end, -1)
    const writes = this.#countWords(user, this.#from, this.#end, 1)
    this.#people += Number(writes) - Number(wrote)
  }

  /** Counts the distinct words of a user in the rows [from, end). Whether there are messages. */
  #countWords(user: number, from: number, end: number, change: number): boolean {
    const rows = this.#rows
    let wrote = false
    this.#words.visit()
    for (let row = this.#lasts[user] ?? outside(); row >= from; row = rows[ROW * row + BEFORE] ?? outside()) {
      if (row >= end) continue
      wrote = true
      const text = rows[ROW * row + TEXT] ?? outside()
      if (text < 0) continue
      const textEnd = this.#texts.endOf(text)
      for (let at = this.#texts.startOf(text); at < textEnd; at++)
        this.#words.count(this.#wordNumbers[at] ?? outside(), change)
    }
    return wrote
  }

  #countTexts(): void {
    const rows = this.#rows
    const counts = this.#counts
    counts.clear(this.#texts.count)
    for (let at = ROW * this.#from; at < ROW * this.#end; at += ROW) {
      const text = rows[at + TEXT] ?? outside()
      if (text >= 0) counts.add(text, rows[at + MOOD] ?? outside())
    }
  }

  #repeated(vocabulary: Vocabulary): Reaction["repeated"] {
    const texts = this.#texts
    const wordsOf = (text: number): Int32Array =>
      textWords(vocabulary, texts.numbers, texts.startOf(text), texts.endOf(text))
    const repeated = this.#counts.repeated((a, b) => compareTexts(vocabulary, wordsOf(a), wordsOf(b)))
    if (repeated < 0) return NO_REACTION.repeated
    return {
      messages: this.#counts.messagesOf(repeated),
      people: this.#peopleWith(repeated),
      text: spelled(vocabulary, wordsOf(repeated))
    }
  }

  /** How many people wrote a text. */
  #peopleWith(text: number): number {
    this.#round++
    let people = 0
    for (let row = this.#from; row < this.#end; row++) {
      if (this.#rows[ROW * row + TEXT] !== text) continue
      const user = this.#userOf(row)
      if (this.#met[user] === this.#round) continue
      this.#met[user] = this.#round
      people++
    }
    return people
  }

  #userOf(row: number): number {
    return this.#rows[ROW * row + USER] ?? outside()
  }
}
