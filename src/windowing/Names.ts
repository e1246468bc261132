/** Numbers in place of texts, from 0 on. A number is given again once its text was dropped, so that columns by number are as long as there were ever texts at a time. */
export class Names {
  readonly #numbers = new Map<string, number>()
  /** By number; empty where it is free. */
  readonly #texts: Array<string> = []
  readonly #free: Array<number> = []

  /** How many texts have a number. */
  get size(): number {
    return this.#numbers.size
  }

  /** All numbers are below it. */
  get end(): number {
    return this.#texts.length
  }

  /** The text's number, a new one where it has none. */
  numberOf(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#free.pop() ?? this.#texts.length
      this.#numbers.set(text, number)
      this.#texts[number] = text
    }
    return number
  }

  textOf(number: number): string {
    return this.#texts[number] ?? ""
  }

  /** Nobody uses the number any more. */
  drop(number: number): void {
    this.#numbers.delete(this.textOf(number))
    this.#texts[number] = ""
    this.#free.push(number)
  }
}
