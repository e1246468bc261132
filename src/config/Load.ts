/**
 * Environment variables → {@link AppConfig}. Reads every variable of the table through the `ConfigProvider` in force, checks each by itself and those that
 * depend on each other together, and answers with either a whole configuration or all that is wrong with it.
 */
import { ConfigProvider, Duration, Effect, FileSystem, Layer, Redacted, Result } from "effect"
import { momentsReachMs } from "../domain/Moment.ts"
import { paneSizeMs } from "../domain/WindowSettings.ts"
import { STORE_SLIDES } from "../domain/Baseline.ts"
import { STATE_LIMITS } from "../domain/Limits.ts"

import * as Logging from "../observability/Logging.ts"
import { type AppConfig, Config, type KafkaConfig, type PostgresConfig } from "./AppConfig.ts"
import { ConfigurationError, type Problem } from "./ConfigurationError.ts"
import { nearestName } from "./NearestName.ts"
import { LIBPQ_NAMES, type LibpqName, libpqConflicts } from "./LibpqVariables.ts"
import { isPair, problemOfCertificates, problemOfKey } from "./Pem.ts"
import { type PostgresUrl, parsePostgresUrl, partsSaid } from "./PostgresUrl.ts"
import { checksCertificate, securityNotices } from "./SecurityNotices.ts"
import { type Values, type Variable, type VariableName, isUnused, RETIRED, variables } from "./Variables.ts"

/** Most panes that a window may consist of: a pane is gcd(window, slide) long. */
const MAX_PANES = 10_000

export interface Loaded {
  readonly config: AppConfig
  /** What is worth a line in the log: variables without effect, names that look misspelled. Holds no values. */
  readonly notices: ReadonlyArray<string>
}

/** Reads, checks, and collects. Fails with every problem at once. */
export const load: Effect.Effect<Loaded, ConfigurationError, FileSystem.FileSystem> = Effect.gen(function* () {
  const draft = yield* readVariables
  const source = draft.values.SOURCE ?? (draft.isSet("KAFKA_BOOTSTRAP_SERVERS") ? "kafka" : "simulator")
  const store = draft.values.STORE ?? (draft.isSet("POSTGRES_URL") ? "postgres" : "embedded")
  if (draft.isFine("SOURCE", "STORE")) checkSides(draft, source, store)

  const notices = [...(yield* noticesOfNames)]
  const kafka = source === "kafka" ? yield* toKafka(draft) : undefined
  const url = store === "postgres" ? toUrl(draft) : undefined
  if (url !== undefined && url.unusedParameters.length > 0) {
    notices.push(`Parameters of POSTGRES_URL without effect here: ${url.unusedParameters.join(", ")}`)
  }
  const postgres = url === undefined ? undefined : yield* toPostgres(draft, url)
  notices.push(...securityNotices(kafka, postgres))
  const schema = toSchema(draft, url)
  if (url !== undefined && postgres !== undefined) yield* checkLibpq(draft, url, postgres.database)
  checkTopics(draft)
  checkSizes(draft)
  checkTimes(draft)
  if (draft.problems.length > 0) return yield* new ConfigurationError({ problems: draft.problems })

  const { values } = draft
  const windowMs = Duration.toMillis(values.WINDOW_DURATION)
  const watermarkDelayMs = Duration.toMillis(values.WATERMARK_DELAY)
  const config: AppConfig = {
    source: kafka === undefined ? { _tag: "simulator" } : { _tag: "kafka", kafka },
    store: postgres === undefined ? { _tag: "embedded" } : { _tag: "postgres", postgres },
    topics: { chat: values.CHAT_TOPIC, viewer: values.VIEWER_TOPIC },
    taskScope: values.TASK_SCOPE,
    workers: values.WORKERS,
    results: {
      schema,
      migrate: values.MIGRATE,
      partitionBy: values.PARTITION_BY,
      retention: values.RETENTION,
      deadLetters: {
        retentionMs: Duration.toMillis(values.DEAD_LETTER_RETENTION),
        bytesPerDay: values.DEAD_LETTER_BYTES_PER_DAY
      }
    },
    sessionTimeout: values.KAFKA_SESSION_TIMEOUT,
    pipeline: {
      window: { sizeMs: windowMs, slideMs: Duration.toMillis(values.SLIDE_DURATION) },
      read: {
        watermarkDelayMs,
        maxFutureSkewMs:
          values.MAX_FUTURE_SKEW === undefined ? watermarkDelayMs : Duration.toMillis(values.MAX_FUTURE_SKEW),
        futureReference: values.FUTURE_REFERENCE,
        maxEventBytes: values.MAX_EVENT_BYTES
      },
      detection: { threshold: values.ANOMALY_THRESHOLD },
      topEmotes: values.TOP_EMOTES,
      limits: STATE_LIMITS,
      idleTimeoutMs: Duration.toMillis(values.IDLE_TIMEOUT),
      triggerIntervalMs: Duration.toMillis(values.TRIGGER_INTERVAL),
      maxRecordsPerFlush: values.MAX_OFFSETS_PER_TRIGGER
    },
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
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT, stacks: values.DEV_MODE }
  }
  return { config, notices }
})

/** The configuration as a layer. Says its notices once, in the way that the configuration asks for. */
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

/** The variables as read, and the problems found so far. */
class Draft {
  readonly problems: Array<Problem> = []
  readonly texts: ReadonlyMap<VariableName, string>
  readonly values: Values

  constructor(texts: ReadonlyMap<VariableName, string>) {
    this.texts = texts
    const values: Partial<Record<VariableName, unknown>> = {}
    for (const [name, variable] of entries) {
      const text = texts.get(name)
      const value = text === undefined ? variable.absent : variable.parse(text)
      if (text !== undefined && value === undefined) this.refuse(name, variable.allowed)
      values[name] = value ?? variable.absent
    }
    this.values = values as Values // every entry of the table has been given the value of its own kind
  }

  isSet(name: VariableName): boolean {
    return this.texts.has(name)
  }

  /** Whether these can be looked at together: none has a problem of its own. */
  isFine(...names: ReadonlyArray<VariableName>): boolean {
    return !this.problems.some((problem) => names.some((name) => name === problem.name))
  }

  /** Records what is wrong with a variable, with its value unless that is a secret. */
  refuse(name: VariableName, allowed: string): void {
    const text = this.texts.get(name)
    const fallback = variables[name].default
    let value: string | null = null
    if (text !== undefined) value = variables[name].secret ? "(not shown)" : shown(text)
    else if (fallback !== undefined) value = `${fallback} (the default)`
    this.problems.push({ name, value, allowed })
  }
}

// The cast only restores the names, which Object.entries widens to string.
const entries = Object.entries(variables) as ReadonlyArray<[VariableName, Variable<unknown>]>

/** Fit for one line of bounded length: quoted, control characters escaped. */
const shown = (text: string): string => {
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029]/g, "\uFFFD")
}

const readText = (path: ConfigProvider.Path) =>
  Effect.gen(function* () {
    const provider = yield* ConfigProvider.ConfigProvider
    return yield* provider.load(path)
  })

const readVariables = Effect.gen(function* () {
  const texts = new Map<VariableName, string>()
  const unread: Array<Problem> = []
  for (const [name, variable] of entries) {
    const node = yield* readText([name]).pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          unread.push({ name, value: null, allowed: `its source to be readable: ${error.message}` })
          return undefined
        })
      )
    )
    const text = variable.secret ? node?.value : node?.value?.trim()
    if (text !== undefined && text.trim() !== "") texts.set(name, text)
  }
  const draft = new Draft(texts)
  draft.problems.push(...unread)
  return draft
})

/** Names of variables that have no effect: the earlier job's, those of earlier versions, and likely typos. */
const noticesOfNames: Effect.Effect<ReadonlyArray<string>> = Effect.gen(function* () {
  const names = (yield* namesBelow([])).toSorted()
  const known: ReadonlyArray<string> = Object.keys(variables)
  const unused = names.filter(isUnused)
  const notices: Array<string> = []
  if (unused.length > 0) {
    notices.push(
      `Accepted for the sake of the Spark job that this worker replaces, without effect: ${unused.join(", ")}`
    )
  }
  const retired = names.filter((name) => RETIRED.includes(name))
  if (retired.length > 0) {
    notices.push(
      `Settings of an earlier version, without effect: ${retired.join(", ")}. Each stream has its own baseline now; remove these variables`
    )
  }
  for (const name of names) {
    if (isUnused(name) || RETIRED.includes(name) || known.includes(name)) continue
    const meant = nearestName(name, known)
    if (meant !== undefined) notices.push(`${name} is no variable of this worker and has no effect: ${meant} is one`)
  }
  return notices
}).pipe(
  // A source that can't list its names gives no hints; whether it can be read at all is checked variable by variable.
  Effect.orElseSucceed(() => [])
)

const namesBelow = (path: ReadonlyArray<string>): Effect.Effect<Array<string>, ConfigProvider.SourceError> =>
  Effect.gen(function* () {
    const node = yield* readText(path)
    const names = node?.value === undefined ? [] : [path.join("_")]
    if (node?._tag === "Record") {
      for (const key of node.keys) names.push(...(yield* namesBelow([...path, key])))
    }
    return names
  })

/** No simulated rows in real tables, and no real events in a throwaway database, unless asked for by name. */
const checkSides = (draft: Draft, source: "kafka" | "simulator", store: "postgres" | "embedded"): void => {
  if (source === "kafka" && !draft.isSet("KAFKA_BOOTSTRAP_SERVERS")) {
    draft.refuse("KAFKA_BOOTSTRAP_SERVERS", `${variables.KAFKA_BOOTSTRAP_SERVERS.allowed}, because SOURCE=kafka`)
  }
  if (store === "postgres" && !draft.isSet("POSTGRES_URL")) {
    draft.refuse("POSTGRES_URL", `${variables.POSTGRES_URL.allowed}, because STORE=postgres`)
  }
  if (source === "simulator" && store === "postgres" && !draft.isSet("SOURCE")) {
    draft.refuse(
      "KAFKA_BOOTSTRAP_SERVERS",
      "the brokers, because POSTGRES_URL is set (SOURCE=simulator would write simulated rows into that database)"
    )
  }
  if (source === "kafka" && store === "embedded" && !draft.isSet("STORE")) {
    draft.refuse(
      "POSTGRES_URL",
      "the database, because Kafka is set as the source (STORE=embedded would keep the results under DATA_DIR)"
    )
  }
}

/** PEM text as it stands (a literal \n counts as a line's end), or a file's. `problemOfPem` judges it. */
const readPem = Effect.fn("config.readPem")(function* (
  draft: Draft,
  name: VariableName,
  textOrPath: string,
  problemOfPem: (pem: string) => string | undefined
) {
  const refuse = (why: string) => {
    draft.refuse(name, `PEM text, or the path of a PEM file that the worker may read (${why})`)
    return undefined
  }
  let pem = textOrPath.replaceAll(String.raw`\n`, "\n")
  if (!textOrPath.includes("-----BEGIN")) {
    const fs = yield* FileSystem.FileSystem
    const content = yield* Effect.result(fs.readFileString(textOrPath))
    if (Result.isFailure(content)) return refuse(`that file: ${content.failure.reason._tag}`)
    if (!content.success.includes("-----BEGIN")) return refuse("that file holds no PEM text")
    pem = content.success
  }
  const problem = problemOfPem(pem)
  return problem === undefined ? pem : refuse(problem)
})

const toKafka = Effect.fn("config.toKafka")(function* (draft: Draft) {
  const { values } = draft
  const protocol = values.KAFKA_SECURITY_PROTOCOL
  const isKnown = draft.isFine("KAFKA_SECURITY_PROTOCOL")
  const isSasl = protocol === "SASL_PLAINTEXT" || protocol === "SASL_SSL"
  const isSsl = protocol === "SSL" || protocol === "SASL_SSL"
  for (const name of ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const) {
    if (!isKnown || isSasl === draft.isSet(name)) continue
    draft.refuse(
      name,
      isSasl
        ? `${variables[name].allowed}, because KAFKA_SECURITY_PROTOCOL=${protocol}`
        : `nothing, or KAFKA_SECURITY_PROTOCOL to be SASL_SSL or SASL_PLAINTEXT (it is ${protocol})`
    )
  }
  // Brokers refuse other names: ScramMessages in org.apache.kafka.common.security.scram.internals, 4.1.
  if (values.KAFKA_SASL_MECHANISM?.startsWith("SCRAM") && /\P{ASCII}/u.test(values.KAFKA_SASL_USERNAME ?? "")) {
    draft.refuse("KAFKA_SASL_USERNAME", `ASCII characters, because KAFKA_SASL_MECHANISM=${values.KAFKA_SASL_MECHANISM}`)
  }
  for (const name of ["KAFKA_SSL_CA", "KAFKA_SSL_CERT", "KAFKA_SSL_KEY"] as const) {
    if (!isKnown || isSsl || !draft.isSet(name)) continue
    draft.refuse(name, `nothing, or KAFKA_SECURITY_PROTOCOL to be SSL or SASL_SSL (it is ${protocol})`)
  }
  if (draft.isSet("KAFKA_SSL_CERT") && !draft.isSet("KAFKA_SSL_KEY")) {
    draft.refuse("KAFKA_SSL_KEY", `${variables.KAFKA_SSL_KEY.allowed}, because KAFKA_SSL_CERT is set`)
  }
  if (draft.isSet("KAFKA_SSL_KEY") && !draft.isSet("KAFKA_SSL_CERT")) {
    draft.refuse("KAFKA_SSL_CERT", `${variables.KAFKA_SSL_CERT.allowed}, because KAFKA_SSL_KEY is set`)
  }

  const key =
    isSsl && values.KAFKA_SSL_KEY !== undefined
      ? yield* readPem(draft, "KAFKA_SSL_KEY", Redacted.value(values.KAFKA_SSL_KEY).trim(), problemOfKey)
      : undefined
  const ssl = {
    ca:
      isSsl && values.KAFKA_SSL_CA !== undefined
        ? yield* readPem(draft, "KAFKA_SSL_CA", values.KAFKA_SSL_CA, problemOfCertificates)
        : undefined,
    cert:
      isSsl && values.KAFKA_SSL_CERT !== undefined
        ? yield* readPem(draft, "KAFKA_SSL_CERT", values.KAFKA_SSL_CERT, problemOfCertificates)
        : undefined,
    key: key === undefined ? undefined : Redacted.make(key)
  }
  if (ssl.cert !== undefined && key !== undefined && !isPair(ssl.cert, key)) {
    draft.refuse("KAFKA_SSL_KEY", "the key of the certificate in KAFKA_SSL_CERT: it is another one's")
  }
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = values
  const kafka: KafkaConfig = {
    bootstrapServers: values.KAFKA_BOOTSTRAP_SERVERS ?? [],
    groupId: values.KAFKA_GROUP_ID,
    startingOffsets: values.KAFKA_STARTING_OFFSETS,
    securityProtocol: protocol,
    sasl:
      isSasl && mechanism !== undefined && username !== undefined && password !== undefined
        ? { mechanism, username, password }
        : undefined,
    ssl,
    deadLetterTopic: values.DEAD_LETTER_TOPIC
  }
  return kafka
})

const toUrl = (draft: Draft): PostgresUrl | undefined => {
  const text = draft.values.POSTGRES_URL
  if (text === undefined) return undefined
  const url = parsePostgresUrl(Redacted.value(text).trim())
  if (Result.isSuccess(url)) return url.success
  draft.refuse("POSTGRES_URL", url.failure)
  return undefined
}

const toPostgres = Effect.fn("config.toPostgres")(function* (draft: Draft, url: PostgresUrl) {
  const { values } = draft
  const user = values.POSTGRES_USER ?? url.user
  if (user === undefined && draft.isFine("POSTGRES_USER")) {
    draft.refuse("POSTGRES_USER", "the database user, here or in POSTGRES_URL")
  }
  const sslMode = values.POSTGRES_SSL_MODE ?? url.sslMode ?? "prefer"
  if (draft.isFine("POSTGRES_SSL_MODE") && !checksCertificate(sslMode)) {
    const instead = `nothing, or POSTGRES_SSL_MODE to be verify-ca or verify-full: ${sslMode} verifies no certificate`
    if (draft.isSet("POSTGRES_SSL_CA")) draft.refuse("POSTGRES_SSL_CA", instead)
    else if (url.sslRootCert !== undefined)
      draft.refuse(
        "POSTGRES_URL",
        `no sslrootcert, or its sslmode to be verify-ca or verify-full: ${sslMode} verifies no certificate`
      )
  }
  let sslRootCert: string | undefined
  if (checksCertificate(sslMode) && values.POSTGRES_SSL_CA !== undefined) {
    sslRootCert = yield* readPem(draft, "POSTGRES_SSL_CA", values.POSTGRES_SSL_CA, problemOfCertificates)
  } else if (checksCertificate(sslMode) && url.sslRootCert !== undefined && url.sslRootCert !== "system") {
    sslRootCert = yield* readPem(draft, "POSTGRES_URL", url.sslRootCert, problemOfCertificates)
  }
  const postgres: PostgresConfig = {
    host: url.host,
    port: url.port,
    database: url.database ?? user ?? "",
    user: user ?? "",
    password: values.POSTGRES_PASSWORD ?? url.password,
    sslMode,
    sslRootCert
  }
  return postgres
})

/** Refuses what psql would read from libpq's own variables and this worker does not. */
const checkLibpq = Effect.fn("config.checkLibpq")(function* (draft: Draft, url: PostgresUrl, database: string) {
  const { values } = draft
  const found = new Map<LibpqName, string>()
  for (const name of LIBPQ_NAMES) {
    const node = yield* Effect.orElseSucceed(readText([name]), () => undefined)
    if (node?.value !== undefined) found.set(name, node.value.trim())
  }
  const said = partsSaid(values.POSTGRES_URL === undefined ? "" : Redacted.value(values.POSTGRES_URL).trim())
  const conflicts = libpqConflicts(found, {
    url,
    said,
    database,
    isSslModeSaid: (values.POSTGRES_SSL_MODE ?? url.sslMode) !== undefined,
    isSchemaSaid: (values.POSTGRES_SCHEMA ?? url.schema) !== undefined
  })
  for (const conflict of conflicts) draft.refuse("POSTGRES_URL", conflict)
})

/** POSTGRES_SCHEMA, else the URL's, else public. */
const toSchema = (draft: Draft, url: PostgresUrl | undefined): string => {
  const { POSTGRES_SCHEMA: schema } = draft.values
  if (schema !== undefined || url?.schema === undefined) return schema ?? "public"
  if (variables.POSTGRES_SCHEMA.parse(url.schema) === undefined) {
    draft.refuse("POSTGRES_URL", `its currentSchema, schema or search_path to be ${variables.POSTGRES_SCHEMA.allowed}`)
  }
  return url.schema
}

/** Kafka's metrics write a dot as _, so it refuses to create a topic whose name then equals another one's. */
const collide = (one: string, other: string): boolean => one.replaceAll(".", "_") === other.replaceAll(".", "_")

const checkTopics = (draft: Draft): void => {
  const { CHAT_TOPIC: chat, VIEWER_TOPIC: viewer, DEAD_LETTER_TOPIC: deadLetters } = draft.values
  const rule = "by more than dots and underscores"
  if (draft.isFine("CHAT_TOPIC", "VIEWER_TOPIC") && collide(chat, viewer)) {
    draft.refuse("VIEWER_TOPIC", `another topic than CHAT_TOPIC, ${rule}`)
  }
  if (deadLetters !== undefined && (collide(deadLetters, chat) || collide(deadLetters, viewer))) {
    draft.refuse("DEAD_LETTER_TOPIC", `another topic than CHAT_TOPIC and VIEWER_TOPIC, ${rule}`)
  }
}

const checkSizes = (draft: Draft): void => {
  const { MAX_BATCH_BYTES: batch, MAX_EVENT_BYTES: event } = draft.values
  if (draft.isFine("MAX_BATCH_BYTES", "MAX_EVENT_BYTES") && event > batch) {
    draft.refuse("MAX_EVENT_BYTES", `at most MAX_BATCH_BYTES (${batch}): a batch with such a record would be left out`)
  }
}

const checkTimes = (draft: Draft): void => {
  const { values } = draft
  const text = (name: VariableName) => `${name} (${draft.texts.get(name) ?? variables[name].default})`
  const windowMs = Duration.toMillis(values.WINDOW_DURATION)
  const slideMs = Duration.toMillis(values.SLIDE_DURATION)
  if (draft.isFine("WINDOW_DURATION", "SLIDE_DURATION")) {
    if (slideMs > windowMs) {
      draft.refuse(
        "SLIDE_DURATION",
        `at most ${text("WINDOW_DURATION")}: events between two windows would count nowhere`
      )
    } else if (windowMs / paneSizeMs({ sizeMs: windowMs, slideMs }) > MAX_PANES) {
      draft.refuse(
        "SLIDE_DURATION",
        `a duration whose greatest common divisor with ${text("WINDOW_DURATION")} is at least a ${MAX_PANES.toLocaleString("en")}th of that`
      )
    }
  }
  if (
    draft.isFine("MAX_FUTURE_SKEW", "WATERMARK_DELAY") &&
    values.MAX_FUTURE_SKEW !== undefined &&
    Duration.isGreaterThan(values.MAX_FUTURE_SKEW, values.WATERMARK_DELAY)
  ) {
    draft.refuse(
      "MAX_FUTURE_SKEW",
      `at most ${text("WATERMARK_DELAY")}: one clock that is fast would make punctual events late`
    )
  }
  if (
    draft.isFine("IDLE_TIMEOUT", "LIVENESS_TIMEOUT") &&
    Duration.isGreaterThan(values.IDLE_TIMEOUT, values.LIVENESS_TIMEOUT)
  ) {
    draft.refuse(
      "IDLE_TIMEOUT",
      `at most ${text("LIVENESS_TIMEOUT")}: a quiet partition would stop the others for longer than a worker may make no progress`
    )
  }
  if (
    values.RETENTION !== undefined &&
    draft.isFine("RETENTION", "WINDOW_DURATION", "SLIDE_DURATION", "WATERMARK_DELAY")
  ) {
    // A restart reads rows that start this much before the watermark. A row is written this much after its window ends.
    const lookBackMs = STORE_SLIDES * slideMs + windowMs + momentsReachMs({ sizeMs: windowMs, slideMs })
    const delayMs = Duration.toMillis(values.WATERMARK_DELAY)
    const retentionMs = Duration.toMillis(values.RETENTION)
    if (retentionMs < lookBackMs) {
      draft.refuse("RETENTION", `at least the ${Math.ceil(lookBackMs / 1000)} seconds that a restart reads back`)
    } else if (retentionMs < lookBackMs + delayMs) {
      draft.refuse(
        "RETENTION",
        `at least the ${Math.ceil((lookBackMs + delayMs) / 1000)} seconds that a restart reads back and that rows wait for late events (${text("WATERMARK_DELAY")}): rows would be dropped as soon as they are written`
      )
    }
  }
}
