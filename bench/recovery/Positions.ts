/**
 * The positions of the tasks in table `checkpoints`, with the time at which a reader first saw each
 * change.
 */
import { Clock, Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** A task's checkpoint as first seen. */
export interface Position {
  readonly task: number
  readonly epoch: number
  readonly flush: number
  /** `host:pid` of its owner. */
  readonly owner: string
  /** Records counted: the sum of the next offsets of its inputs. */
  readonly next: number
  readonly seenAtMs: number
}

export interface Positions {
  /** The latest position of each task, by task. */
  readonly now: () => ReadonlyArray<Position>
  /** Every change of a task since an instant, in order, preceded by the position before it. */
  readonly since: (task: number, ms: number) => ReadonlyArray<Position>
}

/** Upper bound of the delay of a seen change, without the query itself. */
export const PROBE_EVERY_MS = 50

/** Number of changes kept per task. */
const KEPT = 5_000

interface Row {
  readonly task: number
  readonly epoch: number
  readonly flush: number
  readonly owner: string | null
  readonly next: number
}

export const watchPositions = (sql: SqlClient, schema: string): Effect.Effect<Positions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen = new Map<number, Array<Position>>()
    const probe = Effect.gen(function* () {
      const rows = yield* sql.unsafe<Row>(
        `SELECT source_partition AS task, epoch::float8 AS epoch, flush::float8 AS flush, status ->> 'owner' AS owner,
          (SELECT sum((input ->> 'nextOffset')::float8) FROM jsonb_array_elements(inputs) AS input) AS next
        FROM ${schema}.checkpoints ORDER BY source_partition`
      )
      const seenAtMs = yield* Clock.currentTimeMillis
      for (const row of rows) {
        const changes = seen.get(row.task) ?? []
        seen.set(row.task, changes)
        const before = changes.at(-1)
        if (before?.epoch === row.epoch && before.flush === row.flush) continue
        changes.push({ ...row, owner: row.owner ?? "", seenAtMs })
        if (changes.length > KEPT) changes.shift()
      }
    })
    yield* probe.pipe(
      // Away for a while.
      Effect.timeout("2 seconds"),
      Effect.ignore,
      Effect.andThen(Effect.sleep(PROBE_EVERY_MS)),
      Effect.forever,
      Effect.forkScoped
    )
    return {
      now: () => [...seen.values()].flatMap((changes) => changes.at(-1) ?? []),
      since: (task, ms) => {
        const changes = seen.get(task) ?? []
        const first = changes.findIndex(({ seenAtMs }) => seenAtMs > ms)
        return first < 0 ? changes.slice(-1) : changes.slice(Math.max(0, first - 1))
      }
    }
  })
