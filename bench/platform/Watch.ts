/**
 * Watches a running worker: CPU of all parties since the start, and each second its memory and its
 * lag.
 */
import { Clock, Effect, type Scope } from "effect"
import { familyCpu, machineCpu, residentMiB, statOf } from "../Proc.ts"
import type { Sample } from "./Results.ts"

/** Processor time in seconds. */
export interface Spent {
  readonly worker: number
  readonly broker: number
  readonly postgres: number
  /** All other processes, the producer included. */
  readonly others: number
  /** CPU that the host withheld. */
  readonly stolen: number
}

export interface Watched {
  readonly workerPid: number
  readonly brokerPid: number
  readonly postmasterPid: number
}

const spentBy = ({ brokerPid, postmasterPid, workerPid }: Watched): Spent => {
  const { busy, stolen } = machineCpu()
  const worker = statOf(workerPid)?.cpu ?? 0
  const broker = statOf(brokerPid)?.cpu ?? 0
  const postgres = familyCpu(postmasterPid)
  const own = statOf("self")?.cpu ?? 0
  return { worker, broker, postgres, others: busy - worker - broker - postgres - own, stolen }
}

/** Watches until the scope closes. Returns the CPU since this moment. */
export const watch = (
  watched: Watched,
  lag: Effect.Effect<number>,
  samples: Array<Sample>
): Effect.Effect<() => Spent, never, Scope.Scope> =>
  Effect.gen(function* () {
    const before = spentBy(watched)
    const startedMs = yield* Clock.currentTimeMillis
    yield* Effect.gen(function* () {
      const lagRecords = yield* lag
      const atMs = yield* Clock.currentTimeMillis
      samples.push({
        second: (atMs - startedMs) / 1000,
        memoryMiB: residentMiB(watched.workerPid)?.now ?? Number.NaN,
        lagRecords
      })
      yield* Effect.sleep("1 second")
    }).pipe(Effect.forever, Effect.forkScoped)
    return () => {
      const now = spentBy(watched)
      return {
        worker: now.worker - before.worker,
        broker: now.broker - before.broker,
        postgres: now.postgres - before.postgres,
        others: now.others - before.others,
        stolen: now.stolen - before.stolen
      }
    }
  })
