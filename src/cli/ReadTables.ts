/** Queries of commands in the configured database, once or repeatedly. */
import { type Duration, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { BadRequest } from "../api/Problems.ts"
import { Config } from "../config/AppConfig.ts"
import * as Database from "../postgres/Database.ts"
import { catchSqlErrors } from "../postgres/PostgresError.ts"
import * as Layers from "../worker/Layers.ts"

/**
 * Runs `use` with read-only sessions. `what` ends the sentence "Can't read ..." of a failure. The
 * query of a command has no cursor, so it cannot be refused.
 */
export const readTables = <A, E, R>(what: string, use: Effect.Effect<A, E | SqlError | BadRequest, SqlClient | R>) =>
  Effect.gen(function* () {
    const config = yield* Config
    const postgres = yield* Layers.standingDatabase()
    const options: Database.DatabaseOptions = {
      postgres,
      store: config.tables,
      sessionTimeout: config.sessionTimeout,
      access: "read"
    }
    return yield* use.pipe(
      Effect.catchIf((error): error is BadRequest => error instanceof BadRequest, Effect.die),
      catchSqlErrors(Database.placeOf(options), `read ${what}`),
      Effect.provide(Database.layer(options))
    )
  })

/** Runs an effect now and after each pause, until it is interrupted. */
export const repeatedly = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  pause: Duration.Input
): Effect.Effect<never, E, R> => Effect.forever(Effect.andThen(effect, Effect.sleep(pause)))
