/**
 * The messages in the streams of one input, and each stream's reaction over a span of panes. The
 * result depends on no order of messages.
 *
 * Cost: a message is read once, when it is added: its user, and its first words up to a bound
 * (PaneMessages.ts). Each span that holds it reads each of its words again, if the stream has
 * {@link NAMED_PEOPLE} people. If a span has many panes, a busy stream's is kept from window to
 * window (SlidingSpan.ts) and reads a message once. Nothing is allocated per message. Memory: about
 * 60 bytes a message in the panes that are kept, up to 400 in a kept span, and the distinct words.
 */
import type { EventColumns } from "../domain/EventColumns.ts"
import { outside } from "../domain/Invariant.ts"
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../domain/Reaction.ts"
import { Agreement } from "./Agreement.ts"
import { KeptSpan } from "./KeptSpan.ts"
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
/**
 * A span is kept if it has at least so many panes and messages. With fewer panes, most of it
 * changes from window to window. No further span is kept while the kept ones have room for so many
 * messages.
 */
const KEPT_PANES = 4
const KEPT_MESSAGES = 64
const MOST_KEPT = 1 << 17
/** Other spans' room for more numbers than this is released. */
const MOST_NUMBERS = 1 << 20

const EMPTY = new PaneMessages()

export class Reactions {
  readonly #panes = new Map<number, PaneMessages>()
  /** Panes that were dropped, for their room. */
  readonly #free: Array<PaneMessages> = []
  #recent = new PaneMessages()
  #recentPane = Number.NaN
  /** Panes before it were dropped (open bound). */
  #first = Number.NEGATIVE_INFINITY
  /** The panes of the span opened last, and the first of them. */
  #opened: Array<PaneMessages> = []
  #openedFirst = 0
  /** The pane with the most messages of the stream that was counted last, from the first on. */
  #busiest = 0
  /** The spans that are kept, by stream. */
  readonly #kept = new Map<number, KeptSpan>()
  /** How many messages they have room for: as of the last eviction, and those that came since. */
  #keptRoom = 0
  /** For all other streams, one after the other. */
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
    this.#openedFirst = first
    for (let pane = first; pane <= last; pane++) this.#opened.push(this.#panes.get(pane) ?? EMPTY)
  }

  /**
   * The stream's reaction in the span opened last; {@link NO_REACTION} if the stream is silent
   * there.
   */
  of(stream: number): Reaction {
    const messages = this.#messagesOf(stream)
    if (messages === 0) return NO_REACTION
    const kept = this.#keptOf(stream, messages)
    if (kept !== undefined) return kept.of(this.#opened, this.#openedFirst, stream, this.#vocabulary, this.#busiest)
    const span = this.#span
    span.gather(this.#opened, stream)
    span.linkPeople()
    const { people } = span
    const busiest = this.#busiest
    return people >= NAMED_PEOPLE ? this.#agreement.of(span, busiest) : { ...NO_REACTION, people, messages, busiest }
  }

  /**
   * The stream's messages in the span opened last, `undefined` if it is silent there. A copy, valid
   * after eviction.
   */
  voices(stream: number): Voices | undefined {
    this.#span.gather(this.#opened, stream)
    return this.#span.messages === 0
      ? undefined
      : new Voices(
          this.#span,
          this.#vocabulary,
          this.#opened.map((pane) => pane.countOf(stream))
        )
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
    this.#keptRoom = 0
    for (const [stream, span] of this.#kept) {
      if (span.lastPane < first) this.#kept.delete(stream)
      else this.#keptRoom += span.room
    }
    if (this.#span.numbers.length > MOST_NUMBERS) {
      this.#span = new StreamSpan()
      this.#agreement = new Agreement(this.#vocabulary)
    }
    if (this.#vocabulary.count > this.#mostSpellings || this.#vocabulary.byteCount > this.#mostBytes)
      this.#renewVocabulary()
  }

  /** How many messages the stream has in the span opened last. Finds its busiest pane too. */
  #messagesOf(stream: number): number {
    let messages = 0
    let most = 0
    this.#busiest = 0
    for (let pane = 0; pane < this.#opened.length; pane++) {
      const count = (this.#opened[pane] ?? outside()).countOf(stream)
      messages += count
      if (count <= most) continue
      most = count
      this.#busiest = pane
    }
    return messages
  }

  /** The stream's span, if it is kept: one with so many messages. */
  #keptOf(stream: number, messages: number): KeptSpan | undefined {
    if (this.#opened.length < KEPT_PANES) return undefined
    let span = this.#kept.get(stream)
    if (messages < KEPT_MESSAGES) {
      this.#kept.delete(stream)
      return undefined
    }
    if (span === undefined && this.#keptRoom < MOST_KEPT) {
      this.#kept.set(stream, (span = new KeptSpan()))
      this.#keptRoom += messages
    }
    return span
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
    this.#kept.clear()
    this.#mostSpellings = FEWEST_SPELLINGS + 3 * after.count
    this.#mostBytes = FEWEST_BYTES + 3 * after.byteCount
  }
}
