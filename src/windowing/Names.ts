/**
 * Assigns numbers to texts, from 0 on. A dropped text's number is reused, so columns by number are
 * as long as the most texts at a time.
 */
import { present } from "../domain/Invariant.ts"

/** A Map holds no more than 2^24 entries. */
const MAX_MAP_SIZE = 2 ** 24

export class Names {
  /** By text. The first has room as long as there are few texts; each text is in one of them. */
  readonly #numbers: Array<Map<string, number>> = [new Map()]
  /** By number; empty where it is free. */
  readonly #texts: Array<string> = []
  readonly #free: Array<number> = []

  /** How many texts have a number. */
  get size(): number {
    return this.#texts.length - this.#free.length
  }

  /** All numbers are below it. */
  get end(): number {
    return this.#texts.length
  }

  /** The text's number; -1 if it has none. */
  find(text: string): number {
    for (const numbers of this.#numbers) {
      const number = numbers.get(text)
      if (number !== undefined) return number
    }
    return -1
  }

  /** The text's number, a new one where it has none. */
  numberOf(text: string): number {
    const found = this.find(text)
    if (found >= 0) return found
    const number = this.#free.pop() ?? this.#texts.length
    let numbers = this.#numbers.find(({ size }) => size < MAX_MAP_SIZE)
    if (numbers === undefined) this.#numbers.push((numbers = new Map()))
    numbers.set(text, number)
    this.#texts[number] = text
    return number
  }

  textOf(number: number): string {
    return present(this.#texts[number], "the number belongs to a text")
  }

  /** Releases a number for reuse. */
  drop(number: number): void {
    const text = this.textOf(number)
    for (const numbers of this.#numbers) if (numbers.delete(text)) break
    this.#texts[number] = ""
    this.#free.push(number)
  }
}
