/**
 * Makes kafkajs clients from the validated configuration: security, timeouts, and kafkajs's log
 * lines at debug level.
 */
import { X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { Effect, Redacted } from "effect"
import kafkajs, {
  type Assigner,
  type Cluster,
  type Kafka,
  type KafkaConfig as KafkajsConfig,
  type logCreator,
  type SASLOptions
} from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { EventLogError } from "../EventLog.ts"
import { toKafkajs } from "./BrokerAddress.ts"
import { registerCodecs } from "./Codecs.ts"
import { quietNegativeTimeouts } from "./NegativeTimeouts.ts"
import { socketFactory } from "./Sockets.ts"

/** How long a broker may take to accept a connection. */
const CONNECT_TIMEOUT_MS = 3_000
/** How long it may take to reply. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * kafkajs's own retries: few and short, enough for a leader or coordinator that moves. Callers
 * retry with log lines.
 */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 }

export interface Clients {
  /** For members of the group and for producers. */
  readonly kafka: Kafka
  /** For checks: fails at once if no broker replies. */
  readonly probe: Kafka
}

/** Fails with `Unauthorized` if the certificates or the key cannot be used. */
export const makeClients = Effect.fnUntraced(function* (config: KafkaConfig) {
  registerCodecs()
  quietNegativeTimeouts()
  const ssl = yield* sslOptions(config)
  const settings: KafkajsConfig = {
    clientId: "telemetra",
    brokers: config.bootstrapServers.map(toKafkajs),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    socketFactory,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: yield* effectLogCreator,
    ...ssl,
    ...saslOptions(config)
  }
  const clients: Clients = {
    kafka: new kafkajs.Kafka({ ...settings, retry: RETRY }),
    probe: new kafkajs.Kafka({ ...settings, retry: { ...RETRY, retries: 0 } })
  }
  return clients
})

/**
 * A kafkajs cluster: its connections, metadata, and the requests to single brokers. kafkajs passes
 * it only to assigners, so this makes a consumer for its assigner and never runs it.
 */
export const makeCluster = (kafka: Kafka, groupId: string): Cluster => {
  let found: Cluster | undefined
  kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    partitionAssigners: [
      ({ cluster }): Assigner => {
        found = cluster
        return {
          name: "never-joins",
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: "never-joins", metadata: Buffer.alloc(0) })
        }
      }
    ]
  })
  if (found === undefined) throw new Error("Unsupported kafkajs version: it passes no cluster to partition assigners")
  return found
}

/**
 * Sends kafkajs's lines to Effect's logger, all at debug level: callers log everything that an
 * operator needs.
 */
const effectLogCreator = Effect.map(Effect.context(), (services): logCreator => {
  const runFork = Effect.runForkWith(services)
  return () =>
    ({ namespace, label, log }) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } = log
      runFork(
        Effect.logDebug(`kafkajs ${namespace}: ${message}`).pipe(Effect.annotateLogs({ ...rest, kafkajsLevel: label }))
      )
    }
})

const saslOptions = (config: KafkaConfig): { readonly sasl?: SASLOptions } => {
  if (config.sasl === undefined || !config.securityProtocol.startsWith("SASL_")) return {}
  const { username } = config.sasl
  const password = Redacted.value(config.sasl.password)
  switch (config.sasl.mechanism) {
    case "PLAIN":
      return { sasl: { mechanism: "plain", username, password } }
    case "SCRAM-SHA-256":
      return { sasl: { mechanism: "scram-sha-256", username, password } }
    case "SCRAM-SHA-512":
      return { sasl: { mechanism: "scram-sha-512", username, password } }
  }
}

/**
 * Checks once more that OpenSSL accepts the PEM text, which the configuration has read and parsed.
 */
const sslOptions = Effect.fnUntraced(function* (config: KafkaConfig) {
  if (!config.securityProtocol.endsWith("SSL")) return {}
  const { ca, cert, key } = config.ssl
  const ssl = {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: Redacted.value(key) })
  }
  yield* Effect.try({
    try: () => {
      // OpenSSL skips an authority that it cannot read.
      for (const text of [ca, cert]) if (text !== undefined) void new X509Certificate(text)
      createSecureContext(ssl)
    },
    // Without the cause: OpenSSL may repeat text of the key.
    catch: () =>
      new EventLogError({
        reason: "Unauthorized",
        detail:
          "KAFKA_SSL_CA, KAFKA_SSL_CERT or KAFKA_SSL_KEY is unusable: the PEM text is damaged, the key has a passphrase, or the key does not match the certificate"
      })
  })
  return { ssl }
})
