/** The CPU time of a process over the time of day: on a machine that others use too it says how long something takes at least. */
import { Clock, Effect, type Scope } from "effect"
import { statOf } from "../Proc.ts"

/** How exact it is. */
const LOOK_EVERY_MS = 50

/** Looks at the process until the scope ends; gives its CPU time up to an instant, both in ms. */
export const watchCpu = (pid: number): Effect.Effect<(atMs: number) => number, never, Scope.Scope> =>
  Effect.gen(function* () {
    const samples: Array<{ readonly atMs: number; readonly cpuMs: number }> = []
    yield* Effect.gen(function* () {
      const cpu = statOf(pid)?.cpu
      if (cpu !== undefined) samples.push({ atMs: yield* Clock.currentTimeMillis, cpuMs: cpu * 1000 })
      yield* Effect.sleep(LOOK_EVERY_MS)
    }).pipe(Effect.forever, Effect.forkScoped)
    return (atMs) => samples.findLast((sample) => sample.atMs <= atMs)?.cpuMs ?? samples[0]?.cpuMs ?? 0
  })
