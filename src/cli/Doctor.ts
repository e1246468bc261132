/**
 * `telemetra doctor`: checks the requirements of the worker and reports a remedy for each failure.
 * Changes nothing.
 */
import { Console, Effect, Option, Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"
import { Command, Flag } from "effect/cli"
import type { AppConfig, PostgresConfig } from "../config/AppConfig.ts"
import { describeProblem } from "../config/ConfigurationError.ts"
import * as Load from "../config/Load.ts"
import * as EmbeddedPostgres from "../embedded/EmbeddedPostgres.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { type Finding, skipped } from "../doctor/Check.ts"
import { kafkaChecks } from "../doctor/KafkaChecks.ts"
import { localLogChecks } from "../doctor/LocalLogChecks.ts"
import { dataFolder, httpPort } from "../doctor/MachineChecks.ts"
import { positionCheck } from "../doctor/Positions.ts"
import { type PostgresChecks, postgresChecks } from "../doctor/PostgresChecks.ts"
import { type Colour, paint, printJson } from "../terminal/Output.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import * as Collection from "./Collection.ts"
import { environment } from "./Root.ts"
import { counted } from "../domain/Wording.ts"

/** A check failed. The exit code is that of `telemetra run` in the same environment. */
export class DoctorError extends OperatorError.extend<DoctorError>("DoctorError")({
  _tag: Schema.tag("DoctorError"),
  exitCode: Schema.Int
}) {
  override get [Runtime.errorExitCode](): number {
    return this.exitCode
  }
}

const ofConfiguration = (over: Partial<Finding> & Pick<Finding, "status" | "found">): Finding => ({
  name: "configuration",
  remedy: undefined,
  exitCode: ExitCode.config,
  ...over
})

/** The result for a log that was not checked. */
const noLog = (name: string, because: string) => {
  const none = Effect.succeed(new Map<string, bigint>())
  return {
    findings: [skipped(name, because).finding],
    extents: skipped("events", name),
    starts: none,
    ends: none
  }
}

const kafka = (config: AppConfig) =>
  config.source._tag === "kafka"
    ? kafkaChecks(config, config.source.kafka)
    : Effect.succeed(
        noLog("kafka", `the source is ${config.source._tag === "local" ? "the local log" : "a simulated platform"}`)
      )

interface OfPostgres extends PostgresChecks {
  readonly postgres: PostgresConfig | undefined
}

/** The checks, and the database unless an embedded one is not running. */
const postgres = Effect.fnUntraced(function* (config: AppConfig) {
  if (config.database._tag === "postgres") {
    const { postgres } = config.database
    const checks: OfPostgres = { ...(yield* postgresChecks(config, postgres)), postgres }
    return checks
  }
  const running = yield* Effect.option(EmbeddedPostgres.running(config.dataDir))
  if (Option.isSome(running)) {
    const checks: OfPostgres = { ...(yield* postgresChecks(config, running.value)), postgres: running.value }
    if (checks.findings[0]?.status === "ok") return checks
  }
  const { finding } = skipped("postgresql", "the embedded server is not running; `telemetra run` starts it")
  const checks: OfPostgres = {
    findings: [finding],
    complete: skipped("tables", "postgresql"),
    checkpoints: skipped("checkpoints", "postgresql"),
    readCheckpoints: Effect.succeed([]),
    postgres: undefined
  }
  return checks
})

const localLog = (config: AppConfig, { complete, postgres }: OfPostgres) =>
  postgres === undefined
    ? Effect.succeed(noLog("local log", "postgresql"))
    : localLogChecks(config, { postgres, complete })

/** Runs all checks. The order of the findings is fixed. */
const examine = Effect.fn("doctor.examine")(function* (config: AppConfig) {
  const [ofKafka, ofPostgres, ofFolder, ofPort] = yield* Effect.all(
    [kafka(config), postgres(config), dataFolder(config), httpPort(config)],
    { concurrency: "unbounded" }
  )
  const isLocal = config.source._tag === "local"
  const log = isLocal ? yield* localLog(config, ofPostgres) : ofKafka
  const positions = yield* positionCheck(ofPostgres.checkpoints, log.extents, {
    starts: log.starts,
    checkpoints: ofPostgres.readCheckpoints,
    ends: log.ends
  })
  const isWhole = config.source._tag !== "simulator"
  return [
    ...ofKafka.findings,
    ...ofPostgres.findings,
    ...(isLocal ? log.findings : []),
    ...(isWhole ? [positions.finding] : []),
    ofFolder.finding,
    ofPort.finding
  ]
})

const COLOURS: Readonly<Record<Finding["status"], Colour>> = {
  ok: "green",
  warning: "yellow",
  failure: "red",
  skipped: "grey"
}

const NAME_WIDTH = 23

const toLine = ({ found, name, remedy, status }: Finding): string =>
  `${paint(COLOURS[status], status.padEnd(8))} ${name.padEnd(NAME_WIDTH)} ${escapeControls(found)}${remedy === undefined ? "" : ` → ${escapeControls(remedy)}`}`

const count = (findings: ReadonlyArray<Finding>, status: Finding["status"]): string =>
  counted(findings.filter((finding) => finding.status === status).length, status)

/** The names in COLLECT, if it is set. No platform is contacted. */
const collects = (config: AppConfig): Effect.Effect<ReadonlyArray<Finding>> =>
  config.collect.channels.length === 0
    ? Effect.succeed([])
    : Effect.match(Collection.checkedNames(config), {
        onFailure: ({ problems }) =>
          problems.map((problem) => ofConfiguration({ status: "failure", found: describeProblem(problem) })),
        onSuccess: (names) => [ofConfiguration({ status: "ok", found: `collects ${names.join(", ")}` })]
      })

const configuration = Effect.gen(function* () {
  const loaded = yield* Effect.result(Effect.provide(Load.load, yield* environment()))
  if (loaded._tag === "Failure") {
    const { failure } = loaded
    const found = failure._tag === "ConfigurationError" ? failure.problems.map(describeProblem) : [failure.message]
    const findings = found.map((problem) => ofConfiguration({ status: "failure", found: problem }))
    return {
      findings: [
        ...findings,
        ...["kafka", "postgresql", "data folder", "http port"].map((name) => skipped(name, "configuration").finding)
      ],
      config: undefined
    }
  }
  const { config, notices } = loaded.success
  const collected = yield* collects(config)
  const reads = { kafka: "Kafka", local: "the local log", simulator: "a simulated platform" }[config.source._tag]
  const writes = config.database._tag === "postgres" ? "PostgreSQL" : "an embedded PostgreSQL"
  return {
    findings: [
      ofConfiguration({ status: "ok", found: `reads ${reads}, writes ${writes}, schema ${config.tables.schema}` }),
      ...notices.map((found) => ofConfiguration({ status: "warning", found })),
      ...collected
    ],
    config
  }
})

export const doctor = Command.make(
  "doctor",
  { json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object"), Flag.withDefault(false)) },
  ({ json }) =>
    boundedCommand(
      Effect.gen(function* () {
        const { config, findings: ofConfig } = yield* configuration
        if (!json) yield* Console.log(ofConfig.map(toLine).join("\n"))
        const rest = config === undefined ? [] : yield* examine(config)
        if (!json && rest.length > 0) yield* Console.log(rest.map(toLine).join("\n"))
        const all = [...ofConfig, ...rest]
        const worst = all.find(({ status }) => status === "failure")
        if (json) {
          yield* printJson({
            status: worst !== undefined ? "failure" : all.some((f) => f.status === "warning") ? "warning" : "ok",
            checks: all.map(({ found, name, remedy, status }) => ({ name, status, found, remedy: remedy ?? null }))
          })
        }
        if (worst === undefined) return
        return yield* new DoctorError({
          detail: `${count(all, "failure")}, ${count(all, "warning")}`,
          exitCode: worst.exitCode
        })
      })
    )
).pipe(
  Command.withDescription(
    "Check configuration, Kafka, PostgreSQL and this machine, with a remedy for each failure; changes nothing, takes at most half a minute"
  ),
  Command.withExamples([
    { command: "telemetra doctor", description: "Print a line for each check: ok, warning, failure, or skipped" },
    {
      command: "telemetra --env-file prod.env doctor && echo ready",
      description: "The exit code is that of run"
    },
    {
      command: `telemetra doctor --json | jq '.checks[] | select(.status == "failure")'`,
      description: "Print failures only, as JSON"
    }
  ])
)
