/**
 * The messages in the streams of one input, and each stream's reaction over a span of panes. The
 * result depends on no order of messages.
 *
 * Cost: a message is read once, when it is added: its user, and its first words up to a bound
 * (PaneMessages.ts). Each span that holds it reads each of its words again, if the stream has
 * {@link NAMED_PEOPLE} people. Nothing is allocated per message. Memory: about 60 bytes a message
 * in the panes that are kept, and the distinct words.
 */
import type { EventColumns } from "../domain/EventColumns.ts"
import { outside } from "../domain/Invariant.ts"
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../domain/Reaction.ts"
import { Agreement } from "./Agreement.ts"
import { PaneMessages } from "./PaneMessages.ts"
import { StreamSpan } from "./StreamSpan.ts"
import { Vocabulary } from "./Vocabulary.ts"
import { Voices } from "./Voices.ts"

/**
 * The vocabulary is renewed when it holds more than three times what the last renewal kept, and so
 * many more.
 */
const FEWEST_SPELLINGS = 1 << 16
const FEWEST_BYTES = 1 << 20
/** A span's room for more numbers than this is not kept. */
const MOST_NUMBERS = 1 << 20

export class Reactions {
  readonly #panes = new Map<number, PaneMessages>()
  /** Panes that were dropped, for their room. */
  readonly #free: Array<PaneMessages> = []
  #recent = new PaneMessages()
  #recentPane = Number.NaN
  /** Panes before it were dropped (open bound). */
  #first = Number.NEGATIVE_INFINITY
  /** The panes of the span opened last. */
  #opened: Array<PaneMessages> = []
  #span = new StreamSpan()
  #vocabulary = new Vocabulary()
  #agreement = new Agreement(this.#vocabulary)
  #mostSpellings = FEWEST_SPELLINGS
  #mostBytes = FEWEST_BYTES

  /**
   * Adds a message, an event of the columns, to a stream: a small integer that its owner gives out.
   * A message of a pane that was dropped is ignored, since no later span reaches the pane.
   */
  add(stream: number, pane: number, columns: EventColumns, event: number): void {
    if (pane !== this.#recentPane) {
      if (pane < this.#first) return
      let messages = this.#panes.get(pane)
      if (messages === undefined) this.#panes.set(pane, (messages = this.#free.pop() ?? new PaneMessages()))
      this.#recent = messages
      this.#recentPane = pane
    }
    this.#recent.add(stream, columns, event, this.#vocabulary)
  }

  /** Makes the messages of the panes from `first` to `last`, both closed, ready. */
  open(first: number, last: number): void {
    this.#opened = []
    for (let pane = first; pane <= last; pane++) {
      const messages = this.#panes.get(pane)
      if (messages !== undefined) this.#opened.push(messages)
    }
  }

  /**
   * The stream's reaction in the span opened last; {@link NO_REACTION} if the stream is silent
   * there.
   */
  of(stream: number): Reaction {
    const span = this.#span
    span.gather(this.#opened, stream)
    if (span.messages === 0) return NO_REACTION
    span.linkPeople()
    const { messages, people } = span
    if (people >= NAMED_PEOPLE) return this.#agreement.of(span)
    return {
      people,
      messages,
      unison: 0,
      shared: undefined,
      repeated: NO_REACTION.repeated,
      moodTexts: 0,
      moodMicro: 0
    }
  }

  /**
   * The stream's messages in the span opened last, `undefined` if it is silent there. A copy, valid
   * after eviction.
   */
  voices(stream: number): Voices | undefined {
    this.#span.gather(this.#opened, stream)
    return this.#span.messages === 0 ? undefined : new Voices(this.#span, this.#vocabulary)
  }

  /**
   * Drops the panes before `first` (open bound). O(streams), and O(messages) when the vocabulary
   * has grown by much.
   */
  evictBefore(first: number): void {
    this.#first = Math.max(this.#first, first)
    this.#opened = []
    this.#recentPane = Number.NaN
    for (const [pane, messages] of this.#panes) {
      if (pane >= first) continue
      this.#panes.delete(pane)
      if (messages.clear()) this.#free.push(messages)
    }
    if (this.#span.numbers.length > MOST_NUMBERS) {
      this.#span = new StreamSpan()
      this.#agreement = new Agreement(this.#vocabulary)
    }
    if (this.#vocabulary.count > this.#mostSpellings || this.#vocabulary.byteCount > this.#mostBytes)
      this.#renewVocabulary()
  }

  /** Keeps the words that messages hold. */
  #renewVocabulary(): void {
    const before = this.#vocabulary
    const after = new Vocabulary()
    const numbers = new Int32Array(before.count).fill(-1)
    const numberOf = (word: number): number => {
      const known = numbers[word] ?? outside()
      return known >= 0 ? known : (numbers[word] = after.numberFrom(before, word))
    }
    for (const messages of this.#panes.values()) messages.renumber(numberOf)
    this.#vocabulary = after
    this.#agreement = new Agreement(after)
    this.#mostSpellings = FEWEST_SPELLINGS + 3 * after.count
    this.#mostBytes = FEWEST_BYTES + 3 * after.byteCount
  }
}
