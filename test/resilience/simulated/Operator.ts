/**
 * An operator who changes the sensitivity while things go wrong. The check needs no oracle: the
 * stored rows are judged again under the stored versions. They must give the stored scores and
 * moments.
 */
import { Effect } from "effect"
import { Moments } from "../../../src/anomaly/Moments.ts"
import { changed, NO_SENSITIVITY, SENSITIVE_TYPES, type Sensitivity, stepsOf } from "../../../src/domain/Sensitivity.ts"
import type { PipelineSettings } from "../../../src/domain/Settings.ts"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
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

/** Errors in the scores and moments of a task whose windows never changed; empty = none. */
export const sensitivityFindings = (
  { sourcePartition }: TaskDefinition,
  { detection, window }: PipelineSettings,
  { contents }: Tables
): ReadonlyArray<string> => {
  const isOwn = (item: { readonly sourcePartition: number }): boolean => item.sourcePartition === sourcePartition
  const rows = Effect.runSync(contents.rows).filter(isOwn)
  if (rows.some(({ endMs, startMs }) => endMs - startMs !== window.sizeMs)) return []
  const applied = Effect.runSync(contents.sensitivityApplied).filter(isOwn)
  const moments = new Moments(window, detection)
  moments.thresholds.restore(stepsOf(Effect.runSync(contents.sensitivityChanges), applied, Number.NEGATIVE_INFINITY))
  const findings: Array<string> = []
  const found = new Map<string, string>()
  const describe = (m: (typeof stored)[number]): string => JSON.stringify([m.type, m.endedAtMs, m.intensity])
  const keyOf = (m: (typeof stored)[number]): string => JSON.stringify([m.stream, m.timestampMs, m.openedAs])
  const stored = Effect.runSync(contents.moments).filter(isOwn)
  for (const row of rows) {
    const judged = moments.step(row)
    if (judged.isAnomaly !== row.isAnomaly || judged.zScore !== row.zScore)
      findings.push(
        `row ${row.stream} ${row.endMs} of task ${sourcePartition}: ${row.zScore} ${row.isAnomaly}, and the stored versions give ${judged.zScore} ${judged.isAnomaly}`
      )
    for (const moment of judged.moments) {
      const written = { ...moment, sourcePartition, flush: 0 }
      found.set(keyOf(written), describe(written))
    }
  }
  for (const moment of stored) {
    const expected = found.get(keyOf(moment))
    if (expected !== describe(moment)) findings.push(`moment ${keyOf(moment)}: ${describe(moment)}, not ${expected}`)
    found.delete(keyOf(moment))
  }
  for (const [key, moment] of found) findings.push(`moment ${key}: missing, ${moment}`)
  return findings.slice(0, 5)
}
