/**
 * `telemetra replay`: computes windows and moments again, from NDJSON files or from a time range of
 * the topics, and repairs the rows of the tables.
 */
import { Clock, Console, Duration, Effect, Layer, Option, References } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { Instant } from "../api/Values.ts"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { variables } from "../config/Variables.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { MAX_NAME_CODE_POINTS } from "../domain/Limits.ts"
import { SENSITIVE_TYPES, type SensitiveType, THRESHOLD_LIMITS } from "../domain/Sensitivity.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import { dryRun, dryRunJson, dryRunLines } from "../replay/DryRun.ts"
import { fromFiles, fromTopics } from "../replay/Inputs.ts"
import { quoted } from "../replay/MissingFlags.ts"
import { whatIf } from "../replay/WhatIf.ts"
import { jsonOf, linesOf, noticesOf as whatIfNotices } from "../replay/WhatIfReport.ts"
import { replayAll } from "../replay/ReplayTask.ts"
import { noticesOf, refuseNothing, summary, toJson } from "../replay/Summary.ts"
import { Totals } from "../replay/Totals.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { Sentiment } from "../sentiment/Sentiment.ts"
import { printJson, terminalWidth } from "../terminal/Output.ts"
import { showProgress } from "../terminal/Progress.ts"
import * as Layers from "../worker/Layers.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"
import { type StartText, startFlag } from "./StartFlag.ts"

interface Hypothesis {
  readonly isWhatIf: boolean
  readonly threshold: number | undefined
  readonly stream: string | undefined
  readonly type: SensitiveType | undefined
}

interface Request {
  readonly hypothesis: Hypothesis
  readonly start: StartText | undefined
  readonly isDryRun: boolean
  readonly files: ReadonlyArray<string>
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  readonly watermarkDelay: Duration.Duration | undefined
  readonly json: boolean
}

/** The error of arguments that contradict each other. */
const misuse = ({
  files,
  fromMs,
  hypothesis,
  isDryRun,
  start,
  toMs,
  watermarkDelay
}: Request): CliError.NonShowHelpErrors | undefined => {
  const { isWhatIf, stream, threshold, type } = hypothesis
  if (!isWhatIf && (threshold ?? type ?? (files.length > 0 ? undefined : stream)) !== undefined) {
    return new CliError.MissingOption({ option: "what-if" })
  }
  if (files.length === 0 && (isDryRun || start !== undefined)) return new CliError.MissingArgument({ argument: "file" })
  if (isWhatIf && (files.length > 0 || watermarkDelay !== undefined)) {
    return new CliError.InvalidValue({
      option: "what-if",
      value: "true",
      expected: "a time range of the tables, without files and --watermark-delay",
      kind: "flag"
    })
  }
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
 * configured. Files have mapped fields whatever the source is.
 */
const settingsFor = ({ fields, pipeline }: AppConfig, { files, watermarkDelay }: Request): PipelineSettings => ({
  ...pipeline,
  read: {
    ...pipeline.read,
    ...(watermarkDelay === undefined ? {} : { watermarkDelayMs: Duration.toMillis(watermarkDelay) }),
    ...(files.length === 0 || fields === undefined ? {} : { fields })
  }
})

/** Suppresses the tasks' log lines about take-overs during a replay. */
const quieter = ({ log }: AppConfig) =>
  Effect.provideService(References.MinimumLogLevel, log.level === "Info" ? "Warn" : log.level)

/** The command line of the request, with more flags. */
const commandOf =
  ({ files, hypothesis: { stream }, isDryRun, json, start, watermarkDelay }: Request) =>
  (flags: ReadonlyArray<string>): string =>
    [
      "telemetra replay",
      ...flags,
      ...(stream === undefined ? [] : [`--stream ${quoted(stream)}`]),
      ...(start === undefined ? [] : [`--start ${quoted(start.text)}`]),
      ...(watermarkDelay === undefined
        ? []
        : [`--watermark-delay ${quoted(`${Duration.toMillis(watermarkDelay)} ms`)}`]),
      ...(isDryRun ? ["--dry-run"] : []),
      ...(json ? ["--json"] : []),
      ...files.map(quoted)
    ].join(" ")

const filesFor = (settings: PipelineSettings, request: Request) =>
  fromFiles(settings, request.files, {
    given: { stream: request.hypothesis.stream, start: request.start },
    command: commandOf(request)
  })

/** Prints the first events of each file. Needs no database. */
const preview = Effect.fn("cli.dryRun")(function* (request: Request) {
  const { converted, files, notices, settings } = yield* filesFor(settingsFor(yield* Config, request), request)
  const shown = yield* dryRun(files, converted, settings.read)
  yield* Effect.forEach(notices, (notice) => Console.error(notice), { discard: true })
  yield* request.json ? printJson(dryRunJson(shown)) : Console.log(dryRunLines(shown, terminalWidth()).join("\n"))
})

const replayAndReport = Effect.fn("cli.replay")(function* (request: Request) {
  const { files, fromMs, json, toMs } = request
  const config = yield* Config
  const isOfFiles = files.length > 0
  const begunMs = yield* Clock.currentTimeMillis
  const database = yield* Effect.cached(Layers.sharedDatabase)
  const source = isOfFiles
    ? yield* filesFor(settingsFor(config, request), request)
    : yield* fromTopics(
        config,
        settingsFor(config, request),
        { fromMs: fromMs ?? 0, toMs: toMs ?? Number.POSITIVE_INFINITY },
        database
      )
  const { converted, settings } = source
  const postgres = yield* database
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
      ? printJson(toJson(totals, [...ofPlan, ...ofEnd], tookMs, converted))
      : Console.log(summary(totals, isOfFiles, tookMs, converted))
  }).pipe(Effect.provide(source.log), Effect.provideContext(tables))
})

/** Compares the moments of the tables with those under another threshold. Writes nothing. */
const answer = Effect.fn("cli.whatIf")(function* ({ fromMs = 0, hypothesis, json, toMs }: Request) {
  const { pipeline } = yield* Config
  const { stream = null, threshold = null, type = null } = hypothesis
  const question = { fromMs, toMs: toMs ?? Number.POSITIVE_INFINITY, stream, threshold, type }
  const postgres = yield* Layers.standingDatabase()
  const found = yield* whatIf(question, pipeline.detection).pipe(Effect.provide(Layers.past(postgres)))
  yield* Effect.forEach(whatIfNotices(found), (notice) => Console.error(notice), { discard: true })
  yield* json
    ? printJson(jsonOf(question, found))
    : Console.log(linesOf(question, found).map(escapeControls).join("\n"))
})

const time = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withSchema(Instant), Flag.withDescription(description), Flag.optional)

export const replay = Command.make(
  "replay",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription(
        "NDJSON with one event per line, or chat saved by another tool; - is standard input; gzip and zstd are unpacked"
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
    whatIf: Flag.Boolean("what-if").pipe(
      Flag.withDescription("Write nothing: print how the moments of the range differ under another threshold"),
      Flag.withDefault(false)
    ),
    threshold: Flag.Finite("threshold").pipe(
      Flag.filter(
        (value) => value >= THRESHOLD_LIMITS.least && value <= THRESHOLD_LIMITS.most,
        () => `a number from ${THRESHOLD_LIMITS.least} to ${THRESHOLD_LIMITS.most}`
      ),
      Flag.withDescription("With --what-if: the threshold; by default, without the override of --stream and --type"),
      Flag.optional
    ),
    stream: Flag.String("stream").pipe(
      Flag.filter(
        (name) => name !== "" && Array.from(name).length <= MAX_NAME_CODE_POINTS,
        () => `a name of 1 to ${MAX_NAME_CODE_POINTS} characters`
      ),
      Flag.withDescription(
        "With files: the stream of saved chat that names none. With --what-if: the stream of the threshold; the default is all streams"
      ),
      Flag.optional
    ),
    type: Flag.Literals("type", SENSITIVE_TYPES).pipe(
      Flag.withDescription("With --what-if: the type of moments; the default is all types"),
      Flag.optional
    ),
    start: startFlag,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Write nothing: print the first ten events of each file as understood; no database needed"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the summary as one JSON object"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({
    dryRun: isDryRun,
    files,
    from,
    json,
    start,
    stream,
    threshold,
    to,
    type,
    watermarkDelay,
    whatIf: isWhatIf
  }) {
    const request: Request = {
      start: Option.getOrUndefined(start),
      isDryRun,
      hypothesis: {
        isWhatIf,
        threshold: Option.getOrUndefined(threshold),
        stream: Option.getOrUndefined(stream),
        type: Option.getOrUndefined(type)
      },
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
    return yield* boundedCommand(
      isWhatIf ? answer(request) : isDryRun ? preview(request) : replayAndReport(request)
    ).pipe(Effect.provide(configuredBounded(files.length > 0 || isWhatIf ? WITHOUT_SOURCE : {})))
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
    {
      command: "telemetra replay --what-if --threshold 5 --type raid --from 2026-01-31T18:00:00Z",
      description: "Print which raids there would be with a threshold of 5; write nothing"
    },
    {
      command: "telemetra replay --dry-run --stream xqc --start 2026-01-31 chat.log",
      description: "Print how a saved chat is understood; write nothing"
    },
    { command: "telemetra replay evening.ndjson", description: "Compute windows and moments of a recorded evening" },
    {
      command: "zstdcat day.ndjson.zst | POSTGRES_SCHEMA=archive telemetra replay -",
      description: "Read from a pipe, write into a separate schema"
    }
  ])
)
