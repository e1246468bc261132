/**
 * `telemetra compare`: compares the Spark job's table with the worker's, column by column. Changes
 * nothing.
 */
import { Console, Duration, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import { Instant } from "../api/Values.ts"
import { compareIn, misuse, type Request } from "../compare/Comparison.ts"
import { type Outcome, outcomeOf, toLines } from "../compare/Report.ts"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import * as Database from "../postgres/Database.ts"
import { catchSqlErrors } from "../postgres/PostgresError.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { printJson, terminalWidth } from "../terminal/Output.ts"
import * as Layers from "../worker/Layers.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"

/** The limits of the session: each statement reads both tables. */
const LIMITS: Partial<Database.SessionLimits> = { statementTimeout: Duration.hours(1), poolSize: 1 }

const EXIT_CODES: Readonly<Record<Outcome, ExitCode>> = {
  differences: ExitCode.differences,
  equal: ExitCode.ok,
  nothing: ExitCode.notFound
}

const report = Effect.fnUntraced(function* (config: AppConfig, request: Request) {
  const postgres = yield* Layers.standingDatabase()
  const options: Database.DatabaseOptions = {
    postgres,
    store: config.tables,
    limits: LIMITS,
    access: "read",
    sessionTimeout: config.sessionTimeout
  }
  return yield* Effect.flatMap(SqlClient, (sql) => sql.withTransaction(compareIn(config.tables.schema, request))).pipe(
    catchSqlErrors(Database.placeOf(options), "compare the tables"),
    Effect.provide(Database.layer(options))
  )
})

const time = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withSchema(Instant), Flag.withDescription(description), Flag.optional)

export const compare = Command.make(
  "compare",
  {
    theirs: Flag.String("theirs").pipe(Flag.withDescription("The schema of the Spark job's tables")),
    table: Flag.String("table").pipe(
      Flag.withDescription("The name of its table of windows"),
      Flag.withDefault("chat_summary_minute")
    ),
    theirZone: Flag.String("their-zone").pipe(
      Flag.withDescription("The time zone of its times, if the Spark session was not in UTC"),
      Flag.optional
    ),
    from: time("from", "Windows that start at or after this time; the default is the first time with rows in both"),
    to: time("to", "... and before this time; the default is the last time with rows in both"),
    limit: Flag.Int("limit").pipe(
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 }))),
      Flag.withDescription("Examples of each column and reason, 0 to 100"),
      Flag.withDefault(1)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object"), Flag.withDefault(false))
  },
  ({ from, json, limit, table, theirs, theirZone, to }) =>
    boundedCommand(
      Effect.gen(function* () {
        const config = yield* Config
        if (theirs === config.tables.schema && table === "chat_summary_minute") {
          return yield* misuse("theirs", theirs, "another schema than POSTGRES_SCHEMA, or another --table")
        }
        const compared = yield* report(config, {
          theirs: { schema: theirs, table, zone: Option.getOrUndefined(theirZone) },
          fromMs: Option.getOrUndefined(from),
          toMs: Option.getOrUndefined(to),
          limit
        })
        yield* json ? printJson(compared) : Console.log(toLines(compared, terminalWidth()).join("\n"))
        yield* Effect.sync(() => (process.exitCode = EXIT_CODES[outcomeOf(compared)]))
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription(
    "Compare with the Spark job's table, column by column; exits with 1 for unexplained differences, with 66 if no window is in both"
  ),
  Command.withExamples([
    { command: "POSTGRES_SCHEMA=telemetra telemetra compare --theirs public", description: "Compare two schemas" },
    {
      command: "telemetra compare --theirs public --from 2026-01-31T18:00:00Z --to 2026-01-31T21:00:00Z --json",
      description: "Compare one evening, as JSON"
    }
  ])
)
