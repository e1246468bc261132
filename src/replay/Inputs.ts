/**
 * The two inputs of a replay: a time range of the topics, or files. Each gives a log and its plans.
 */
import { Effect } from "effect"
import type { AppConfig, KafkaConfig, PostgresConfig } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { Input } from "../domain/Task.ts"
import { localLog } from "../worker/Layers.ts"
import * as FileLog from "../source/file/FileLog.ts"
import * as KafkaLog from "../source/kafka/KafkaLog.ts"
import { offsetsAt } from "../source/kafka/OffsetsAt.ts"
import { offsetsAt as localOffsetsAt } from "../source/local/OffsetsAt.ts"
import type { RepairRange } from "../sink/Repair.ts"
import { type Plan, type Planned, planFiles, planTopics } from "./Plan.ts"
import { conversionNotices } from "./ConversionReport.ts"
import { NothingAcceptedError } from "./NothingAcceptedError.ts"
import { filesOf, type Reading } from "./Spool.ts"

/** A log of the topics from their start, for readers without a group. */
const topicsLog = (config: AppConfig, kafka: KafkaConfig) =>
  KafkaLog.layer({
    kafka: { ...kafka, startingOffsets: "earliest" },
    topics: config.topics,
    taskScope: config.taskScope,
    limits: KafkaLog.limits({ ...config, members: 1 })
  })

/** Fails if the checkpoints of the tables name other topics than the configured ones. */
const refuseOtherTopics = ({ topics }: AppConfig, plans: ReadonlyArray<Plan>) => {
  const inputs = plans.flatMap(({ stretch }) => stretch.task.inputs)
  const problems = (["chat", "viewer"] as const).flatMap((kind) => {
    const other = inputs.find((input) => input.kind === kind && input.topic !== topics[kind])
    if (other === undefined) return []
    return [
      {
        name: kind === "chat" ? "CHAT_TOPIC" : "VIEWER_TOPIC",
        value: topics[kind],
        allowed: `${other.topic}, the topic of the rows in POSTGRES_SCHEMA`
      }
    ]
  })
  return problems.length === 0 ? Effect.void : new ConfigurationError({ problems })
}

/** The log of the source, and the offsets of a time in it. */
const logOf = <E, R>(config: AppConfig, database: Effect.Effect<PostgresConfig, E, R>) =>
  Effect.gen(function* () {
    const { source } = config
    switch (source._tag) {
      case "kafka":
        return {
          log: topicsLog(config, source.kafka),
          offsetsAt: (inputs: ReadonlyArray<Input>, timeMs: number) => offsetsAt(source.kafka, inputs, timeMs)
        }
      case "local": {
        const postgres = yield* database
        const options = { postgres, schema: config.tables.schema, sessionTimeout: config.sessionTimeout }
        return {
          log: localLog(config, postgres),
          offsetsAt: (inputs: ReadonlyArray<Input>, timeMs: number) => localOffsetsAt(options, inputs, timeMs)
        }
      }
      case "simulator":
        return yield* new ConfigurationError({
          problems: [
            {
              name: "KAFKA_BOOTSTRAP_SERVERS",
              value: null,
              allowed: "the brokers of the topics, because --from is given (or SOURCE=local for the local log)"
            }
          ]
        })
    }
  })

/** `database` opens the database of the results, which has the local log. */
export const fromTopics = Effect.fn("replay.fromTopics")(function* <E, R>(
  config: AppConfig,
  settings: PipelineSettings,
  range: RepairRange,
  database: Effect.Effect<PostgresConfig, E, R>
) {
  const { log, offsetsAt } = yield* logOf(config, database)
  const planned = Effect.tap(
    planTopics({ window: settings.window, read: settings.read, range, offsetsAt }),
    ({ plans }) => refuseOtherTopics(config, plans)
  )
  return { log, planned, settings, converted: [] }
})

/**
 * The settings under which the files are read. Saved chat is converted to the built-in shape, to
 * which no mapping applies.
 */
const readAs = (settings: PipelineSettings, files: Spooled): Effect.Effect<PipelineSettings, NothingAcceptedError> => {
  const { fields, ...read } = settings.read
  if (fields === undefined || files.converted.length === 0) return Effect.succeed(settings)
  if (files.converted.length === files.files.length) return Effect.succeed({ ...settings, read })
  const names = files.converted.map(({ file }) => escapeControls(file)).join(", ")
  return Effect.fail(
    new NothingAcceptedError({
      detail: `Nothing was replayed: CHAT_FIELDS and VIEWER_FIELDS do not apply to saved chat (${names}). Replay it and the other files separately`
    })
  )
}

type Spooled = Effect.Success<ReturnType<typeof filesOf>>

export const fromFiles = Effect.fn("replay.fromFiles")(function* (
  configured: PipelineSettings,
  names: ReadonlyArray<string>,
  reading: Omit<Reading, "read">
) {
  const spooled = yield* filesOf(names, { ...reading, read: configured.read })
  const { converted, files } = spooled
  const settings = yield* readAs(configured, spooled)
  const notices = [...spooled.notices, ...conversionNotices(converted, reading.given.stream)]
  const log = FileLog.layer({ files, maxLineBytes: settings.read.maxEventBytes + 1, fields: settings.read.fields })
  const planned = Effect.map(planFiles(settings), (plan): Planned => ({ plans: [plan], notices }))
  return { log, planned, settings, files, converted, notices }
})
