/** Maps what kafkajs throws to an EventLogError. */
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { EventLogError } from "../EventLog.ts"
import { toBroker } from "./BrokerAddress.ts"

/** The fields that distinguish kafkajs's errors. */
interface KafkaFailure {
  readonly name: string
  readonly message: string
  /** Kafka's name of a broker's error, such as `OFFSET_OUT_OF_RANGE`. */
  readonly type: string | undefined
  /** Node's code of a socket or TLS error, such as `ECONNREFUSED`. */
  readonly code: string | undefined
  readonly broker: string | undefined
}

const textField = (value: object, key: string): string | undefined => {
  const found: unknown = Reflect.get(value, key)
  return typeof found === "string" ? found : undefined
}

/** The innermost error with details: kafkajs wraps it, for example in its retries. */
const describe = (thrown: unknown): KafkaFailure => {
  let error = thrown
  for (let depth = 0; depth < 8 && error instanceof Error; depth++) {
    const wraps = error.name === "KafkaJSNumberOfRetriesExceeded" || error.name === "KafkaJSNonRetriableError"
    if (!wraps && !(textField(error, "type") === undefined && error.name === "KafkaJSError")) break
    if (!(error.cause instanceof Error)) break
    error = error.cause
  }
  // Requests such as createTopics report several errors at once: the first has the kind.
  if (error instanceof Error && error.name === "KafkaJSAggregateError") {
    const all: unknown = Reflect.get(error, "errors")
    if (Array.isArray(all) && all[0] instanceof Error) error = all[0]
  }
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), type: undefined, code: undefined, broker: undefined }
  }
  return {
    name: error.name,
    message: error.message,
    type: textField(error, "type"),
    code: textField(error, "code"),
    broker: brokerOf(error)
  }
}

const brokerOf = (error: Error): string | undefined => {
  const broker = textField(error, "broker")
  return broker === undefined ? undefined : toBroker(broker)
}

/**
 * Kafka's name of the error, such as `OFFSET_OUT_OF_RANGE`; `undefined` if no broker reported one.
 */
export const protocolError = (thrown: unknown): string | undefined => describe(thrown).type

const TLS_CODES = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID"
])

/** The broker requires another mechanism, supports none, or refuses the password. */
const SASL_ERRORS: ReadonlySet<string | undefined> = new Set([
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE"
])

const TOPIC_ERRORS = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "INVALID_TOPIC_EXCEPTION"])

/** Errors of a join, with cause and remedy. */
const GROUP_REMEDIES: ReadonlyMap<string | undefined, string> = new Map([
  [
    "INCONSISTENT_GROUP_PROTOCOL",
    "its other members are not workers of the same TASK_SCOPE; stop them or set another KAFKA_GROUP_ID"
  ],
  ["INVALID_GROUP_ID", "Kafka does not allow this name; set another KAFKA_GROUP_ID"],
  [
    "GROUP_MAX_SIZE_REACHED",
    "the group is full; lower WORKERS, stop other members, or raise the brokers' group.max.size"
  ],
  [
    "INVALID_SESSION_TIMEOUT",
    "KAFKA_SESSION_TIMEOUT is outside the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms; change one of them"
  ]
])

/** A broker, or a service compatible with Kafka, lacks a request or a version of it. */
const isUnsupported = (failure: KafkaFailure): boolean =>
  failure.type === "UNSUPPORTED_VERSION" || failure.name === "KafkaJSServerDoesNotSupportApiKey"

/**
 * A listener with another security protocol closes the connection without a reply. So does a
 * stopping broker.
 */
const isClosed = (failure: KafkaFailure): boolean =>
  failure.code === "ECONNRESET" ||
  failure.code === "EPIPE" ||
  /closed connection|socket disconnected/i.test(failure.message)

/**
 * The broker and the cause of a failed connection: `Kafka 127.0.0.1:9092: connect ECONNREFUSED`.
 */
const unreachable = (kafka: KafkaConfig, failure: KafkaFailure): string => {
  const host = failure.broker ?? kafka.bootstrapServers.join(",")
  const text = failure.message.replace(/^(Connection error|Failed to connect): /, "").split("\n", 1)[0] ?? ""
  const hint = isClosed(failure)
    ? `. The broker may be starting; if this continues, check that this listener uses KAFKA_SECURITY_PROTOCOL=${kafka.securityProtocol}`
    : ""
  return `Kafka ${host}: ${text.replace(` ${host}`, "")}${hint}`
}

/**
 * Maps an error that kafkajs threw during a request. Errors that do not clearly need an operator
 * count as `Unreachable`, which is retried.
 */
export const toEventLogError = (kafka: KafkaConfig, thrown: unknown): EventLogError => {
  if (thrown instanceof EventLogError) return thrown
  const failure = describe(thrown)
  const hosts = kafka.bootstrapServers.join(",")
  if (failure.name === "KafkaJSSASLAuthenticationError" || SASL_ERRORS.has(failure.type)) {
    const user = kafka.sasl === undefined ? "without a user" : `as ${kafka.sasl.username} with ${kafka.sasl.mechanism}`
    return new EventLogError({
      reason: "Unauthorized",
      detail: `Kafka ${failure.broker ?? hosts} refused the login ${user}; check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM`
    })
  }
  if (failure.type?.endsWith("AUTHORIZATION_FAILED") === true) {
    const user = kafka.sasl === undefined ? "This client" : `User ${kafka.sasl.username}`
    return new EventLogError({
      reason: "Unauthorized",
      detail: `${user} is not authorized in Kafka: ${failure.type}; grant it Read and Describe on the topics and Read on group ${kafka.groupId}`,
      cause: thrown
    })
  }
  if (failure.code !== undefined && (TLS_CODES.has(failure.code) || failure.code.startsWith("ERR_SSL_"))) {
    return new EventLogError({
      reason: "Unauthorized",
      detail: `TLS with Kafka ${failure.broker ?? hosts} failed: ${failure.code}; check KAFKA_SECURITY_PROTOCOL, KAFKA_SSL_CA, KAFKA_SSL_CERT and KAFKA_SSL_KEY`,
      cause: thrown
    })
  }
  if (failure.type !== undefined && TOPIC_ERRORS.has(failure.type)) {
    return new EventLogError({ reason: "Topics", detail: `Kafka ${hosts}: ${failure.message}`, cause: thrown })
  }
  const remedy = GROUP_REMEDIES.get(failure.type)
  if (remedy !== undefined) {
    return new EventLogError({
      reason: "Topics",
      detail: `Cannot join consumer group ${kafka.groupId} (${failure.type}): ${remedy}`,
      cause: thrown
    })
  }
  if (isUnsupported(failure)) {
    return new EventLogError({
      reason: "Topics",
      detail: `Kafka ${failure.broker ?? hosts} does not support a request of this worker: ${failure.message.split("\n", 1)[0]}; use Kafka 1.0 or later`,
      cause: thrown
    })
  }
  return new EventLogError({ reason: "Unreachable", detail: unreachable(kafka, failure), cause: thrown })
}
