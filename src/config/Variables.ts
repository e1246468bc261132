/**
 * Every environment variable: name, default, limits, description. The one place to add one; its value then stands in
 * {@link Values} under its name and is put to use in `Load.ts`. The documentation's table is made from this one.
 */
import { isHost, isHostAndPort } from "./HostName.ts"
import { type Kind, choice, decimal, duration, integer, list, secret, tested, text, yesOrNo } from "./Kind.ts"

export interface Variable<out A> extends Kind<A> {
  /** As one would write it; `undefined` = none. */
  readonly default: string | undefined
  /** The value where the variable is not set. */
  readonly absent: A
  /** A sentence for the documentation. */
  readonly description: string
}

const withDefault = <A>(kind: Kind<A>, text: string, description: string): Variable<A> => {
  const absent = kind.parse(text)
  if (absent === undefined) throw new Error(`the default ${text} is not ${kind.allowed}`)
  return { ...kind, default: text, absent, description }
}

const optional = <A>(kind: Kind<A>, description: string): Variable<A | undefined> => ({
  ...kind,
  default: undefined,
  absent: undefined,
  description
})

const topic = text(
  "a topic name: 1 to 249 of the characters a-z, A-Z, 0-9, dot, _ and -, and none of Kafka's internal topics",
  /^(?!\.{1,2}$|__(?:consumer_offsets|transaction_state|share_group_state|cluster_metadata)$)[a-zA-Z0-9._-]{1,249}$/
)
// Node reads bytes that are not UTF-8 as U+FFFD.
const anyText = text(
  "text in UTF-8 without control characters, at most 255 characters",
  /^[^\p{Cc}\p{Cs}\ufffd]{1,255}$/u
)
// U+0000 is the one character that neither Kafka's nor PostgreSQL's protocol can carry.
const password = secret("text in UTF-8 without U+0000", /^[^\0\p{Cs}\ufffd]+$/u)
const broker = tested("host:port, an IPv6 address in brackets", isHostAndPort)
const pem = text("PEM text, or the path of a PEM file", /^[^\u0000]+$/) // oxlint-disable-line no-control-regex -- no path holds it

export const variables = {
  SOURCE: optional(
    choice("kafka", "simulator"),
    "Where events come from. By default kafka where KAFKA_BOOTSTRAP_SERVERS is set, otherwise the simulator."
  ),
  STORE: optional(
    choice("postgres", "embedded"),
    "Where results go. By default postgres where POSTGRES_URL is set, otherwise an embedded PostgreSQL under DATA_DIR."
  ),

  KAFKA_BOOTSTRAP_SERVERS: optional(list(broker), "The brokers to ask first."),
  KAFKA_GROUP_ID: withDefault(anyText, "telemetra", "The consumer group. One group belongs to one POSTGRES_SCHEMA."),
  KAFKA_STARTING_OFFSETS: withDefault(
    choice("earliest", "latest"),
    "earliest",
    "Where a group without checkpoint starts."
  ),
  KAFKA_SESSION_TIMEOUT: withDefault(
    duration("6 seconds", "30 minutes"),
    "30 seconds",
    "Without a sign of life for so long a worker has lost its tasks to the others. The brokers' group.min.session.timeout.ms and group.max.session.timeout.ms bound it."
  ),
  KAFKA_SECURITY_PROTOCOL: withDefault(
    choice("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "PLAINTEXT",
    "How to talk to the brokers."
  ),
  KAFKA_SASL_MECHANISM: optional(
    choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "How to prove who we are, for SASL_PLAINTEXT and SASL_SSL."
  ),
  KAFKA_SASL_USERNAME: optional(anyText, "The user, for SASL_PLAINTEXT and SASL_SSL."),
  KAFKA_SASL_PASSWORD: optional(password, "The password, for SASL_PLAINTEXT and SASL_SSL."),
  KAFKA_SSL_CA: optional(pem, "The authorities that sign the brokers' certificates, by default the well-known ones."),
  KAFKA_SSL_CERT: optional(pem, "The client's certificate, where the brokers ask for one."),
  KAFKA_SSL_KEY: optional(secret(pem.allowed, /^[^\u0000]+$/), "The key of the client's certificate."), // oxlint-disable-line no-control-regex -- as above
  CHAT_TOPIC: withDefault(topic, "telemetra.events.chat", "The topic of chat messages."),
  VIEWER_TOPIC: withDefault(topic, "telemetra.events.viewer", "The topic of viewer counts."),
  DEAD_LETTER_TOPIC: optional(
    topic,
    "A topic that gets the original bytes of dead letters, beside the table dead_letters."
  ),
  MAX_EVENT_BYTES: withDefault(
    // A parser takes up to 30 times a document's bytes: nested arrays of 16 MiB take half a gigabyte.
    integer(1, 16_777_216),
    "1048576",
    "A record with more bytes than this is a dead letter. A hostile one takes up to 30 times as much memory while it is parsed."
  ),

  MAX_BATCH_BYTES: withDefault(
    integer(1_048_576, 1_073_741_824),
    "67108864",
    "What one compressed batch of Kafka may unpack to. One that unpacks to more is left out as a gap."
  ),

  POSTGRES_URL: optional(
    secret("postgresql://user@host:port/database or jdbc:postgresql://host:port/database", /^.+$/s),
    "The database. The parameters user, password, host, port, dbname, sslmode, ssl, sslrootcert, and currentSchema, schema, search_path or options=-c search_path=... (the first schema) are honored. Others that choose host, database, schema, role or authentication are refused; timeouts and names have no effect. libpq's PG* variables are not read, and refused where psql would go elsewhere by them."
  ),
  POSTGRES_USER: optional(anyText, "The user; wins over the URL's."),
  POSTGRES_PASSWORD: optional(password, "The password; wins over the URL's."),
  POSTGRES_SSL_MODE: optional(
    choice("disable", "prefer", "require", "verify-ca", "verify-full"),
    "How to use TLS; wins over the URL's sslmode. By default prefer."
  ),
  POSTGRES_SSL_CA: optional(
    pem,
    "The authorities that verify-ca and verify-full trust; wins over the URL's sslrootcert. By default the well-known ones."
  ),
  POSTGRES_SCHEMA: optional(
    text(
      "a plain identifier: a-z, 0-9 and _, not starting with a digit or pg_, at most 63 characters",
      /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/
    ),
    "The schema of all tables. By default the URL's schema, otherwise public; wins over the URL's."
  ),
  MIGRATE: withDefault(
    choice("auto", "check"),
    "auto",
    "auto brings the tables up to date at start; check changes nothing and names what is missing."
  ),
  PARTITION_BY: withDefault(
    choice("month", "day"),
    "month",
    "The size of new partitions of chat_summary_minute. Windows of more than 366 days ago always get partitions of a month."
  ),
  RETENTION: optional(
    duration("1 day", "36500 days"),
    "Partitions whose windows are all older than this are dropped. By default nothing is ever dropped."
  ),
  DEAD_LETTER_RETENTION: withDefault(
    duration("1 day", "36500 days"),
    "30 days",
    "How long table dead_letters keeps records that are no events. Whole days (UTC) are deleted."
  ),
  DEAD_LETTER_BYTES_PER_DAY: withDefault(
    integer(0, 1_099_511_627_776),
    "67108864",
    "What table dead_letters may store on a day (UTC), of all tasks together: 256 bytes for each row, and each payload once. Dead letters beyond it are dropped and counted. DEAD_LETTER_TOPIC gets them all the same."
  ),

  WINDOW_DURATION: withDefault(duration("1 ms", "31 days"), "1 minute", "The size of a window."),
  SLIDE_DURATION: withDefault(
    duration("1 ms", "31 days"),
    "10 seconds",
    "The time from one window's start to the next one's; at most WINDOW_DURATION, equal = windows that do not overlap."
  ),
  WATERMARK_DELAY: withDefault(
    duration("0 seconds", "31 days"),
    "10 seconds",
    "How far behind the newest event of its partition an event may be without being late."
  ),
  IDLE_TIMEOUT: withDefault(
    duration("100 ms", "1 day"),
    "30 seconds",
    "How long a quiet partition may hold the others up; at most LIVENESS_TIMEOUT."
  ),
  MAX_FUTURE_SKEW: optional(
    duration("0 seconds", "31 days"),
    "How far ahead of the clock an event may be. By default, and at most, WATERMARK_DELAY."
  ),
  FUTURE_REFERENCE: withDefault(
    choice("record", "clock"),
    "record",
    "record compares with the record's own timestamp as well as with the clock; clock with the clock alone."
  ),
  TRIGGER_INTERVAL: withDefault(
    duration("10 ms", "1 hour"),
    "1 second",
    "The time between two flushes of a task. Rows of windows that have just ended go sooner, unless it is as long as a slide."
  ),
  MAX_OFFSETS_PER_TRIGGER: optional(
    integer(1, 1_000_000_000),
    "An upper bound on the records of one flush. By default none."
  ),
  TOP_EMOTES: withDefault(integer(0, 100), "10", "How many emotes a row names."),
  SENTIMENT_MODEL: withDefault(
    choice("chat", "baseline"),
    "chat",
    "How messages are scored: chat knows emotes, emoji, slang and several languages; baseline counts the words of two short lists."
  ),
  ANOMALY_THRESHOLD: withDefault(
    decimal(0.1, 1000),
    "3.0",
    "How many usual deviations above its baseline the chat's score must be for an anomaly. Viewers and mood open moments at the same threshold."
  ),

  WORKERS: withDefault(integer(1, 256), "1", "How many workers of this process share the tasks."),
  TASK_SCOPE: withDefault(
    choice("partition", "all"),
    "partition",
    "partition: a task per partition number; all: a single task owns every partition, right for any keys and partition counts."
  ),
  LIVENESS_TIMEOUT: withDefault(
    duration("1 second", "1 day"),
    "2 minutes",
    "If a task has records to read and reads none for this long, the reading starts again with a new client."
  ),
  SHUTDOWN_TIMEOUT: withDefault(
    duration("1 second", "1 hour"),
    "20 seconds",
    "How long a stop may take, from SIGTERM to the end of the process. Three quarters of it are for the last flush."
  ),
  DATA_DIR: withDefault(
    text("the path of a folder", /^[^\u0000]+$/), // oxlint-disable-line no-control-regex -- no path holds it
    "./data",
    "Where the embedded PostgreSQL lives."
  ),

  HTTP_HOST: withDefault(
    tested("a host name or an address", isHost),
    "127.0.0.1",
    "The address of the HTTP server; 0.0.0.0 = all of this machine's."
  ),
  HTTP_PORT: withDefault(integer(0, 65_535), "4040", "The port of the HTTP server; 0 = any free one."),
  HTTP_ALLOWED_HOSTS: optional(
    list(tested("a host name or an address without a port, or * for any", (name) => name === "*" || isHost(name))),
    "Names that requests may have as Host. Others get 421, so that no other site's name leads here. Always allowed: localhost, and if HTTP_HOST is not a loopback address, any address and any name without a dot."
  ),
  HTTP_CONNECTIONS_PER_NETWORK: withDefault(
    integer(1, 2_000),
    "500",
    "Connections that clients of one network may have at once: of an IPv4 /24, or of an IPv6 /64. Behind a proxy all clients have the proxy's address: set 2000."
  ),
  API_TOKEN: optional(
    secret("16 to 512 printable ASCII characters without blanks", /^[\x21-\x7e]{16,512}$/),
    "Requests to the API must carry it as a bearer token. By default they need none."
  ),
  LOG_LEVEL: withDefault(
    choice("Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"),
    "Info",
    "Messages below it are not logged."
  ),
  LOG_FORMAT: withDefault(
    choice("pretty", "json"),
    "pretty",
    "pretty for people, json for machines: a line a message."
  ),
  DEV_MODE: withDefault(yesOrNo, "false", "For development: a pretty log tells failures with their stacks and causes.")
} as const satisfies Record<string, Variable<unknown>>

export type VariableName = keyof typeof variables

/** The values of all variables, each by itself. */
export type Values = {
  readonly [Name in VariableName]: (typeof variables)[Name] extends Variable<infer A> ? A : never
}

/** Variables of earlier versions: accepted, reported at the start, without effect. */
export const RETIRED: ReadonlyArray<string> = ["BASELINE_WINDOWS", "MIN_BASELINE"]

/** Names that the job before this one used: accepted without a word of complaint, and without effect. */
export const isUnused = (name: string): boolean => name === "CHECKPOINT_LOCATION" || name.startsWith("SPARK_")
