/** `telemetra migrate`: brings the tables up to date. */
import { Console, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import { printJson } from "../terminal/Output.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"
import * as Layers from "../worker/Layers.ts"

export const migrate = Command.make(
  "migrate",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object"), Flag.withDefault(false)) },
  ({ json }) =>
    boundedCommand(
      Effect.gen(function* () {
        const config = yield* Config
        const { postgres } = yield* Layers.database()
        yield* Layer.build(Layers.store(postgres))
        const { database, host, port } = postgres
        const { schema } = config.tables
        yield* json
          ? printJson({ host, port, database, schema, up_to_date: true })
          : Console.log(`Schema ${schema} of ${host}:${port}/${database} is up to date`)
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription(
    "Create or adopt the tables of POSTGRES_SCHEMA; under MIGRATE=check only report what is missing"
  ),
  Command.withExamples([
    { command: "telemetra migrate", description: "Bring the tables up to date" },
    { command: "MIGRATE=check telemetra migrate", description: "Change nothing, report what is missing" }
  ])
)
