/** Times a case with tinybench: its ways in turn, round by round. */
import { Bench } from "tinybench"
import { type Spread, spreadOf } from "../Results.ts"
import type { Case, Way } from "./Case.ts"

/** A way, with the time that each round's median run takes. */
export interface Timed {
  readonly name: string
  /** For one of the case's units. */
  readonly nanoseconds: Spread
  /** Its time over ours, taken within each round, since a machine's speed drifts. */
  readonly ratio: Spread
}

export interface Measured {
  readonly name: string
  readonly unit: string
  readonly count: number
  readonly ours: Timed
  readonly naive: Timed
  readonly floor: Timed | undefined
}

export interface MeasureOptions {
  readonly rounds: number
  /** Of each way in each round, at least; three runs, where those take longer. */
  readonly timeMs: number
}

/** The median run, in milliseconds. */
const time = async ({ before, name, run }: Way, timeMs: number): Promise<number> => {
  const bench = new Bench({ time: timeMs, iterations: 3, warmupTime: timeMs / 2, warmupIterations: 2, throws: true })
  bench.add(name, run, before === undefined ? {} : { beforeEach: async () => void (await before()) })
  const [task] = await bench.run()
  if (task?.result.state !== "completed") throw new Error(`${name} has not run to its end`)
  return task.result.latency.p50
}

/** Throws where the naive form gives something else. */
export const measure = async (one: Case, { rounds, timeMs }: MeasureOptions): Promise<Measured> => {
  await one.assertEqual()
  const ways = [one.ours, one.naive, ...(one.floor === undefined ? [] : [one.floor])]
  const runMs = ways.map((): Array<number> => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, way] of ways.entries()) runMs[index]?.push(await time(way, timeMs))
  const timed = (way: Way): Timed => {
    const itsMs = runMs[ways.indexOf(way)] ?? []
    return {
      name: way.name,
      nanoseconds: spreadOf(itsMs.map((ms) => (ms * 1e6) / one.count)),
      ratio: spreadOf(itsMs.map((ms, round) => ms / (runMs[0]?.[round] ?? Number.NaN)))
    }
  }
  return {
    name: one.name,
    unit: one.unit,
    count: one.count,
    ours: timed(one.ours),
    naive: timed(one.naive),
    floor: one.floor === undefined ? undefined : timed(one.floor)
  }
}
