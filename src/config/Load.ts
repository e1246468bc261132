/**
 * Environment variables → {@link AppConfig}. Reads every variable of the table from the current
 * `ConfigProvider`, checks each by itself and then the rules over several of them. Returns a whole
 * configuration, or fails with all problems at once.
 */
import { Duration, Effect, type FileSystem, Layer } from "effect"
import type { SampleSettings } from "../domain/ChatContent.ts"
import type { FieldMaps } from "../domain/FieldMap.ts"
import { STATE_LIMITS } from "../domain/Limits.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import * as Logging from "../observability/Logging.ts"
import {
  type AppConfig,
  type CollectConfig,
  Config,
  type KafkaConfig,
  type NotifyConfig,
  type PostgresConfig
} from "./AppConfig.ts"
import { ConfigurationError } from "./ConfigurationError.ts"
import { toCollect } from "./CollectSection.ts"
import { readVariables } from "./Draft.ts"
import { toFields } from "./FieldsSection.ts"
import { hints } from "./Hints.ts"
import { toKafka } from "./KafkaSection.ts"
import { toNotify } from "./NotifySection.ts"
import { toPostgres, toSchema, toUrl } from "./PostgresSection.ts"
import {
  checkCollect,
  checkSides,
  checkSizes,
  checkTimes,
  checkTopics,
  checkWorkers,
  idleTimeoutOf,
  sourceOf,
  type Source
} from "./Rules.ts"
import { securityNotices } from "./SecurityNotices.ts"
import type { Values } from "./Variables.ts"

export interface Loaded {
  readonly config: AppConfig
  /**
   * Warnings, one line each, without values: ignored variables, likely typos, unverified
   * connections.
   */
  readonly notices: ReadonlyArray<string>
}

export const load: Effect.Effect<Loaded, ConfigurationError, FileSystem.FileSystem> = Effect.gen(function* () {
  const draft = yield* readVariables
  const source = sourceOf(draft)
  const store = draft.values.STORE ?? (draft.isSet("POSTGRES_URL") ? "postgres" : "embedded")
  checkSides(draft, source, store)
  const notices = [...(yield* hints)]
  const kafka = source === "kafka" ? yield* toKafka(draft) : undefined
  const url = store === "postgres" ? toUrl(draft) : undefined
  if (url !== undefined && url.unusedParameters.length > 0) {
    notices.push(`Parameters of POSTGRES_URL are ignored: ${url.unusedParameters.join(", ")}`)
  }
  const postgres = url === undefined ? undefined : yield* toPostgres(draft, url)
  const notify = toNotify(draft)
  const fields = toFields(draft)
  const collect = toCollect(draft)
  // Commands that read no source set SOURCE=simulator, such as a replay of files.
  if (fields !== undefined && kafka === undefined && draft.values.SOURCE !== "simulator") {
    notices.push("CHAT_FIELDS and VIEWER_FIELDS apply to replayed files only, because the source is not Kafka")
  }
  notices.push(...securityNotices(kafka, postgres, notify, collect.twitch.helix))
  const schema = toSchema(draft, url)
  checkTopics(draft, source)
  checkCollect(draft, source)
  checkSizes(draft)
  checkWorkers(draft, source)
  checkTimes(draft, source)
  if (draft.problems.length > 0) return yield* new ConfigurationError({ problems: draft.problems })
  const idleTimeout = idleTimeoutOf(draft, source)
  const sections = { source, kafka, postgres, schema, notify, fields, collect, idleTimeout }
  return { config: toConfig(draft.values, sections), notices }
})

/** The parts of the configuration that several variables make. */
interface Sections {
  readonly source: Source
  readonly kafka: KafkaConfig | undefined
  readonly postgres: PostgresConfig | undefined
  readonly schema: string
  readonly notify: NotifyConfig
  readonly fields: FieldMaps | undefined
  readonly collect: CollectConfig
  readonly idleTimeout: Duration.Duration
}

const toSource = (values: Values, { kafka, source }: Sections): AppConfig["source"] => {
  if (kafka !== undefined) return { _tag: "kafka", kafka }
  return source === "local" ? { _tag: "local", retention: values.LOCAL_LOG_RETENTION } : { _tag: "simulator" }
}

const toConfig = (values: Values, sections: Sections): AppConfig => ({
  source: toSource(values, sections),
  database: sections.postgres === undefined ? { _tag: "embedded" } : { _tag: "postgres", postgres: sections.postgres },
  topics: { chat: values.CHAT_TOPIC, viewer: values.VIEWER_TOPIC },
  taskScope: values.TASK_SCOPE,
  workers: values.WORKERS,
  tables: {
    schema: sections.schema,
    migrate: values.MIGRATE,
    partitionBy: values.PARTITION_BY,
    retention: values.RETENTION,
    deadLetters: {
      retentionMs: Duration.toMillis(values.DEAD_LETTER_RETENTION),
      bytesPerDay: values.DEAD_LETTER_BYTES_PER_DAY
    },
    sampleRetentionMs: Duration.toMillis(values.MOMENT_SAMPLE_RETENTION),
    notify: sections.notify.targets.map(({ rule }) => rule)
  },
  sessionTimeout: values.KAFKA_SESSION_TIMEOUT,
  pipeline: toPipeline(values, sections),
  fields: sections.fields,
  maxBatchBytes: values.MAX_BATCH_BYTES,
  sentimentModel: values.SENTIMENT_MODEL,
  livenessTimeout: values.LIVENESS_TIMEOUT,
  shutdownTimeout: values.SHUTDOWN_TIMEOUT,
  dataDir: values.DATA_DIR,
  http: {
    host: values.HTTP_HOST,
    port: values.HTTP_PORT,
    apiToken: values.API_TOKEN,
    allowedHosts: (values.HTTP_ALLOWED_HOSTS ?? []).map((host) => host.toLowerCase()),
    connectionsPerNetwork: values.HTTP_CONNECTIONS_PER_NETWORK
  },
  notify: sections.notify,
  collect: sections.collect,
  clip: {
    leadMs: Duration.toMillis(values.CLIP_LEAD),
    lengthMs: Duration.toMillis(values.CLIP_LENGTH),
    vodUrl: values.VOD_URL_TEMPLATE
  },
  log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT, stacks: values.DEV_MODE }
})

/** The samples of a demo: its people are not real. */
const DEMO_SAMPLES = { most: 5, names: "shown" } as const
const NO_SAMPLES = { most: 0, names: "hashed" } as const

const toSamples = (values: Values, isDemo: boolean): SampleSettings => {
  const defaults = isDemo ? DEMO_SAMPLES : NO_SAMPLES
  return {
    most: values.MOMENT_SAMPLES ?? defaults.most,
    names: values.MOMENT_SAMPLE_NAMES ?? defaults.names
  }
}

const toPipeline = (values: Values, { fields, idleTimeout, kafka, postgres, source }: Sections): PipelineSettings => ({
  window: {
    sizeMs: Duration.toMillis(values.WINDOW_DURATION),
    slideMs: Duration.toMillis(values.SLIDE_DURATION)
  },
  read: {
    watermarkDelayMs: Duration.toMillis(values.WATERMARK_DELAY),
    maxFutureSkewMs: Duration.toMillis(values.MAX_FUTURE_SKEW ?? values.WATERMARK_DELAY),
    futureReference: values.FUTURE_REFERENCE,
    maxEventBytes: values.MAX_EVENT_BYTES,
    ...(fields === undefined || kafka === undefined ? {} : { fields })
  },
  detection: { threshold: values.ANOMALY_THRESHOLD },
  sessionGapMs: Duration.toMillis(values.SESSION_GAP),
  topEmotes: values.TOP_EMOTES,
  samples: toSamples(values, source === "simulator" && postgres === undefined),
  limits: STATE_LIMITS,
  idleTimeoutMs: Duration.toMillis(idleTimeout),
  triggerIntervalMs: Duration.toMillis(values.TRIGGER_INTERVAL),
  maxRecordsPerFlush: values.MAX_OFFSETS_PER_TRIGGER
})

/** The configuration as a layer. Logs its notices once, in the configured format. */
export const layer: Layer.Layer<Config, ConfigurationError, FileSystem.FileSystem> = Layer.effect(
  Config,
  Effect.gen(function* () {
    const { config, notices } = yield* load
    yield* Effect.forEach(notices, (notice) => Effect.logWarning(notice), { discard: true }).pipe(
      Effect.provide(Logging.layer(config.log))
    )
    return config
  })
)
