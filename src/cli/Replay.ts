/**
 * `telemetra replay`: computes windows and moments again, from NDJSON files or from a time range of
 * the topics, and repairs the rows of the tables.
 */
import { Clock, Console, Duration, Effect, Layer, Option, References } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { Instant } from "../api/Values.ts"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { variables } from "../config/Variables.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import { fromFiles, fromTopics } from "../replay/Inputs.ts"
import { replayAll } from "../replay/ReplayTask.ts"
import { noticesOf, refuseNothing, summary, toJson } from "../replay/Summary.ts"
import { Totals } from "../replay/Totals.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { Sentiment } from "../sentiment/Sentiment.ts"
import { printJson } from "../terminal/Output.ts"
import { showProgress } from "../terminal/Progress.ts"
import * as Layers from "../worker/Layers.ts"
import { configured, WITHOUT_SOURCE } from "./Root.ts"

interface Request {
  readonly files: ReadonlyArray<string>
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  readonly watermarkDelay: Duration.Duration | undefined
  readonly json: boolean
}

/** The error of arguments that contradict each other. */
const misuse = ({ files, fromMs, toMs }: Request): CliError.NonShowHelpErrors | undefined => {
  const time = fromMs ?? toMs
  if (files.length > 0 && time !== undefined) {
    return new CliError.InvalidValue({
      option: fromMs === undefined ? "to" : "from",
      value: new Date(time).toISOString(),
      expected: "no time range with files: all events of a file are replayed",
      kind: "flag"
    })
  }
  if (files.length === 0 && fromMs === undefined) return new CliError.MissingArgument({ argument: "file" })
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    return new CliError.InvalidValue({
      option: "to",
      value: new Date(toMs).toISOString(),
      expected: "a time after --from",
      kind: "flag"
    })
  }
  return undefined
}

/**
 * The configured settings with the watermark delay of the request; MAX_FUTURE_SKEW stays as
 * configured.
 */
const settingsFor = ({ pipeline }: AppConfig, watermarkDelay: Duration.Duration | undefined): PipelineSettings =>
  watermarkDelay === undefined
    ? pipeline
    : { ...pipeline, read: { ...pipeline.read, watermarkDelayMs: Duration.toMillis(watermarkDelay) } }

/** Suppresses the tasks' log lines about take-overs during a replay. */
const quieter = ({ log }: AppConfig) =>
  Effect.provideService(References.MinimumLogLevel, log.level === "Info" ? "Warn" : log.level)

const replayAndReport = Effect.fn("cli.replay")(function* ({ files, fromMs, json, toMs, watermarkDelay }: Request) {
  const config = yield* Config
  const settings = settingsFor(config, watermarkDelay)
  const isOfFiles = files.length > 0
  const begunMs = yield* Clock.currentTimeMillis
  const source = isOfFiles
    ? yield* fromFiles(settings, files)
    : yield* fromTopics(config, settings, { fromMs: fromMs ?? 0, toMs: toMs ?? Number.POSITIVE_INFINITY })
  const postgres = yield* Layers.sharedDatabase
  const tables = yield* Layer.build(Layers.repair(postgres))
  yield* Effect.gen(function* () {
    const { notices: ofPlan, plans } = yield* source.planned
    yield* Effect.forEach(ofPlan, (notice) => Console.error(notice), { discard: true })
    const totals = new Totals(plans)
    yield* Effect.scoped(
      Effect.andThen(
        showProgress(() => ({ fraction: totals.fraction, records: totals.counted.records })),
        Effect.provide(replayAll(plans, { settings, totals }), Sentiment.layer(config.sentimentModel))
      )
    ).pipe(quieter(config))
    const tookMs = (yield* Clock.currentTimeMillis) - begunMs
    yield* refuseNothing(totals, isOfFiles)
    const ofEnd = noticesOf(totals, isOfFiles)
    yield* Effect.forEach(ofEnd, (notice) => Console.error(notice), { discard: true })
    yield* json
      ? printJson(toJson(totals, [...ofPlan, ...ofEnd], tookMs))
      : Console.log(summary(totals, isOfFiles, tookMs))
  }).pipe(Effect.provide(source.log), Effect.provideContext(tables))
})

const time = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withSchema(Instant), Flag.withDescription(description), Flag.optional)

export const replay = Command.make(
  "replay",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription(
        "NDJSON with one event per line, of both kinds; - is standard input, gzip is decompressed"
      ),
      Argument.variadic()
    ),
    from: time("from", "Replay the topics: windows that start at or after this time"),
    to: time("to", "... and end at or before this time; the default is the worker's position"),
    watermarkDelay: Flag.String("watermark-delay").pipe(
      Flag.filterMap(
        (text) => Option.fromUndefinedOr(variables.WATERMARK_DELAY.parse(text)),
        () => variables.WATERMARK_DELAY.allowed
      ),
      Flag.withDescription("Overrides WATERMARK_DELAY: a longer delay counts events that were late"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the summary as one JSON object"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ files, from, json, to, watermarkDelay }) {
    const request: Request = {
      files,
      fromMs: Option.getOrUndefined(from),
      toMs: Option.getOrUndefined(to),
      watermarkDelay: Option.getOrUndefined(watermarkDelay),
      json
    }
    const error = misuse(request)
    if (error !== undefined) {
      return yield* new CliError.ShowHelp({ commandPath: ["telemetra", "replay"], errors: [error] })
    }
    return yield* boundedCommand(replayAndReport(request)).pipe(
      Effect.provide(configured(files.length > 0 ? WITHOUT_SOURCE : {}))
    )
  })
).pipe(
  Command.withDescription(
    "Compute windows and moments again, from files or a time range of the topics, and repair the tables (idempotent)"
  ),
  Command.withExamples([
    {
      command: "telemetra replay --from 2026-01-31T18:00:00Z --to 2026-01-31T21:00:00Z --watermark-delay '5 minutes'",
      description: "Count the events of that evening that were up to five minutes late"
    },
    { command: "telemetra replay evening.ndjson", description: "Compute windows and moments of a recorded evening" },
    {
      command: "zstdcat day.ndjson.zst | POSTGRES_SCHEMA=archive telemetra replay -",
      description: "Read from a pipe, write into a separate schema"
    }
  ])
)
