/** The deliverer with its sessions and its HTTP client, for a process. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { AppConfig, PostgresConfig } from "../config/AppConfig.ts"
import * as Database from "../postgres/Database.ts"
import { onlyOf } from "../postgres/Rows.ts"
import { deliver } from "./Deliverer.ts"
import * as PostgresOutbox from "./PostgresOutbox.ts"

/** Sessions of the deliverer. Its statements are short, so few serve all targets. */
const SESSIONS = 2

const existsOf = onlyOf(Schema.Struct({ exists: Schema.Boolean }))

/** Waits until a member has created the table. */
const untilMigrated = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* existsOf(sql`SELECT to_regclass('notifications') IS NOT NULL AS exists`)
}).pipe(
  Effect.filterOrFail(({ exists }) => exists),
  Effect.retry(Schedule.spaced("1 second")),
  Effect.asVoid
)

const RESTART = "30 seconds"

const delivering = Effect.fn("notify.delivering")(function* (
  { notify, sessionTimeout, tables }: Pick<AppConfig, "notify" | "sessionTimeout" | "tables">,
  postgres: PostgresConfig
) {
  const options: Database.DatabaseOptions = {
    postgres,
    store: tables,
    sessionTimeout,
    limits: { poolSize: SESSIONS }
  }
  const pool = yield* Layer.build(Database.layer(options)).pipe(
    Effect.tapError(({ detail }) => Effect.logWarning(`Notifications are not sent yet: ${detail}`)),
    Effect.retry(Schedule.spaced("5 seconds"))
  )
  yield* untilMigrated.pipe(
    Effect.andThen(deliver(notify)),
    Effect.provide(Layer.merge(PostgresOutbox.layer(Database.placeOf(options)), NodeHttpClient.layerNodeHttp)),
    Effect.provideContext(pool)
  )
}, Effect.scoped)

/**
 * Delivers until it is interrupted. Does nothing without targets. Nothing that fails here ends the
 * worker.
 */
export const run = (
  config: Pick<AppConfig, "notify" | "sessionTimeout" | "tables">,
  postgres: PostgresConfig
): Effect.Effect<void> =>
  config.notify.targets.length === 0
    ? Effect.void
    : delivering(config, postgres).pipe(
        Effect.catchCause((cause) =>
          Effect.logError(`Delivery of notifications failed; it restarts in ${RESTART}`, cause)
        ),
        Effect.repeat(Schedule.spaced(RESTART)),
        Effect.asVoid
      )
