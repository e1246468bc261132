import { rootCertificates } from "node:tls"
import { inspect } from "node:util"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, FileSystem, Layer, Redacted } from "effect"
import { TestConsole } from "effect/testing"
import { type AppConfig, Config } from "../../src/config/AppConfig.ts"
import type { ConfigurationError } from "../../src/config/ConfigurationError.ts"
import * as Load from "../../src/config/Load.ts"
import { type VariableName, variables } from "../../src/config/Variables.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"

const provide =
  (env: Record<string, string>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(
        Layer.mergeAll(NodeServices.layer, TestConsole.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )

const read = (env: Record<string, string>) => Load.load.pipe(provide(env))
const refuse = (env: Record<string, string>) => Effect.flip(read(env))

const real = { KAFKA_BOOTSTRAP_SERVERS: "kafka:9092", POSTGRES_URL: "postgresql://telemetra@db/live" }

/** The problem of one variable; fails if there is none. */
const problemOf = (error: ConfigurationError, name: VariableName) => {
  const problem = error.problems.find((problem) => problem.name === name)
  assert.isDefined(problem, `no problem of ${name} in: ${error.message}`)
  return problem
}

describe("defaults", () => {
  it.effect("an empty environment is a simulator and an embedded PostgreSQL", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read({})
      const expected: AppConfig = {
        source: { _tag: "simulator" },
        database: { _tag: "embedded" },
        topics: { chat: "telemetra.events.chat", viewer: "telemetra.events.viewer" },
        taskScope: "partition",
        workers: 1,
        sessionTimeout: Duration.seconds(30),
        maxBatchBytes: 67_108_864,
        tables: {
          schema: "public",
          migrate: "auto",
          partitionBy: "month",
          retention: undefined,
          deadLetters: { retentionMs: 30 * 86_400_000, bytesPerDay: 67_108_864 },
          sampleRetentionMs: 30 * 86_400_000,
          notify: []
        },
        pipeline: {
          window: { sizeMs: 60_000, slideMs: 10_000 },
          read: {
            watermarkDelayMs: 10_000,
            maxFutureSkewMs: 10_000,
            futureReference: "record",
            maxEventBytes: 1_048_576
          },
          detection: { threshold: 3 },
          sessionGapMs: 600_000,
          topEmotes: 10,
          samples: { most: 5, names: "shown" },
          limits: STATE_LIMITS,
          idleTimeoutMs: 30_000,
          triggerIntervalMs: 1000,
          maxRecordsPerFlush: undefined
        },
        fields: undefined,
        sentimentModel: "chat",
        livenessTimeout: Duration.minutes(2),
        shutdownTimeout: Duration.seconds(20),
        dataDir: "./data",
        http: {
          host: "127.0.0.1",
          port: 4040,
          apiToken: undefined,
          allowedHosts: [],
          connectionsPerNetwork: 500
        },
        collect: {
          channels: [],
          twitch: {
            chatUrl: "wss://irc-ws.chat.twitch.tv:443",
            helix: undefined,
            emoteLists: [
              { name: "7tv", url: "https://7tv.io/v3" },
              { name: "bttv", url: "https://api.betterttv.net/3" },
              { name: "ffz", url: "https://api.frankerfacez.com/v1" }
            ]
          }
        },
        notify: { targets: [], secret: undefined, backlog: 10_000, maxAgeMs: 3_600_000, publicUrl: undefined },
        clip: { leadMs: 10_000, lengthMs: 30_000, vodUrl: undefined },
        log: { level: "Info", format: "pretty", stacks: false }
      }
      assert.deepStrictEqual(config, expected)
      assert.deepStrictEqual(notices, [])
    })
  )

  it.effect("brokers and a database are Kafka and PostgreSQL", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ ...real, KAFKA_BOOTSTRAP_SERVERS: " kafka-1:9092 , [::1]:9093," })
      assert.deepStrictEqual(config.source, {
        _tag: "kafka",
        kafka: {
          bootstrapServers: ["kafka-1:9092", "[::1]:9093"],
          groupId: "telemetra",
          startingOffsets: "earliest",
          securityProtocol: "PLAINTEXT",
          sasl: undefined,
          ssl: { ca: undefined, cert: undefined, key: undefined },
          deadLetterTopic: undefined,
          momentsTopic: undefined,
          windowsTopic: undefined
        }
      })
      assert.deepStrictEqual(config.database, {
        _tag: "postgres",
        postgres: {
          host: "db",
          port: 5432,
          database: "live",
          user: "telemetra",
          password: undefined,
          sslMode: "prefer",
          sslRootCert: undefined
        }
      })
    })
  )

  it.effect("an empty text is not set", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ HTTP_PORT: "", API_TOKEN: "  ", KAFKA_BOOTSTRAP_SERVERS: "", POSTGRES_URL: " " })
      assert.strictEqual(config.http.port, 4040)
      assert.isUndefined(config.http.apiToken)
      assert.strictEqual(config.source._tag, "simulator")
    })
  )

  it.effect("COLLECT keeps its parts as typed", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ ...real, COLLECT: " twitch:one, #Two ,,", TWITCH_CHAT_URL: "ws://127.0.0.1:1" })
      assert.deepStrictEqual(config.collect.channels, ["twitch:one", "#Two"])
      assert.strictEqual(config.collect.twitch.chatUrl, "ws://127.0.0.1:1")
    })
  )

  it.effect("a default future skew follows the watermark delay", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ WATERMARK_DELAY: "3 minutes" })
      assert.strictEqual(config.pipeline.read.maxFutureSkewMs, 180_000)
    })
  )
})

describe("problems", () => {
  it.effect("five mistakes are listed at once, a line each", () =>
    Effect.gen(function* () {
      const error = yield* refuse({
        HTTP_PORT: "http",
        WINDOW_DURATION: "10",
        TOP_EMOTES: "-1",
        LOG_FORMAT: "xml",
        KAFKA_BOOTSTRAP_SERVERS: "kafka",
        STORE: "embedded"
      })
      assert.strictEqual(
        error.message,
        [
          "The configuration has 5 problems:",
          '  KAFKA_BOOTSTRAP_SERVERS="kafka": expected host:port, an IPv6 address in brackets, several separated by commas',
          '  WINDOW_DURATION="10": expected a duration from 1 ms to 31 days, such as "10 seconds", "500 ms" or "2 days"',
          '  TOP_EMOTES="-1": expected an integer from 0 to 100',
          '  HTTP_PORT="http": expected an integer from 0 to 65535',
          '  LOG_FORMAT="xml": expected pretty or json'
        ].join("\n")
      )
      assert.deepStrictEqual(problemOf(error, "HTTP_PORT"), {
        name: "HTTP_PORT",
        value: '"http"',
        allowed: "an integer from 0 to 65535"
      })
    })
  )

  it.effect("a value can't break out of its line", () =>
    Effect.gen(function* () {
      const error = yield* refuse({ CHAT_TOPIC: `a\nb\u009b31m\u2028${"x".repeat(300)}` })
      assert.isTrue(problemOf(error, "CHAT_TOPIC").value?.startsWith('"a\\nb\uFFFD31m\uFFFDxxx'))
      assert.strictEqual(error.message.split("\n").length, 2)
      assert.isBelow(error.message.length, 300)
    })
  )

  const sides: ReadonlyArray<readonly [Record<string, string>, VariableName]> = [
    [{ KAFKA_BOOTSTRAP_SERVERS: "kafka:9092" }, "POSTGRES_URL"],
    [{ POSTGRES_URL: real.POSTGRES_URL }, "KAFKA_BOOTSTRAP_SERVERS"],
    [{ SOURCE: "kafka" }, "KAFKA_BOOTSTRAP_SERVERS"],
    [{ STORE: "postgres", SOURCE: "simulator" }, "POSTGRES_URL"],
    [{ STORE: "postgres" }, "KAFKA_BOOTSTRAP_SERVERS"],
    [{ STORE: "postgres", SOURCE: "local" }, "POSTGRES_URL"]
  ]
  for (const [env, missing] of sides) {
    it.effect(`${JSON.stringify(env)} misses ${missing}`, () =>
      Effect.gen(function* () {
        const error = yield* refuse(env)
        assert.isNull(problemOf(error, missing).value)
        assert.include(error.message, `${missing} is not set: expected`)
      })
    )
  }

  const mixed: ReadonlyArray<readonly [Record<string, string>, string, string]> = [
    [{ KAFKA_BOOTSTRAP_SERVERS: "kafka:9092", STORE: "embedded" }, "kafka", "embedded"],
    [{ POSTGRES_URL: real.POSTGRES_URL, SOURCE: "simulator" }, "simulator", "postgres"],
    [{ POSTGRES_URL: real.POSTGRES_URL, STORE: "EMBEDDED" }, "simulator", "embedded"],
    [{ SOURCE: "LOCAL" }, "local", "embedded"],
    [{ SOURCE: "local", POSTGRES_URL: real.POSTGRES_URL }, "local", "postgres"],
    [{ COLLECT: "twitch:one" }, "local", "embedded"],
    [{ COLLECT: "twitch:one", POSTGRES_URL: real.POSTGRES_URL }, "local", "postgres"],
    [{ ...real, COLLECT: "twitch:one" }, "kafka", "postgres"],
    [{ ...real, SOURCE: "local" }, "local", "postgres"]
  ]
  for (const [env, source, store] of mixed) {
    it.effect(`${Object.keys(env).join(" and ")} is requested by name`, () =>
      Effect.gen(function* () {
        const { config } = yield* read(env)
        assert.strictEqual(config.source._tag, source)
        assert.strictEqual(config.database._tag, store)
      })
    )
  }

  it.effect("the local log has a retention, and a shorter default of IDLE_TIMEOUT", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ SOURCE: "local", LIVENESS_TIMEOUT: "5 seconds" })
      assert.deepStrictEqual(config.source, { _tag: "local", retention: Duration.days(7) })
      assert.strictEqual(config.pipeline.idleTimeoutMs, 5_000)
      const { config: set } = yield* read({ SOURCE: "local", IDLE_TIMEOUT: "30 s", LOCAL_LOG_RETENTION: "1 day" })
      assert.strictEqual(set.pipeline.idleTimeoutMs, 30_000)
      assert.deepStrictEqual(set.source, { _tag: "local", retention: Duration.days(1) })
      const { config: other } = yield* read({})
      assert.strictEqual(other.pipeline.idleTimeoutMs, 30_000)
    })
  )

  it.effect("only the demo quotes messages by default", () =>
    Effect.gen(function* () {
      const nothing = { most: 0, names: "hashed" } as const
      const { config: whole } = yield* read(real)
      assert.deepStrictEqual(whole.pipeline.samples, nothing)
      for (const [env] of mixed)
        assert.deepStrictEqual((yield* read(env)).config.pipeline.samples?.most, env["STORE"] === "EMBEDDED" ? 5 : 0)
      // Collected people are real.
      const { config: collected } = yield* read({ COLLECT: "twitch:one" })
      assert.deepStrictEqual(collected.pipeline.samples, nothing)
      const { config } = yield* read({ MOMENT_SAMPLES: "0", MOMENT_SAMPLE_NAMES: "hashed" })
      assert.deepStrictEqual(config.pipeline.samples, nothing)
    })
  )

  const together: ReadonlyArray<readonly [Record<string, string>, VariableName, string]> = [
    [
      { WINDOW_DURATION: "10 seconds", SLIDE_DURATION: "11 seconds" },
      "SLIDE_DURATION",
      "at most WINDOW_DURATION (10 seconds)"
    ],
    [{ WINDOW_DURATION: "5 seconds" }, "SLIDE_DURATION", "at most WINDOW_DURATION (5 seconds)"],
    [{ WINDOW_DURATION: "10001 ms", SLIDE_DURATION: "1 ms" }, "SLIDE_DURATION", "greatest common divisor"],
    [{ MAX_FUTURE_SKEW: "10001 ms" }, "MAX_FUTURE_SKEW", "at most WATERMARK_DELAY (10 seconds)"],
    [{ VIEWER_TOPIC: "telemetra.events.chat" }, "VIEWER_TOPIC", "another topic than CHAT_TOPIC"],
    [{ DEAD_LETTER_TOPIC: "telemetra.events.chat" }, "DEAD_LETTER_TOPIC", "another topic"],
    [
      { ...real, MOMENTS_TOPIC: "telemetra_events_viewer" },
      "MOMENTS_TOPIC",
      "another topic than CHAT_TOPIC and VIEWER_TOPIC"
    ],
    [
      { ...real, DEAD_LETTER_TOPIC: "a", MOMENTS_TOPIC: "b", WINDOWS_TOPIC: "b" },
      "WINDOWS_TOPIC",
      "another topic than CHAT_TOPIC, VIEWER_TOPIC, DEAD_LETTER_TOPIC and MOMENTS_TOPIC"
    ],
    [{ COLLECT: "twitch:one", SOURCE: "simulator" }, "COLLECT", "no value while SOURCE=simulator"],
    [{ WINDOWS_TOPIC: "a" }, "WINDOWS_TOPIC", "unless the source is Kafka"],
    [{ IDLE_TIMEOUT: "121 seconds" }, "IDLE_TIMEOUT", "LIVENESS_TIMEOUT (2 minutes)"],
    [{ LIVENESS_TIMEOUT: "29 seconds" }, "IDLE_TIMEOUT", "LIVENESS_TIMEOUT (29 seconds)"],
    [{ SOURCE: "local", LIVENESS_TIMEOUT: "4 seconds" }, "LIVENESS_TIMEOUT", "at least 5 seconds"],
    [
      { SOURCE: "local", LIVENESS_TIMEOUT: "29 seconds", IDLE_TIMEOUT: "30 seconds" },
      "IDLE_TIMEOUT",
      "LIVENESS_TIMEOUT (29 seconds)"
    ],
    [{ SOURCE: "local", WORKERS: "2" }, "WORKERS", "1, because SOURCE=local has one partition"],
    [{ SOURCE: "local", MOMENTS_TOPIC: "a" }, "MOMENTS_TOPIC", "the local log has no brokers to write to"],
    [
      { RETENTION: "1 day", WATERMARK_DELAY: "1 day" },
      "RETENTION",
      "86850 seconds that a restart reads back and that rows wait for late events"
    ],
    [
      { RETENTION: "1 day", WINDOW_DURATION: "12 hours", SLIDE_DURATION: "1 hour" },
      "RETENTION",
      "154800 seconds that a restart reads back"
    ],
    [{ ...real, POSTGRES_URL: "postgresql://db/live" }, "POSTGRES_USER", "the database user"],
    [{ ...real, POSTGRES_URL: "mysql://db/live" }, "POSTGRES_URL", "postgresql://user@host:port/database"],
    [{ ...real, POSTGRES_URL: "postgresql://u@db/l?currentSchema=A" }, "POSTGRES_URL", "currentSchema"],
    [
      { ...real, KAFKA_SECURITY_PROTOCOL: "SASL_SSL" },
      "KAFKA_SASL_PASSWORD",
      "because KAFKA_SECURITY_PROTOCOL=SASL_SSL"
    ],
    [
      {
        ...real,
        KAFKA_SECURITY_PROTOCOL: "SASL_SSL",
        KAFKA_SASL_MECHANISM: "SCRAM-SHA-256",
        KAFKA_SASL_USERNAME: "älice",
        KAFKA_SASL_PASSWORD: "sécret"
      },
      "KAFKA_SASL_USERNAME",
      "ASCII characters, because KAFKA_SASL_MECHANISM=SCRAM-SHA-256"
    ],
    [{ ...real, KAFKA_SASL_USERNAME: "u" }, "KAFKA_SASL_USERNAME", "SASL_SSL or SASL_PLAINTEXT (it is PLAINTEXT)"],
    [{ ...real, KAFKA_SSL_CA: "/ca.pem" }, "KAFKA_SSL_CA", "SSL or SASL_SSL (it is PLAINTEXT)"],
    [{ ...real, KAFKA_SECURITY_PROTOCOL: "SSL", KAFKA_SSL_CA: "/none/ca.pem" }, "KAFKA_SSL_CA", "NotFound"],
    [
      { ...real, KAFKA_SECURITY_PROTOCOL: "SSL", KAFKA_SSL_CERT: "-----BEGIN" },
      "KAFKA_SSL_KEY",
      "KAFKA_SSL_CERT is set"
    ],
    [{ ...real, KAFKA_SECURITY_PROTOCOL: "SSL", KAFKA_SSL_KEY: "-----BEGIN" }, "KAFKA_SSL_CERT", "KAFKA_SSL_KEY is set"]
  ]
  for (const [env, name, words] of together) {
    it.effect(`${name} in ${JSON.stringify(env)}`, () =>
      Effect.gen(function* () {
        assert.include(problemOf(yield* refuse(env), name).allowed, words)
      })
    )
  }

  it.effect("a mistake in one variable hides none in others, and brings no second-hand ones", () =>
    Effect.gen(function* () {
      const error = yield* refuse({ WINDOW_DURATION: "x", SLIDE_DURATION: "2 days", TOP_EMOTES: "101", SOURCE: "x" })
      assert.deepStrictEqual(
        error.problems.map((problem) => problem.name),
        ["SOURCE", "WINDOW_DURATION", "TOP_EMOTES"]
      )
    })
  )
})

describe("limits", () => {
  /**
   * Values at and just beyond each bound; variables whose bound depends on others get these along.
   */
  const bounds: ReadonlyArray<
    readonly [VariableName, ReadonlyArray<string>, ReadonlyArray<string>, Record<string, string>?]
  > = [
    ["MAX_EVENT_BYTES", ["1", "16777216"], ["0", "16777217", "1.5", "1e3", "0x10"]],
    ["MAX_OFFSETS_PER_TRIGGER", ["1", "1000000000"], ["0", "1000000001"]],
    ["TOP_EMOTES", ["0", "100"], ["-1", "101"]],
    ["ANOMALY_THRESHOLD", ["0.1", "1000"], ["0.09", "1000.1", "NaN", "Infinity"]],
    ["CLIP_LEAD", ["0", "2 minutes"], ["-1 seconds", "121 seconds"]],
    ["CLIP_LENGTH", ["1 second", "1 hour"], ["0", "999 ms", "61 minutes"]],
    ["WORKERS", ["1", "256"], ["0", "257"]],
    ["HTTP_PORT", ["0", "65535"], ["-1", "65536"]],
    ["WINDOW_DURATION", ["1 ms", "31 days"], ["0 ms", "0.5 ms", "44640.1 minutes"]],
    ["SLIDE_DURATION", ["1 ms", "10 seconds"], ["0 seconds", "32 days"], { WINDOW_DURATION: "10 seconds" }],
    ["WATERMARK_DELAY", ["0", "0 seconds", "31 days"], ["32 days", "-1 seconds"]],
    ["MAX_FUTURE_SKEW", ["0 seconds", "10 seconds"], ["10.001 seconds"]],
    ["LOCAL_LOG_RETENTION", ["1 day", "36500 days"], ["23 hours", "36501 days"]],
    ["IDLE_TIMEOUT", ["100 ms", "1 day"], ["99 ms", "24.1 hours"], { LIVENESS_TIMEOUT: "1 day" }],
    ["TRIGGER_INTERVAL", ["10 ms", "1 hour"], ["9 ms", "61 minutes"]],
    ["LIVENESS_TIMEOUT", ["1 second", "1 day"], ["999 ms", "25 hours"], { IDLE_TIMEOUT: "1 second" }],
    ["SHUTDOWN_TIMEOUT", ["1 second", "1 hour"], ["999 ms", "61 minutes"]],
    ["RETENTION", ["1 day", "36500 days"], ["23 hours", "36501 days", "for ever"]],
    ["DEAD_LETTER_RETENTION", ["1 day", "36500 days"], ["23 hours", "36501 days"]],
    ["DEAD_LETTER_BYTES_PER_DAY", ["0", "1099511627776"], ["-1", "1099511627777", "64 MiB"]],
    ["CHAT_TOPIC", ["a", "a".repeat(249)], ["a".repeat(250), "a b", ".", ".."]],
    ["POSTGRES_SCHEMA", ["a", "_1", "a".repeat(63)], ["a".repeat(64), "1a", "A", "a-b", "pg_x", 'a"']],
    ["KAFKA_GROUP_ID", ["a", "a".repeat(255)], ["a".repeat(256), "a\tb"]],
    [
      "API_TOKEN",
      ["0123456789abcdef", "~".repeat(512)],
      ["a", "0123456789abcde", "0123456789abcdef ü", "0123456789 abcdef", "~".repeat(513)]
    ],
    [
      "HTTP_ALLOWED_HOSTS",
      ["telemetra.example", "a.example, B.example", "*", "10.0.0.1", "2001:db8::1"],
      ["a.example:80", "http://a.example", "a b", ",", "*.example", "[::1]"]
    ],
    ["NOTIFY_BACKLOG", ["1", "1000000"], ["0", "1000001"]],
    ["NOTIFY_MAX_AGE", ["1 minute", "36500 days"], ["59 seconds", "36501 days"]],
    ["HTTP_CONNECTIONS_PER_NETWORK", ["1", "2000"], ["0", "2001", "many"]],
    ["HTTP_HOST", ["0.0.0.0", "::", "fe80::1%eth0", "localhost"], ["http://x", "a b", "[::]"]],
    ["DEV_MODE", ["true", "FALSE", "1", "no"], ["2", "maybe"]],
    ["LOG_LEVEL", ["debug", "NONE"], ["verbose"]],
    ["KAFKA_BOOTSTRAP_SERVERS", ["a:1", "a:65535"], ["a:0", "a:65536", "a", "http://a:1", ","], { STORE: "embedded" }]
  ]
  for (const [name, allowed, refused, along] of bounds) {
    // A small slide goes with the bounds of others, so that only the tested one decides.
    const env = name === "WINDOW_DURATION" ? { SLIDE_DURATION: "1 ms", WINDOW_DURATION: "1 ms" } : { ...along }
    it.effect(name, () =>
      Effect.gen(function* () {
        for (const value of allowed) {
          const slide = name === "WINDOW_DURATION" ? { SLIDE_DURATION: value } : {}
          yield* Load.load.pipe(provide({ ...env, ...slide, [name]: value }), Effect.orDie)
        }
        for (const value of refused) {
          assert.strictEqual(
            problemOf(yield* refuse({ ...env, [name]: value }), name).allowed,
            name === "MAX_FUTURE_SKEW"
              ? "at most WATERMARK_DELAY (10 seconds): otherwise one fast clock makes the events of all others late"
              : variables[name].allowed
          )
        }
      })
    )
  }

  it.effect("mapped fields are read settings of Kafka's tasks, and of files", () =>
    Effect.gen(function* () {
      const env = { CHAT_FIELDS: "stream=/channel/login, time=/ts", VIEWER_FIELDS: "viewers=/n" }
      const fields = { chat: { stream: "/channel/login", time: "/ts" }, viewer: { viewers: "/n" } }
      const { config } = yield* read({ ...real, ...env })
      assert.deepStrictEqual([config.pipeline.read.fields, config.fields], [fields, fields])
      const one = yield* read({ ...real, VIEWER_FIELDS: "viewers=/n" })
      assert.deepStrictEqual(one.config.fields, { viewer: { viewers: "/n" } })
      const simulated = yield* read(env)
      assert.isFalse("fields" in simulated.config.pipeline.read)
      assert.deepStrictEqual(simulated.config.fields, fields)
      const notice = "apply to replayed files only"
      assert.include(simulated.notices.join(), notice)
      assert.include((yield* read({ ...env, SOURCE: "local" })).notices.join(), notice)
      // Commands that read no source set it: they use the mapping for files, or not at all.
      const ofFiles = yield* read({ ...real, ...env, SOURCE: "simulator" })
      assert.deepStrictEqual(ofFiles.config.fields, fields)
      assert.notInclude(ofFiles.notices.join(), notice)
    })
  )

  it.effect("no fields are mapped where a collector writes", () =>
    Effect.gen(function* () {
      const error = yield* refuse({ ...real, COLLECT: "twitch:ada", VIEWER_FIELDS: "viewers=/n" })
      assert.include(problemOf(error, "VIEWER_FIELDS").allowed, "COLLECT is set")
    })
  )

  it.effect("every problem of a mapping is a sentence", () =>
    Effect.gen(function* () {
      const error = yield* refuse({ CHAT_FIELDS: "stream=channel.login,time=/ts,time=/t", VIEWER_FIELDS: "text=/t" })
      assert.deepStrictEqual(
        error.problems.map(({ allowed, name }) => `${name}: ${allowed}`),
        [
          "CHAT_FIELDS: a JSON pointer for stream, which begins with /, such as stream=/channel/login",
          "CHAT_FIELDS: one entry for time",
          "VIEWER_FIELDS: entries of the form field=/pointer with the fields stream, time, id, viewers; a pointer cannot contain a comma"
        ]
      )
    })
  )

  it.effect("10,000 panes are allowed", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ WINDOW_DURATION: "10 seconds", SLIDE_DURATION: "1 ms" })
      assert.deepStrictEqual(config.pipeline.window, { sizeMs: 10_000, slideMs: 1 })
    })
  )

  const spellings = [
    ["90000", undefined],
    ["90000 ms", 90_000],
    ["90000 millis", 90_000],
    ["90s", 90_000],
    ["90 Seconds", 90_000],
    ["1.5m", 90_000],
    ["1.5 minutes", 90_000],
    ["0.025 hours", 90_000],
    ["1 week", 604_800_000],
    ["1 month", undefined],
    ["ten seconds", undefined],
    ["1e3 s", undefined]
  ] as const
  for (const [text, ms] of spellings) {
    it(`a duration of ${text}`, () => {
      const duration = variables.WINDOW_DURATION.parse(text)
      assert.strictEqual(duration && Duration.toMillis(duration), ms)
    })
  }
})

describe("secrets", () => {
  const password = "s3cr3t-p4ssw0rd-of-30-characters"
  const env = {
    ...real,
    POSTGRES_URL: `jdbc:postgresql://db/live?user=u&password=${password}`,
    KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
    KAFKA_SASL_MECHANISM: "scram-sha-512",
    KAFKA_SASL_USERNAME: "u",
    KAFKA_SASL_PASSWORD: ` ${password} `,
    API_TOKEN: password
  }

  it.effect("are not printed with the configuration", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read(env)
      for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), String(config), notices.join()]) {
        assert.notInclude(text, password)
      }
      assert.isTrue(config.source._tag === "kafka" && config.database._tag === "postgres")
      if (config.source._tag !== "kafka" || config.database._tag !== "postgres") return
      const { sasl } = config.source.kafka
      assert.strictEqual(sasl?.mechanism, "SCRAM-SHA-512")
      assert.strictEqual(sasl && Redacted.value(sasl.password), ` ${password} `)
      const { password: stored } = config.database.postgres
      assert.strictEqual(stored && Redacted.value(stored), password)
    })
  )

  it.effect("are not printed with a problem", () =>
    Effect.gen(function* () {
      const broken = [
        { API_TOKEN: `${password} ü` },
        { POSTGRES_URL: `postgresql://u:${password}/@db/live` },
        { POSTGRES_URL: `postgresql://u:${password}#@db/live` },
        { POSTGRES_URL: `postgresql://u:%zz${password}@db/live` },
        { POSTGRES_URL: `postgresql://u@db/live?password=a&${password}` },
        { POSTGRES_URL: `${password}` },
        { KAFKA_SECURITY_PROTOCOL: "SSL", KAFKA_SSL_CERT: "-----BEGIN", KAFKA_SSL_KEY: `/none/${password}` }
      ]
      for (const one of broken) {
        const error = yield* refuse({ ...env, ...one })
        for (const text of [error.message, String(error), JSON.stringify(error), inspect(error, { depth: 9 })]) {
          assert.notInclude(text, password)
        }
        assert.include(error.message, "(not shown)")
      }
    })
  )
})

describe("TLS", () => {
  it.effect("PEM text is taken unchanged, with line ends written as \\n too", () =>
    Effect.gen(function* () {
      const ca = rootCertificates[0] ?? ""
      const { config } = yield* read({
        ...real,
        KAFKA_SECURITY_PROTOCOL: "ssl",
        KAFKA_SSL_CA: ca.replaceAll("\n", String.raw`\n`),
        POSTGRES_SSL_MODE: "verify-full",
        POSTGRES_SSL_CA: ca
      })
      assert.isTrue(config.source._tag === "kafka" && config.database._tag === "postgres")
      if (config.source._tag !== "kafka" || config.database._tag !== "postgres") return
      assert.strictEqual(config.source.kafka.ssl.ca, ca)
      assert.strictEqual(config.database.postgres.sslRootCert, ca)
    })
  )

  it.effect("PEM text is read from the file that a variable names", () =>
    Effect.gen(function* () {
      const ca = rootCertificates[0] ?? ""
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/ca.pem`
      yield* fs.writeFileString(file, ca)
      const { config } = yield* read({
        ...real,
        KAFKA_SECURITY_PROTOCOL: "ssl",
        KAFKA_SSL_CA: file,
        POSTGRES_SSL_MODE: "verify-full",
        POSTGRES_SSL_CA: file
      })
      assert.strictEqual(config.source._tag === "kafka" && config.source.kafka.ssl.ca, ca)
      assert.strictEqual(config.database._tag === "postgres" && config.database.postgres.sslRootCert, ca)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("a file without PEM text is refused", () =>
    Effect.gen(function* () {
      const error = yield* refuse({ ...real, POSTGRES_SSL_MODE: "verify-ca", POSTGRES_SSL_CA: import.meta.dirname })
      assert.include(problemOf(error, "POSTGRES_SSL_CA").allowed, "that file")
    })
  )
})

describe("PostgreSQL", () => {
  it.effect("a value in its own variable takes precedence over the URL", () =>
    Effect.gen(function* () {
      const { config } = yield* read({
        ...real,
        POSTGRES_URL: "postgresql://a:b@db/live?sslmode=require&currentSchema=one",
        POSTGRES_USER: "c",
        POSTGRES_PASSWORD: "d",
        POSTGRES_SSL_MODE: "disable",
        POSTGRES_SCHEMA: "two"
      })
      assert.strictEqual(config.tables.schema, "two")
      assert.isTrue(config.database._tag === "postgres")
      if (config.database._tag !== "postgres") return
      const { user, password, sslMode } = config.database.postgres
      assert.deepStrictEqual([user, password && Redacted.value(password), sslMode], ["c", "d", "disable"])
    })
  )

  it.effect("the URL's schema is the default, and a missing database is the user's", () =>
    Effect.gen(function* () {
      const { config } = yield* read({ ...real, POSTGRES_URL: "jdbc:postgresql://db?user=u&currentSchema=one,public" })
      assert.strictEqual(config.tables.schema, "one")
      assert.strictEqual(config.database._tag === "postgres" && config.database.postgres.database, "u")
    })
  )
})

const withUrl = (url: string) => ({ ...real, POSTGRES_URL: url })

describe("notices", () => {
  it.effect("name what has no effect, once, without values", () =>
    Effect.gen(function* () {
      const { notices } = yield* read({
        ...real,
        POSTGRES_URL: "postgresql://u@localhost/x?ApplicationName=x&reWriteBatchedInserts=true",
        SPARK_MASTER: "local[*]",
        CHECKPOINT_LOCATION: "/tmp/x",
        WINDOW_DURATON: "1 minute",
        KAFKA_BOOTSTRAP_SERVER: "secret",
        HTTP_PROXY: "http://proxy",
        KAFKA_PORT_9092_TCP: "tcp://kafka",
        POSTGRES_DB: "x"
      })
      assert.deepStrictEqual(notices, [
        "Variables of the Spark job are ignored: CHECKPOINT_LOCATION, SPARK_MASTER",
        "Unknown variable KAFKA_BOOTSTRAP_SERVER is ignored: did you mean KAFKA_BOOTSTRAP_SERVERS?",
        "Unknown variable WINDOW_DURATON is ignored: did you mean WINDOW_DURATION?",
        "Parameters of POSTGRES_URL are ignored: ApplicationName, reWriteBatchedInserts"
      ])
    })
  )

  it.effect("warn if the server is not verified, or a password travels in cleartext", () =>
    Effect.gen(function* () {
      for (const mode of ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca"]) {
        const { notices } = yield* read(withUrl(`postgresql://u@db/x${mode}`))
        assert.strictEqual(notices.length, 1)
        assert.match(notices[0] ?? "", /identity of PostgreSQL is not verified.*POSTGRES_SSL_MODE=verify-full/)
      }
      for (const url of [
        "postgresql://u@db/x?sslmode=verify-full",
        "postgresql://u@localhost/x",
        "postgresql://u@127.0.0.1/x",
        "postgresql://u@[::1]/x",
        "postgresql://u@%2Frun%2Fpostgresql/x"
      ]) {
        assert.deepStrictEqual((yield* read(withUrl(url))).notices, [], url)
      }
      const login = { KAFKA_SASL_USERNAME: "u", KAFKA_SASL_PASSWORD: "secret" }
      const { notices } = yield* read({
        ...withUrl("postgresql://u@localhost/x"),
        ...login,
        KAFKA_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
        KAFKA_SASL_MECHANISM: "PLAIN"
      })
      assert.match(notices.join(), /sends the password in cleartext.*SASL_SSL/)
      assert.notInclude(notices.join(), "secret")
      for (const [protocol, mechanism] of [
        ["SASL_SSL", "PLAIN"],
        ["SASL_PLAINTEXT", "SCRAM-SHA-256"]
      ] as const) {
        const safe = { ...login, KAFKA_SECURITY_PROTOCOL: protocol, KAFKA_SASL_MECHANISM: mechanism }
        assert.deepStrictEqual((yield* read({ ...withUrl("postgresql://u@localhost/x"), ...safe })).notices, [])
      }
    })
  )

  it.effect("name settings of earlier versions in one line, whatever their value", () =>
    Effect.gen(function* () {
      const { config, notices } = yield* read({ MIN_BASELINE: "-1", BASELINE_WINDOWS: "many" })
      assert.deepStrictEqual(config.pipeline.detection, { threshold: 3 })
      assert.deepStrictEqual(notices, [
        "Settings of an earlier version are ignored: BASELINE_WINDOWS, MIN_BASELINE. Each stream now has its own baseline; remove these variables"
      ])
    })
  )

  it.effect("the layer logs them in the configured format", () =>
    Effect.gen(function* () {
      const { dataDir } = yield* Effect.service(Config).pipe(Effect.provide(Load.layer))
      assert.strictEqual(dataDir, "/d")
      const lines = yield* TestConsole.logLines
      assert.strictEqual(lines.length, 1)
      assert.include(JSON.parse(String(lines[0])).message, "SPARK_MASTER")
    }).pipe(provide({ DATA_DIR: "/d", LOG_FORMAT: "json", SPARK_MASTER: "x" }))
  )
})

it("every variable has a default that it allows, and a description that is a sentence", () => {
  for (const [name, variable] of Object.entries(variables)) {
    assert.match(name, /^[A-Z0-9_]+$/)
    assert.match(variable.description, /^[^ ].*\.$/)
    if (variable.default !== undefined) assert.deepStrictEqual(variable.parse(variable.default), variable.absent)
  }
})
