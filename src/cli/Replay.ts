/** `telemetra replay`: computes windows and moments again, from NDJSON files or from a time range of the topics, and repairs what stands in the tables. */
import { Clock, Console, Duration, Effect, Layer, Option, References } from "effect"
import { Argument, CliError, Command, Flag } from "effect/cli"
import { type AppConfig, Config, type KafkaConfig } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import { variables } from "../config/Variables.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import { Instant } from "../api/Values.ts"
import * as FileLog from "../source/file/FileLog.ts"
import * as KafkaLog from "../source/kafka/KafkaLog.ts"
import { offsetsAt } from "../source/kafka/OffsetsAt.ts"
import { MODELS } from "../worker/Member.ts"
import { printJson } from "../terminal/Output.ts"
import { showProgress } from "../terminal/Progress.ts"
import { NothingAcceptedError } from "../replay/NothingAcceptedError.ts"
import { type Plan, type Planned, planFiles, planTopics } from "../replay/Plan.ts"
import { replayAll } from "../replay/ReplayTask.ts"
import { filesOf } from "../replay/Spool.ts"
import { Totals } from "../replay/Totals.ts"
import { answering, configured, WITHOUT_SOURCE } from "./Root.ts"
import * as Layers from "../worker/Layers.ts"
import { number } from "../domain/Wording.ts"

/** What is asked for, in either form. */
interface Asked {
  readonly files: ReadonlyArray<string>
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
}

/** Why the arguments don't fit together. */
const misuse = ({ files, fromMs, toMs }: Asked): CliError.NonShowHelpErrors | undefined => {
  if (files.length === 0 && fromMs === undefined) return new CliError.MissingArgument({ argument: "file" })
  if (files.length > 0 && (fromMs !== undefined || toMs !== undefined)) {
    const option = fromMs === undefined ? "to" : "from"
    return new CliError.InvalidValue({
      option,
      value: new Date(fromMs ?? toMs ?? 0).toISOString(),
      expected: "no time range where files are given: all that is in them is replayed",
      kind: "flag"
    })
  }
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

const settingsFor = (config: AppConfig, watermarkDelay: Option.Option<Duration.Duration>): PipelineSettings => ({
  ...config.pipeline,
  read: {
    ...config.pipeline.read,
    // the guard against the future stays what it is
    watermarkDelayMs: Option.match(watermarkDelay, {
      onNone: () => config.pipeline.read.watermarkDelayMs,
      onSome: Duration.toMillis
    })
  }
})

/** Tasks that are taken over are nothing to tell of here. */
const quieter = ({ log }: AppConfig) =>
  Effect.provideService(References.MinimumLogLevel, log.level === "Info" ? "Warn" : log.level)

/** A log of the topics as they are, for whoever reads without a group. */
const topicsLog = (config: AppConfig, kafka: KafkaConfig) =>
  KafkaLog.layer({
    kafka: { ...kafka, startingOffsets: "earliest" },
    topics: config.topics,
    taskScope: config.taskScope,
    limits: KafkaLog.limits({ ...config, members: 1 })
  })

/** Fails if a task reads other topics than the configured ones: its rows are of those. */
const refuseOthers = ({ topics }: AppConfig, plans: ReadonlyArray<Plan>) => {
  const inputs = plans.flatMap(({ stretch }) => stretch.task.inputs)
  const problems = (["chat", "viewer"] as const).flatMap((kind) => {
    const other = inputs.find((input) => input.kind === kind && input.topic !== topics[kind])
    return other === undefined
      ? []
      : [
          {
            name: kind === "chat" ? "CHAT_TOPIC" : "VIEWER_TOPIC",
            value: topics[kind],
            allowed: `${other.topic}, which the tables of POSTGRES_SCHEMA are of`
          }
        ]
  })
  return problems.length === 0 ? Effect.void : new ConfigurationError({ problems })
}

const fromTopics = Effect.fn("cli.replayTopics")(function* (
  config: AppConfig,
  settings: PipelineSettings,
  asked: Asked
) {
  if (config.source._tag !== "kafka") {
    return yield* new ConfigurationError({
      problems: [
        { name: "KAFKA_BOOTSTRAP_SERVERS", value: null, allowed: "the brokers of the topics, since --from is given" }
      ]
    })
  }
  const { kafka } = config.source
  const range = { fromMs: asked.fromMs ?? 0, toMs: asked.toMs ?? Number.POSITIVE_INFINITY }
  const planned = Effect.tap(
    planTopics({
      window: settings.window,
      read: settings.read,
      range,
      offsetsAt: (inputs, timeMs) => offsetsAt(kafka, inputs, timeMs)
    }),
    ({ plans }) => refuseOthers(config, plans)
  )
  return { log: topicsLog(config, kafka), planned }
})

const fromFiles = Effect.fn("cli.replayFiles")(function* (settings: PipelineSettings, names: ReadonlyArray<string>) {
  const { files, notices } = yield* filesOf(names, settings.read)
  const log = FileLog.layer({ files, maxLineBytes: settings.read.maxEventBytes + 1 })
  const planned = Effect.map(planFiles(settings), (plan): Planned => ({ plans: [plan], notices }))
  return { log, planned }
})

/** From this share on late events, or records that are no events, are hardly what the user wants. */
const MANY = 0.05

/** What may be wrong with files whose events come out late. */
const lateNotice = ({ counted: { events, late } }: Totals): ReadonlyArray<string> =>
  late === 0 || late < MANY * (events + late)
    ? []
    : [
        `${number(late)} of ${number(events + late)} events were late: the lines are not in order of time, or one far ahead moved the watermark. A longer --watermark-delay counts them`
      ]

/** What else stands in the range. */
const leftNotice = ({ counted: { rowsLeft } }: Totals, isOfFiles: boolean): ReadonlyArray<string> =>
  rowsLeft === 0
    ? []
    : [
        isOfFiles
          ? `${number(rowsLeft)} rows within the time of these files were not computed by this replay, and stay: they are of other files, or of a replay under other settings. A POSTGRES_SCHEMA of its own holds only these files`
          : `${number(rowsLeft)} rows of the range were not computed by this replay, and stay: their windows have another size or slide, or the log has lost records`
      ]

/** What the refused records are, if there are many. */
const refusedNotice = ({ counted: { deadLetters, records }, refusals }: Totals, isOfFiles: boolean) =>
  deadLetters === 0 || deadLetters < MANY * records
    ? []
    : [`${number(deadLetters)} of ${number(records)} records are no events:`, ...refusals.lines(isOfFiles)]

/** Fails if records were read and none of them is an event. Files were judged before. */
const refuseNothing = ({ counted: { deadLetters, records, tombstones }, refusals }: Totals, isOfFiles: boolean) =>
  deadLetters > 0 && deadLetters + tombstones === records
    ? new NothingAcceptedError({
        detail: [
          `Nothing was replayed: none of ${number(deadLetters)} records is an event:`,
          ...refusals.lines(isOfFiles)
        ].join("\n")
      })
    : Effect.void

const summary = ({ counted }: Totals, files: boolean, tookMs: number): string => {
  const untouched = counted.rows - counted.rowsWritten - counted.refusedRows
  const lines: ReadonlyArray<readonly [string, number, string]> = [
    ["records", counted.records, `in ${Duration.format(Duration.millis(tookMs))}`],
    ["events", counted.events, "counted in a window"],
    ["late", counted.late, files ? "for all their windows" : "for all their windows, or before the range"],
    ["dead letters", counted.deadLetters, files ? "" : "which the worker keeps"],
    [
      "rows",
      counted.rows,
      `in the range: ${number(counted.rowsWritten)} written, ${number(untouched)} as they should be, ${number(counted.rowsRemoved)} others removed`
    ],
    [
      "moments",
      counted.moments,
      `in the range: ${number(counted.momentsWritten)} written, ${number(counted.momentsRemoved)} others removed`
    ],
    ...(counted.refusedRows === 0
      ? []
      : [["refused", counted.refusedRows, "left out because PostgreSQL can't hold them"] as const])
  ]
  return lines
    .map(([name, value, words]) => `${name.padEnd(13)}${number(value).padStart(12)}  ${words}`.trimEnd())
    .join("\n")
}

const toJson = ({ counted, refusals }: Totals, notices: ReadonlyArray<string>, tookMs: number) => ({
  records: counted.records,
  events: counted.events,
  late: counted.late,
  dead_letters: counted.deadLetters,
  refusals: refusals.counts,
  tombstones: counted.tombstones,
  rows: counted.rows,
  rows_written: counted.rowsWritten,
  rows_removed: counted.rowsRemoved,
  rows_left: counted.rowsLeft,
  moments: counted.moments,
  moments_written: counted.momentsWritten,
  moments_removed: counted.momentsRemoved,
  refused_rows: counted.refusedRows,
  notices,
  seconds: tookMs / 1000
})

const watermarkDelay = Flag.String("watermark-delay").pipe(
  Flag.filterMap(
    (text) => Option.fromUndefinedOr(variables.WATERMARK_DELAY.parse(text)),
    () => variables.WATERMARK_DELAY.allowed
  ),
  Flag.withDescription("Instead of WATERMARK_DELAY: a longer one counts events that were late"),
  Flag.optional
)

export const replay = Command.make(
  "replay",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("NDJSON, an event a line, of both kinds; - is standard input, gzip is decompressed"),
      Argument.variadic()
    ),
    from: Flag.String("from").pipe(
      Flag.withSchema(Instant),
      Flag.withDescription("Of the topics: windows that start at or after this time"),
      Flag.optional
    ),
    to: Flag.String("to").pipe(
      Flag.withSchema(Instant),
      Flag.withDescription("... and end at or before this one; up to where the worker is where left out"),
      Flag.optional
    ),
    watermarkDelay,
    json: Flag.Boolean("json").pipe(Flag.withDescription("The summary for machines"), Flag.withDefault(false))
  },
  Effect.fnUntraced(function* ({ files, from, json, to, watermarkDelay }) {
    const asked: Asked = { files, fromMs: Option.getOrUndefined(from), toMs: Option.getOrUndefined(to) }
    const isOfFiles = files.length > 0
    const wrong = misuse(asked)
    if (wrong !== undefined) {
      return yield* new CliError.ShowHelp({ commandPath: ["telemetra", "replay"], errors: [wrong] })
    }
    return yield* answering(
      Effect.gen(function* () {
        const config = yield* Config
        const settings = settingsFor(config, watermarkDelay)
        const begunMs = yield* Clock.currentTimeMillis
        const source = isOfFiles ? yield* fromFiles(settings, files) : yield* fromTopics(config, settings, asked)
        const postgres = yield* Layers.sharedDatabase(config)
        const tables = yield* Layer.build(Layers.repair(config, postgres))
        yield* Effect.gen(function* () {
          const { notices: ofPlan, plans } = yield* source.planned
          yield* Effect.forEach(ofPlan, (notice) => Console.error(notice), { discard: true })
          const totals = new Totals(plans)
          yield* Effect.scoped(
            Effect.andThen(
              showProgress(() => ({ fraction: totals.fraction, records: totals.counted.records })),
              replayAll(plans, { settings, model: MODELS[config.sentimentModel], totals })
            )
          ).pipe(quieter(config))
          const tookMs = (yield* Clock.currentTimeMillis) - begunMs
          yield* refuseNothing(totals, isOfFiles)
          const ofEnd = [
            ...leftNotice(totals, isOfFiles),
            ...(isOfFiles ? lateNotice(totals) : []),
            ...refusedNotice(totals, isOfFiles)
          ]
          yield* Effect.forEach(ofEnd, (notice) => Console.error(notice), { discard: true })
          yield* json
            ? printJson(toJson(totals, [...ofPlan, ...ofEnd], tookMs))
            : Console.log(summary(totals, isOfFiles, tookMs))
        }).pipe(Effect.provide(source.log), Effect.provideContext(tables))
      })
    ).pipe(Effect.provide(configured(isOfFiles ? WITHOUT_SOURCE : {})))
  })
).pipe(
  Command.withDescription(
    "Compute windows and moments again, from files or a time range of the topics, and repair the tables; twice is as once"
  ),
  Command.withExamples([
    {
      command: "telemetra replay --from 2026-01-31T18:00:00Z --to 2026-01-31T21:00:00Z --watermark-delay '5 minutes'",
      description: "Count what was up to five minutes late that evening"
    },
    { command: "telemetra replay evening.ndjson", description: "Windows and moments of a recorded evening" },
    {
      command: "zstdcat day.ndjson.zst | POSTGRES_SCHEMA=archive telemetra replay -",
      description: "From a pipe, into a schema of its own"
    }
  ])
)
