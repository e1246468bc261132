/** `telemetra migrate`: brings the tables up to date and ends. */
import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import { configured, WITHOUT_SOURCE } from "./Root.ts"
import * as Services from "./Services.ts"

export const migrate = Command.make("migrate", {}, () =>
  Effect.scoped(
    Effect.gen(function* () {
      const config = yield* Config
      const database = yield* Services.database(config)
      yield* Layer.build(Services.store(config, database.postgres))
      const { host, port, database: name } = database.postgres
      yield* Console.log(`Schema ${config.results.schema} of ${host}:${port}/${name} is up to date`)
    })
  ).pipe(Effect.provide(configured(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription(
    "Create or adopt the tables of POSTGRES_SCHEMA; under MIGRATE=check only say what is missing"
  ),
  Command.withExamples([
    { command: "telemetra migrate", description: "Bring the tables up to date" },
    { command: "MIGRATE=check telemetra migrate", description: "Change nothing, name what is missing" }
  ])
)
