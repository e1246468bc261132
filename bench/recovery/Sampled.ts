/** A value that is sampled while a scope is open, with the time of each sample. */
import { Clock, type Duration, Effect, type Scope } from "effect"

export interface Sampled {
  /**
   * The value of the last sample at or before an instant (closed bound); the first sample before
   * that; NaN if there is none.
   */
  readonly at: (ms: number) => number
  /** The values of all samples at or after an instant (closed bound). */
  readonly since: (ms: number) => ReadonlyArray<number>
}

/** Samples `probe` at this interval until the scope closes. `undefined` is no sample. */
export const sampled = (
  interval: Duration.Input,
  probe: () => number | undefined
): Effect.Effect<Sampled, never, Scope.Scope> =>
  Effect.gen(function* () {
    const samples: Array<{ readonly atMs: number; readonly value: number }> = []
    yield* Effect.gen(function* () {
      const value = probe()
      if (value !== undefined) samples.push({ atMs: yield* Clock.currentTimeMillis, value })
      yield* Effect.sleep(interval)
    }).pipe(Effect.forever, Effect.forkScoped)
    return {
      at: (ms) => (samples.findLast(({ atMs }) => atMs <= ms) ?? samples[0])?.value ?? Number.NaN,
      since: (ms) => samples.filter(({ atMs }) => atMs >= ms).map(({ value }) => value)
    }
  })
