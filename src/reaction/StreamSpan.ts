/**
 * The messages of one stream in one reaction span, person by person. Reused for one stream after
 * the other. A message is known by where it begins in {@link numbers}; 0 = none.
 */
import { outside } from "../domain/Invariant.ts"
import { HashIndex } from "./HashIndex.ts"
import { NEXT, type PaneMessages, SIZE, USER_HASH, USER_LENGTH, WORD, WORDS } from "./PaneMessages.ts"

/** The first message, if there is one. */
export const FIRST = 1

export class StreamSpan {
  /** The messages, in the layout of PaneMessages.ts. */
  numbers = new Int32Array(1024)
  /** Where the messages end. */
  #end = FIRST
  /** How many messages there are. */
  messages = 0
  readonly #index = new HashIndex()
  /** By person: their message that came last. */
  #lasts = new Int32Array(64)

  /** How many people wrote the messages. */
  get people(): number {
    return this.#index.count
  }

  /** Takes the messages of a stream in the panes. */
  gather(panes: ReadonlyArray<PaneMessages>, stream: number): void {
    this.#end = FIRST
    this.messages = 0
    for (const pane of panes) {
      this.#end = pane.copyTo(stream, this, this.#end)
      this.messages += pane.countOf(stream)
    }
  }

  /** The next message in memory; past the last message the result is the end. */
  after(message: number): number {
    return message + (this.numbers[message + SIZE] ?? outside())
  }

  /** Links each person's messages. */
  linkPeople(): void {
    const index = this.#index
    const { numbers } = this
    index.clear(this.messages)
    if (this.messages > this.#lasts.length) this.#lasts = new Int32Array(2 * this.messages)
    for (let message = FIRST; message < this.#end; message = this.after(message)) {
      let person = index.first(numbers[message + USER_HASH] ?? outside())
      while (person >= 0 && !this.#isSameUser(this.lastOf(person), message)) person = index.next()
      numbers[message + NEXT] = person < 0 ? 0 : this.lastOf(person)
      if (person < 0) person = index.take()
      this.#lasts[person] = message
    }
  }

  lastOf(person: number): number {
    return this.#lasts[person] ?? outside()
  }

  /** The message of the same person that is linked to. */
  nextOf(message: number): number {
    return this.numbers[message + NEXT] ?? outside()
  }

  #isSameUser(a: number, b: number): boolean {
    const { numbers } = this
    if (numbers[a + USER_LENGTH] !== numbers[b + USER_LENGTH]) return false
    const end = this.after(a)
    // A user comes after the words.
    let userB = b + WORD + (numbers[b + WORDS] ?? outside())
    for (let userA = a + WORD + (numbers[a + WORDS] ?? outside()); userA < end; userA++) {
      if (numbers[userA] !== numbers[userB++]) return false
    }
    return true
  }
}
