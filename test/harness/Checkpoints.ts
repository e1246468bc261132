/** The progress of the tasks, seen from the outside: their rows in table `checkpoints`. */
import { Clock, type Duration, Effect, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"

/** A task's checkpoint. */
export interface CheckpointPosition {
  readonly task: number
  readonly epoch: number
  readonly flush: number
  /** `host:pid` of its owner. Empty if none has committed. */
  readonly owner: string
  /** Records counted: the sum of the next offsets of its inputs. */
  readonly next: number
  /** Whether a window is emitted in part: more rows follow, although their records are counted. */
  readonly emitting: boolean
}

/** Reads all checkpoints at this interval until the scope closes. */
export const watchCheckpoints = (
  sql: SqlClient,
  schema: string,
  interval: Duration.Input,
  onRead: (positions: ReadonlyArray<CheckpointPosition>, seenAtMs: number) => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const positions = yield* sql.unsafe<CheckpointPosition>(
      `SELECT source_partition AS task, epoch::float8 AS epoch, flush::float8 AS flush,
        coalesce(status ->> 'owner', '') AS owner,
        (SELECT sum((input ->> 'nextOffset')::float8) FROM jsonb_array_elements(inputs) AS input) AS next,
        settings ? 'emitted' AS emitting
      FROM ${schema}.checkpoints ORDER BY source_partition`
    )
    onRead(positions, yield* Clock.currentTimeMillis)
  }).pipe(
    // The server is away, or has no tables yet: the next read finds them.
    Effect.timeout("2 seconds"),
    Effect.ignore,
    Effect.andThen(Effect.sleep(interval)),
    Effect.forever,
    Effect.forkScoped,
    Effect.asVoid
  )
