/** The messages of one stream in one reaction span, person by person. Reused for one stream after the other. A message is known by where it begins in {@link numbers}; 0 = none. */
import { HashIndex } from "./HashIndex.ts"
import { NEXT, type Said, SIZE, USER_HASH, USER_LENGTH, WORD, WORDS } from "./Said.ts"

/** The first message, if there is one. */
export const FIRST = 1

export class StreamSpan {
  /** As in Said.ts. */
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
  gather(panes: ReadonlyArray<Said>, stream: number): void {
    this.#end = FIRST
    this.messages = 0
    for (const said of panes) {
      this.#end = said.copyTo(stream, this, this.#end)
      this.messages += said.countOf(stream)
    }
  }

  /** The message after another one, as they stand; beyond the last one there is none. */
  after(message: number): number {
    return message + (this.numbers[message + SIZE] ?? 0)
  }

  /** Links each person's messages. */
  linkPeople(): void {
    const index = this.#index
    const { numbers } = this
    index.clear(this.messages)
    if (this.messages > this.#lasts.length) this.#lasts = new Int32Array(2 * this.messages)
    for (let message = FIRST; message < this.#end; message = this.after(message)) {
      let person = index.first(numbers[message + USER_HASH] ?? 0)
      while (person >= 0 && !this.#isSameUser(this.lastOf(person), message)) person = index.next()
      numbers[message + NEXT] = person < 0 ? 0 : this.lastOf(person)
      if (person < 0) person = index.take()
      this.#lasts[person] = message
    }
  }

  lastOf(person: number): number {
    return this.#lasts[person] ?? 0
  }

  /** The message of the same person that is linked to. */
  nextOf(message: number): number {
    return this.numbers[message + NEXT] ?? 0
  }

  #isSameUser(a: number, b: number): boolean {
    const { numbers } = this
    if (numbers[a + USER_LENGTH] !== numbers[b + USER_LENGTH]) return false
    const end = this.after(a)
    const shift = b + (numbers[b + WORDS] ?? 0) - a - (numbers[a + WORDS] ?? 0)
    for (let at = a + WORD + (numbers[a + WORDS] ?? 0); at < end; at++) {
      if (numbers[at] !== numbers[at + shift]) return false
    }
    return true
  }
}
