/**
 * How far the tasks are, seen from the outside: by their rows in table `checkpoints`. Tells how
 * long the tasks that a fault hit needed until they committed again.
 */
import { Clock, Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** What a task's checkpoint says. */
export interface Standing {
  readonly epoch: number
  readonly flush: number
  readonly owner: string
}

export interface Progress {
  /** The newest standing by source partition. */
  readonly standings: () => ReadonlyMap<number, Standing>
  /**
   * Milliseconds from `sinceMs` (the clock) until every one of these tasks has committed anew, by a
   * new owner where `takenOver`. `undefined` where it has not within {@link PATIENCE_MS}.
   */
  readonly recovery: (
    tasks: ReadonlyArray<number>,
    sinceMs: number,
    takenOver: boolean
  ) => Effect.Effect<number | undefined>
}

const LOOK_EVERY = "100 millis"
export const PATIENCE_MS = 480_000

interface Row {
  readonly task: number
  readonly epoch: bigint
  readonly flush: bigint
  readonly owner: string | null
}

export const watchProgress = (sql: SqlClient, schema: string): Effect.Effect<Progress, never, Scope.Scope> =>
  Effect.gen(function* () {
    const standings = new Map<number, Standing>()
    const look = sql
      .unsafe<Row>(
        `SELECT source_partition AS task, epoch, flush, status ->> 'owner' AS owner FROM ${schema}.checkpoints`
      )
      .pipe(
        Effect.tap((rows) =>
          Effect.sync(() => {
            for (const { epoch, flush, owner, task } of rows) {
              standings.set(task, { epoch: Number(epoch), flush: Number(flush), owner: owner ?? "" })
            }
          })
        )
      )
    yield* look.pipe(
      // Away, or without tables at the start: the next look tells.
      Effect.timeout("2 seconds"),
      Effect.ignore,
      Effect.andThen(Effect.sleep(LOOK_EVERY)),
      Effect.forever,
      Effect.forkScoped
    )

    const recovery: Progress["recovery"] = Effect.fnUntraced(function* (tasks, sinceMs, takenOver) {
      const before = new Map(standings)
      const taken = new Map<number, Standing>()
      const isBack = (task: number): boolean => {
        const then = before.get(task)
        const now = standings.get(task)
        if (now === undefined || then === undefined) return now !== undefined
        // A commit that was on its way when the fault struck is not yet a recovery.
        if (!takenOver) return now.flush > then.flush + 1
        if (now.epoch === then.epoch) return false
        const first = taken.get(task)
        if (first === undefined) taken.set(task, now)
        return first !== undefined && now.flush > first.flush
      }
      while (true) {
        // Each of them is looked at, so that none misses its change of owner.
        const back = tasks.map(isBack)
        const tookMs = (yield* Clock.currentTimeMillis) - sinceMs
        if (back.every((is) => is)) return tookMs
        if (tookMs > PATIENCE_MS) return undefined
        yield* Effect.sleep(LOOK_EVERY)
      }
    })
    return { standings: () => standings, recovery }
  })
