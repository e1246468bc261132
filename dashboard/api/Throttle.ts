/** Does something soon after it is asked for, but not too often. */

/** Runs at once, or `everyMs` after its last run; asked for several times in between, once. */
export class Throttle {
  readonly #run: () => void
  readonly #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAsked = false

  constructor(run: () => void, everyMs: number) {
    this.#run = run
    this.#everyMs = everyMs
  }

  readonly ask = (): void => {
    if (this.#timer !== undefined) {
      this.#isAsked = true
      return
    }
    this.#isAsked = false
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isAsked) this.ask()
    }, this.#everyMs)
    this.#run()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isAsked = false
  }
}
