/**
 * The positions of the tasks in table `checkpoints`, with the time at which a reader first saw each
 * change.
 */
import { Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type CheckpointPosition, watchCheckpoints } from "../../test/harness/Checkpoints.ts"

/** A task's checkpoint as first seen. */
export interface Position extends CheckpointPosition {
  readonly seenAtMs: number
}

export interface Positions {
  /** The latest position of each task, by task. */
  readonly now: () => ReadonlyArray<Position>
  /** Every change of a task since an instant, in order, preceded by the position before it. */
  readonly since: (task: number, ms: number) => ReadonlyArray<Position>
}

/** Upper bound of the delay of a seen change, without the query itself. */
const PROBE_EVERY_MS = 50

/** Number of changes kept per task. */
const KEPT = 5_000

export const watchPositions = (sql: SqlClient, schema: string): Effect.Effect<Positions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen = new Map<number, Array<Position>>()
    yield* watchCheckpoints(sql, schema, PROBE_EVERY_MS, (positions, seenAtMs) => {
      for (const position of positions) {
        const changes = seen.get(position.task) ?? []
        seen.set(position.task, changes)
        const before = changes.at(-1)
        if (before?.epoch === position.epoch && before.flush === position.flush) continue
        changes.push({ ...position, seenAtMs })
        if (changes.length > KEPT) changes.shift()
      }
    })
    return {
      now: () => [...seen.values()].flatMap((changes) => changes.at(-1) ?? []),
      since: (task, ms) => {
        const changes = seen.get(task) ?? []
        const first = changes.findIndex(({ seenAtMs }) => seenAtMs > ms)
        return first < 0 ? changes.slice(-1) : changes.slice(Math.max(0, first - 1))
      }
    }
  })
