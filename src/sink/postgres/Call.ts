/** One call of the store: its time limit, and its failures as errors of the store. */
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { CurrentTransformer } from "effect/sql/Statement"
import { monotonicMs } from "../../domain/Monotonic.ts"
import { ResultStoreError } from "../ResultStore.ts"
import type { SessionLimits } from "../../postgres/Database.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { catchStoreErrors } from "./StoreErrors.ts"

/**
 * Added to the server's time limit for a network that drops packets: the session's limits act on
 * the server only.
 */
const NETWORK_MS = 45_000

const DEFAULT_STATEMENT_MS = 15_000

/**
 * Runs calls on the client. `doing` completes "could not ...". The time limit applies to each
 * statement, not to the call, so a large flush on a slow server can end. A call that waits for a
 * session of the pool continues to wait while statements of other calls start.
 */
export const calling = (place: Place, sql: SqlClient, limits: Partial<SessionLimits> | undefined) => {
  const statementMs =
    limits?.statementTimeout === undefined ? DEFAULT_STATEMENT_MS : Duration.toMillis(limits.statementTimeout)
  const limitMs = statementMs + NETWORK_MS
  /** The start of the last statement of any call. */
  let anyBeganMs = Number.NEGATIVE_INFINITY

  return (doing: string) =>
    <A, E>(
      self: Effect.Effect<A, E | SqlError, SqlClient>
    ): Effect.Effect<A, Exclude<E, SqlError> | ResultStoreError> =>
      Effect.gen(function* () {
        const calledMs = yield* monotonicMs
        let beganMs: number | undefined
        const silence = Effect.gen(function* () {
          for (;;) {
            const leftMs = (beganMs ?? Math.max(calledMs, anyBeganMs)) + limitMs - (yield* monotonicMs)
            if (leftMs <= 0) break
            yield* Effect.sleep(leftMs)
          }
          return yield* new ResultStoreError({
            reason: "Unreachable",
            detail: `${serverAt(place)}: could not ${doing}: no reply within ${Duration.format(Duration.millis(limitMs))}`
          })
        })
        const work = self.pipe(
          Effect.provideService(SqlClient, sql),
          Effect.provideService(CurrentTransformer, (statement) =>
            Effect.map(monotonicMs, (nowMs) => {
              beganMs = nowMs
              anyBeganMs = nowMs
              return statement
            })
          ),
          catchStoreErrors(place, doing)
        )
        return yield* Effect.raceFirst(work, silence)
      })
}
