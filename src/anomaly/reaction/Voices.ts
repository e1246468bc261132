/** What one stream says within a reaction span in one input, for tasks whose chat comes from several inputs. */
import type { Utf8 } from "../../domain/Utf8.ts"

/** Numbers of a message. */
const USER_END = 0
const TEXT_END = 1
const SCORE = 2
const MESSAGE = 3

/** Messages in the order in which they were added: of each its user and text as bytes, and its score in millionths. */
export class Voices {
  #bytes = new Uint8Array(64)
  #messages = new Int32Array(MESSAGE * 4)
  count = 0

  add(user: Utf8, text: Utf8, scoreMicro: number): void {
    const at = this.count * MESSAGE
    const start = at === 0 ? 0 : (this.#messages[at - MESSAGE + TEXT_END] ?? 0)
    const userEnd = start + user.end - user.start
    const textEnd = userEnd + text.end - text.start
    if (textEnd > this.#bytes.length) this.#bytes = longer(this.#bytes, new Uint8Array(2 * textEnd))
    if (at === this.#messages.length) this.#messages = longer(this.#messages, new Int32Array(2 * at))
    this.#bytes.set(user.bytes.subarray(user.start, user.end), start)
    this.#bytes.set(text.bytes.subarray(text.start, text.end), userEnd)
    this.#messages[at + USER_END] = userEnd
    this.#messages[at + TEXT_END] = textEnd
    this.#messages[at + SCORE] = scoreMicro
    this.count++
  }

  /** Gives each message. */
  forEach(use: (user: Utf8, text: Utf8, scoreMicro: number) => void): void {
    const bytes = this.#bytes
    let start = 0
    for (let at = 0; at < this.count * MESSAGE; at += MESSAGE) {
      const userEnd = this.#messages[at + USER_END] ?? 0
      const textEnd = this.#messages[at + TEXT_END] ?? 0
      use({ bytes, start, end: userEnd }, { bytes, start: userEnd, end: textEnd }, this.#messages[at + SCORE] ?? 0)
      start = textEnd
    }
  }
}

const longer = <A extends Uint8Array | Int32Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
