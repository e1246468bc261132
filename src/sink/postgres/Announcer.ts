/**
 * Announces committed flushes (NOTIFY) from transactions of its own. A transaction that notifies holds a lock on the whole database until its commit is on disk, so
 * that flushes which notified would commit one after the other, whatever database and task they belong to.
 */
import { Effect, Queue, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { FLUSH_CHANNEL } from "../../postgres/FlushChannel.ts"

/** Flushes of all tasks within this time share one announcement. */
const PAUSE = "100 millis"

/** It says nothing that must survive a crash, so its commit does not wait for the disk and the lock is short. */
const NOTIFY = `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${FLUSH_CHANNEL}', '')`

/** `announce` asks for an announcement and returns at once. One may get lost with the connection or the process: listeners query regularly, too. */
export const make: Effect.Effect<{ readonly announce: Effect.Effect<void> }, never, SqlClient | Scope.Scope> =
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const wanted = yield* Queue.sliding<void>(1)
    yield* Queue.take(wanted).pipe(
      Effect.andThen(sql.unsafe(NOTIFY)),
      Effect.catch((error) => Effect.logDebug(`Flushes could not be announced: ${error.message}`)),
      Effect.andThen(Effect.sleep(PAUSE)),
      Effect.forever,
      Effect.forkScoped
    )
    return { announce: Effect.asVoid(Queue.offer(wanted, undefined)) }
  })
