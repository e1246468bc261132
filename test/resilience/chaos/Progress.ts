/**
 * The progress of the tasks: measures how long the tasks that a fault hit needed until they
 * committed again.
 */
import { Clock, Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type CheckpointPosition, watchCheckpoints } from "../../harness/Checkpoints.ts"

/** The fields of a task's checkpoint that mark its progress. */
export type Position = Pick<CheckpointPosition, "epoch" | "flush" | "owner">

export interface Progress {
  /** The newest position by source partition. */
  readonly positions: () => ReadonlyMap<number, Position>
  /**
   * Milliseconds from `sinceMs` (the clock) until every one of these tasks has committed again, by
   * a new owner if `takenOver`. `undefined` if one has not within {@link PATIENCE_MS}.
   */
  readonly recovery: (
    tasks: ReadonlyArray<number>,
    sinceMs: number,
    takenOver: boolean
  ) => Effect.Effect<number | undefined>
}

const CHECK_EVERY = "100 millis"
export const PATIENCE_MS = 480_000

export const watchProgress = (sql: SqlClient, schema: string): Effect.Effect<Progress, never, Scope.Scope> =>
  Effect.gen(function* () {
    const positions = new Map<number, Position>()
    yield* watchCheckpoints(sql, schema, CHECK_EVERY, (read) => {
      for (const position of read) positions.set(position.task, position)
    })

    const recovery: Progress["recovery"] = Effect.fnUntraced(function* (tasks, sinceMs, takenOver) {
      const before = new Map(positions)
      const taken = new Map<number, Position>()
      const isBack = (task: number): boolean => {
        const then = before.get(task)
        const now = positions.get(task)
        if (now === undefined || then === undefined) return now !== undefined
        // A commit that was on its way when the fault struck is not yet a recovery.
        if (!takenOver) return now.flush > then.flush + 1
        if (now.epoch === then.epoch) return false
        const first = taken.get(task)
        if (first === undefined) taken.set(task, now)
        return first !== undefined && now.flush > first.flush
      }
      while (true) {
        // Checks each of them, so that no change of owner is missed.
        const back = tasks.map(isBack)
        const tookMs = (yield* Clock.currentTimeMillis) - sinceMs
        if (back.every((is) => is)) return tookMs
        if (tookMs > PATIENCE_MS) return undefined
        yield* Effect.sleep(CHECK_EVERY)
      }
    })
    return { positions: () => positions, recovery }
  })
