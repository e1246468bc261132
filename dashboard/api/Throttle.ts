/** Limits how often a function runs. */

/** Runs at once, or `everyMs` after the last run. Several requests in between cause one run. */
export class Throttle {
  readonly #run: () => void
  readonly #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #isRequested = false

  constructor(run: () => void, everyMs: number) {
    this.#run = run
    this.#everyMs = everyMs
  }

  readonly request = (): void => {
    if (this.#timer !== undefined) {
      this.#isRequested = true
      return
    }
    this.#isRequested = false
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isRequested) this.request()
    }, this.#everyMs)
    this.#run()
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isRequested = false
  }
}
