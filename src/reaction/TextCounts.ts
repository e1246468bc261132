/** The messages and the mood of each text of a span. */
import { outside } from "../domain/Invariant.ts"
import { Leaders } from "./Leaders.ts"
import { stronger } from "./Texts.ts"

export class TextCounts {
  /** By text: its messages, and its mood in millionths. */
  #messages = new Int32Array(64)
  #moods = new Int32Array(64)
  #count = 0
  readonly #leaders = new Leaders()

  /** Forgets all counts. All texts are numbers below `count`. */
  clear(count: number): void {
    this.#count = count
    if (count > this.#messages.length) {
      this.#messages = new Int32Array(2 * count)
      this.#moods = new Int32Array(2 * count)
    } else {
      this.#messages.fill(0, 0, count)
      this.#moods.fill(0, 0, count)
    }
  }

  /** Counts a message. */
  add(text: number, score: number): void {
    this.#messages[text] = (this.#messages[text] ?? outside()) + 1
    this.#moods[text] = stronger(this.#moods[text] ?? outside(), score)
  }

  messagesOf(text: number): number {
    return this.#messages[text] ?? outside()
  }

  /** The text with the most messages, at least two; -1 if there is none. */
  repeated(compare: (a: number, b: number) => number): number {
    return this.#leaders.of(this.#messages, this.#count).first(compare)
  }

  /** How many texts have a mood, and the sum of their moods. */
  moods(): { readonly moodTexts: number; readonly moodMicro: number } {
    let moodTexts = 0
    let moodMicro = 0
    for (let text = 0; text < this.#count; text++) {
      const mood = this.#moods[text] ?? outside()
      if (mood === 0) continue
      moodTexts++
      moodMicro += mood
    }
    return { moodTexts, moodMicro }
  }
}
