/** One call of the store: its time limit, and its failures as the store's own. */
import { Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { ResultStoreError } from "../ResultStore.ts"
import { catchSqlErrors, type Place } from "./Failure.ts"

/** How long a call may take in all, for a network that swallows packets: the session's own limits act on the server only. */
const CALL_TIMEOUT = Duration.seconds(60)

/** Runs calls on the client. `doing` completes "could not ...". */
export const calling =
  (place: Place, sql: SqlClient) =>
  (doing: string) =>
  <A, E>(self: Effect.Effect<A, E | SqlError, SqlClient>) =>
    self.pipe(
      Effect.provideService(SqlClient, sql),
      catchSqlErrors(place, doing),
      Effect.timeoutOrElse({
        duration: CALL_TIMEOUT,
        orElse: () =>
          Effect.fail(
            new ResultStoreError({
              reason: "Unreachable",
              detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}: could not ${doing} within ${Duration.format(CALL_TIMEOUT)}`
            })
          )
      })
    )
