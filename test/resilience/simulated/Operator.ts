/** An operator who changes the sensitivity while things go wrong. */
import { Effect } from "effect"
import { changed, NO_SENSITIVITY, SENSITIVE_TYPES, type Sensitivity } from "../../../src/domain/Sensitivity.ts"
import type { Feed } from "../../../src/pipeline/SensitivityFeed.ts"
import { Random } from "../../harness/Random.ts"
import type { Process, Simulation } from "./Simulation.ts"
import type { Tables } from "./Tables.ts"

/** Names of streams in the histories, and one that does not occur. */
const STREAMS = ["a", "b", "nobody", null] as const

export class Operator {
  readonly #simulation: Simulation
  readonly #tables: Tables
  readonly #random: Random
  #newest: Sensitivity = NO_SENSITIVITY

  /** Draws from numbers of its own, so that the seed's other decisions stay. */
  constructor(simulation: Simulation, tables: Tables, seed: number) {
    this.#simulation = simulation
    this.#tables = tables
    this.#random = new Random(seed ^ 0x5e75)
  }

  /** Changes something at random times until `durationMs`. */
  work(durationMs: number): void {
    const pauseMs = this.#random.between(50, 1500)
    if (this.#simulation.nowMs + pauseMs >= durationMs) return
    this.#simulation.after(pauseMs, () => {
      this.#change()
      this.work(durationMs)
    })
  }

  #change(): void {
    const random = this.#random
    const change = Effect.runSync(
      this.#tables.contents.setSensitivity({
        stream: random.pick(STREAMS),
        type: random.chance(0.5) ? null : random.pick(SENSITIVE_TYPES),
        threshold: random.chance(0.2) ? null : 0.5 + 5 * random.next()
      })
    )
    this.#newest = changed(this.#newest, [change])
    this.#simulation.log(`sensitivity: ${JSON.stringify(change)}`)
  }

  /** The feed of a process, which learns of changes late. */
  feedOf(process: Process): Feed {
    let known: Sensitivity = NO_SENSITIVITY
    const learn = (): void => {
      if (process.state === "dead") return
      known = this.#newest
      this.#simulation.after(this.#random.between(50, 2000), learn)
    }
    learn()
    return { newest: () => known }
  }
}
