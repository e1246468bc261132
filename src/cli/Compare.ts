/** `telemetra compare`: the Spark job's table beside ours, column by column. Changes nothing. */
import { Console, Duration, Effect, Option, Schema } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { Instant } from "../api/Values.ts"
import * as Database from "../postgres/Database.ts"
import { catchSqlErrors } from "../postgres/PostgresError.ts"
import { COLUMNS } from "../compare/Columns.ts"
import * as Pairs from "../compare/Pairs.ts"
import { type Compared, type Outcome, outcomeOf, toJson, toLines } from "../compare/Report.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { printJson, terminalWidth } from "../terminal/Output.ts"
import { answering, configured, WITHOUT_SOURCE } from "./Root.ts"
import * as Layers from "../worker/Layers.ts"

/** Without these there is nothing to compare by. */
const NEEDED = ["id", "stream_id", "window_start", "window_end", "chat_count"] as const

/** Of a comparison; each of its statements reads both tables. */
const LIMITS: Partial<Database.SessionLimits> = { statementTimeout: Duration.hours(1), poolSize: 1 }

const EXIT_CODES: Readonly<Record<Outcome, ExitCode>> = {
  differences: ExitCode.differences,
  equal: ExitCode.ok,
  nothing: ExitCode.notFound
}

interface Asked {
  readonly theirs: Pairs.Theirs
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  readonly limit: number
}

interface Facts {
  readonly oursFirst: number | null
  readonly oursLast: number | null
  readonly oursSize: number | null
  readonly theirsFirst: number | null
  readonly theirsLast: number | null
  readonly theirsSize: number | null
  readonly watermark: number | null
}

const misuse = (option: string, value: string, expected: string) =>
  new CliError.ShowHelp({
    commandPath: ["telemetra", "compare"],
    errors: [new CliError.InvalidValue({ option, value, expected, kind: "flag" })]
  })

const none = (detail: string) => new NotFoundError({ detail })

const columnsOf = Effect.fnUntraced(function* (theirs: Pick<Pairs.Theirs, "schema" | "table">) {
  const sql = yield* SqlClient
  const found = yield* sql<{ name: string }>`SELECT attname::text AS name FROM pg_attribute
    WHERE attrelid = to_regclass(${Pairs.tableOf(theirs)}) AND attnum > 0 AND NOT attisdropped`
  return new Set(found.map(({ name }) => name))
})

/** The zone as PostgreSQL writes it. Others that it would take, such as `UTC+3`, mean the opposite of what they seem to. */
const zoneOf = Effect.fnUntraced(function* (zone: string) {
  const sql = yield* SqlClient
  const [found] = yield* sql<{ name: string }>`SELECT name FROM pg_timezone_names WHERE lower(name) = lower(${zone})`
  if (found === undefined) return yield* misuse("their-zone", zone, "a time zone such as America/New_York")
  return found.name
})

/** What to do where their times seem to be of another zone. */
const shiftNotice = Effect.fnUntraced(function* (theirs: Pairs.Theirs, ours: Pairs.Extent) {
  const sql = yield* SqlClient
  const [found] = yield* sql.unsafe<{ minutes: number; hits: number }>(Pairs.shift(theirs, ours))
  if (found === undefined || found.minutes === 0 || found.hits < Pairs.SHIFT_SAMPLE / 2) return []
  const way = found.minutes > 0 ? "behind" : "ahead of"
  return [
    `Their times look ${Duration.format(Duration.minutes(Math.abs(found.minutes)))} ${way} ours: name the zone of the Spark session by --their-zone`
  ]
})

/** Half of the windows of both equal in messages: no shift is looked for. */
const isAlike = (tallies: ReadonlyArray<Pairs.Tally>): boolean => {
  const counts = tallies.filter(({ name }) => name === "chat_count" || name === Pairs.PRESENCE)
  const windows = (name: string, verdict?: string) =>
    counts
      .filter((tally) => tally.name === name && (verdict === undefined || tally.verdict === verdict))
      .reduce((sum, tally) => sum + tally.windows, 0)
  return windows(Pairs.PRESENCE) > 0 && 2 * windows("chat_count", "equal") >= windows(Pairs.PRESENCE)
}

const sizeNotice = ({ oursSize, theirsSize }: Facts): ReadonlyArray<string> =>
  oursSize === theirsSize
    ? []
    : [
        `Their windows are of ${(theirsSize ?? 0) / 1000} s, ours of ${(oursSize ?? 0) / 1000} s: only windows of the same size are compared; set WINDOW_DURATION as in the Spark job`
      ]

const compareIn = Effect.fn("cli.compare")(function* (schema: string, asked: Asked) {
  const sql = yield* SqlClient
  // one look at both tables, while both are written
  yield* sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`
  const zone = asked.theirs.zone === undefined ? undefined : yield* zoneOf(asked.theirs.zone)
  const theirs: Pairs.Theirs = { ...asked.theirs, zone }
  const where = `${theirs.schema}.${theirs.table}`
  const present = yield* columnsOf(theirs)
  const needed = NEEDED.filter((name) => !present.has(name))
  if (needed.length > 0) {
    return yield* new NotFoundError({
      detail:
        present.size === 0
          ? `There is no table ${where} that this user may see: name the Spark job's by --theirs SCHEMA and --table`
          : `${where} lacks ${needed.join(", ")}: is it the Spark job's table? Name it by --theirs SCHEMA and --table`
    })
  }
  const [facts] = yield* sql.unsafe<Facts>(Pairs.facts(theirs))
  if (facts === undefined || facts.oursFirst === null || facts.oursLast === null) {
    return yield* none(`Schema ${schema} has no rows yet: let the worker run beside the Spark job first`)
  }
  if (facts.theirsFirst === null || facts.theirsLast === null) return yield* none(`${where} has no rows`)
  const ours: Pairs.Extent = { firstMs: facts.oursFirst, lastMs: facts.oursLast }
  const scope: Pairs.Scope = {
    fromMs: asked.fromMs ?? Math.max(ours.firstMs, facts.theirsFirst),
    // the last start that both have is closed
    toMs: asked.toMs ?? Math.min(ours.lastMs, facts.theirsLast) + 1,
    ours,
    theirs: { firstMs: facts.theirsFirst, lastMs: facts.theirsLast },
    sizeMs: facts.oursSize ?? 0,
    watermarkMs: facts.watermark ?? Number.POSITIVE_INFINITY
  }
  if (scope.toMs <= scope.fromMs) {
    const [hint] = yield* shiftNotice(theirs, ours)
    return yield* none(hint ?? `${where} and schema ${schema} have no time in common, or none in the range asked for`)
  }
  const columns = Pairs.commonColumns(present)
  const tallies = yield* sql.unsafe<Pairs.Tally>(Pairs.tallies(theirs, scope, columns))
  const examples =
    asked.limit === 0 ? [] : yield* sql.unsafe<Pairs.Example>(Pairs.examples(theirs, scope, columns, asked.limit))
  const hasMoments = (yield* columnsOf({ ...theirs, table: "moments" })).size > 0
  const [moments] = hasMoments ? yield* sql.unsafe<Pairs.Moments>(Pairs.moments(theirs, scope)) : []
  const compared: Compared = {
    scope,
    columns: columns.map(({ name }) => name),
    lacking: COLUMNS.flatMap(({ name }) => (present.has(name) ? [] : [name])),
    tallies,
    examples,
    moments,
    notices: [...sizeNotice(facts), ...(isAlike(tallies) ? [] : yield* shiftNotice(theirs, ours))]
  }
  return toJson(compared)
})

const comparing = Effect.fnUntraced(function* (config: AppConfig, asked: Asked) {
  const postgres = yield* Layers.standingDatabase(config)
  const options: Database.DatabaseOptions = {
    postgres,
    store: config.tables,
    limits: LIMITS,
    access: "read",
    sessionTimeout: config.sessionTimeout
  }
  return yield* Effect.flatMap(SqlClient, (sql) => sql.withTransaction(compareIn(config.tables.schema, asked))).pipe(
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
      Flag.withDescription("The time zone of its times, where the Spark session was not in UTC"),
      Flag.optional
    ),
    from: time("from", "Windows that start at or after this time; by default from where both have rows"),
    to: time("to", "... and before this one; by default as far as both have rows"),
    limit: Flag.Int("limit").pipe(
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 }))),
      Flag.withDescription("Examples of each column and reason, 0 to 100"),
      Flag.withDefault(1)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("For machines: one object"), Flag.withDefault(false))
  },
  ({ from, json, limit, table, theirs, theirZone, to }) =>
    answering(
      Effect.gen(function* () {
        const config = yield* Config
        if (theirs === config.tables.schema && table === "chat_summary_minute") {
          return yield* misuse("theirs", theirs, "another schema than POSTGRES_SCHEMA, or another --table")
        }
        const report = yield* comparing(config, {
          theirs: { schema: theirs, table, zone: Option.getOrUndefined(theirZone) },
          fromMs: Option.getOrUndefined(from),
          toMs: Option.getOrUndefined(to),
          limit
        })
        yield* json ? printJson(report) : Console.log(toLines(report, terminalWidth()).join("\n"))
        yield* Effect.sync(() => (process.exitCode = EXIT_CODES[outcomeOf(report)]))
      })
    ).pipe(Effect.provide(configured(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription(
    "Compare with the Spark job's table, column by column; 1 if something is unexplained, 66 if no window is in both"
  ),
  Command.withExamples([
    { command: "POSTGRES_SCHEMA=telemetra telemetra compare --theirs public", description: "Both jobs side by side" },
    {
      command: "telemetra compare --theirs public --from 2026-01-31T18:00:00Z --to 2026-01-31T21:00:00Z --json",
      description: "An evening, for machines"
    }
  ])
)
