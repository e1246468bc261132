/**
 * Announces committed flushes (NOTIFY) in separate transactions. A transaction that notifies holds
 * a server-wide lock until its commit is on disk. Flushes that notify would therefore commit one
 * after the other, across all tasks and databases.
 */
import { Effect, Queue, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { FLUSH_CHANNEL } from "../../postgres/FlushChannel.ts"

/** Flushes of all tasks within this time share one announcement. */
const PAUSE = "100 millis"

/**
 * An announcement need not survive a crash: the commit does not wait for the disk, and the lock is
 * short.
 */
const NOTIFY = `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${FLUSH_CHANNEL}', '')`

/**
 * `announce` requests an announcement and returns at once. An announcement may be lost with the
 * connection or the process, so listeners also query regularly.
 */
export const make: Effect.Effect<{ readonly announce: Effect.Effect<void> }, never, SqlClient | Scope.Scope> =
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const wanted = yield* Queue.sliding<void>(1)
    yield* Queue.take(wanted).pipe(
      Effect.andThen(sql.unsafe(NOTIFY)),
      Effect.catch((error) => Effect.logDebug(`Announcement of flushes failed: ${error.message}`)),
      Effect.andThen(Effect.sleep(PAUSE)),
      Effect.forever,
      Effect.forkScoped
    )
    return { announce: Effect.asVoid(Queue.offer(wanted, undefined)) }
  })
