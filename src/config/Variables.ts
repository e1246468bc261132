/**
 * Every environment variable: name, default, limits, description. To add a variable, add it here.
 * Its value is then in {@link Values} under its name; use it in `Load.ts`. The table of the
 * documentation is generated from this one.
 */
import { SAMPLE_NAMES } from "../domain/ChatContent.ts"
import { isHost, isHostAndPort } from "./HostName.ts"
import { PLACEHOLDERS } from "../domain/ClipSettings.ts"
import { type Kind, choice, decimal, duration, integer, list, secret, tested, text, yesOrNo } from "./Kind.ts"

export interface Variable<out A> extends Kind<A> {
  /** The default as text; `undefined` = none. */
  readonly default: string | undefined
  /** The value if the variable is not set. */
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
// Node replaces bytes that are not UTF-8 by U+FFFD.
const anyText = text(
  "text in UTF-8 without control characters, at most 255 characters",
  /^[^\p{Cc}\p{Cs}\ufffd]{1,255}$/u
)
// U+0000 is the one character that neither Kafka's nor PostgreSQL's protocol can carry.
const password = secret("text in UTF-8 without U+0000", /^[^\0\p{Cs}\ufffd]+$/u)
/** An address of HTTP without user, query and fragment. */
const isPageUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#@]/.test(text)
}
const pageUrl = tested("an http or https URL without user, query and fragment", isPageUrl)
/** An address of HTTPS whose host is fixed. */
const isVodTemplate = (template: string): boolean => {
  const filled = PLACEHOLDERS.reduce((url, placeholder) => url.replaceAll(placeholder, "1"), template)
  const [, host = "{"] = /^https:\/\/([^/?#]+)/i.exec(template) ?? []
  const url = URL.parse(filled)
  return url !== null && !/[{}\s]/.test(filled) && !/[{@]/.test(host)
}
const broker = tested("host:port, an IPv6 address in brackets", isHostAndPort)
const pem = text("PEM text, or the path of a PEM file", /^[^\u0000]+$/) // oxlint-disable-line no-control-regex -- no path holds it

/** Parsed by FieldsSection.ts, whose problems are more precise. */
const pointers = (example: string): Kind<string> =>
  text(`field=JSON pointer, several separated by commas, such as ${example}`, /[^]/)

export const variables = {
  SOURCE: optional(
    choice("kafka", "local", "simulator"),
    "The source of events. kafka: topics; local: a log in the database of the results, for one machine without Kafka; simulator: a simulated platform. The default is kafka if KAFKA_BOOTSTRAP_SERVERS is set, otherwise local if COLLECT is set, otherwise the simulator."
  ),
  STORE: optional(
    choice("postgres", "embedded"),
    "The destination of results. The default is postgres if POSTGRES_URL is set, otherwise an embedded PostgreSQL under DATA_DIR."
  ),

  COLLECT: optional(
    list(text("a channel as platform:NAME, such as twitch:NAME", /^[^\p{Cc}\p{Cs}\ufffd]{1,255}$/u)),
    "The channels whose public chat the worker collects, such as twitch:one,two. It appends their events to the source, Kafka or the local log. See collect.md."
  ),
  TWITCH_CHAT_URL: withDefault(
    tested("a ws or wss URL", (address) => /^wss?:$/.test(URL.parse(address)?.protocol ?? "")),
    "wss://irc-ws.chat.twitch.tv:443",
    "The address of Twitch's chat."
  ),

  TWITCH_CLIENT_ID: optional(
    text("1 to 255 printable ASCII characters without blanks", /^[\x21-\x7e]{1,255}$/),
    "The id of an application at dev.twitch.tv/console/apps. With it and its secret the collector reads viewer counts; without them rows have no viewers."
  ),
  TWITCH_CLIENT_SECRET: optional(
    secret("1 to 255 printable ASCII characters without blanks", /^[\x21-\x7e]{1,255}$/),
    "The secret of that application."
  ),
  TWITCH_API_URL: withDefault(pageUrl, "https://api.twitch.tv/helix", "The address of Twitch's API."),
  TWITCH_TOKEN_URL: withDefault(
    pageUrl,
    "https://id.twitch.tv/oauth2/token",
    "The address that grants tokens for Twitch's API. It receives the client secret."
  ),
  EMOTE_LISTS: withDefault(
    list(choice("7tv", "bttv", "ffz", "none")),
    "7tv,bttv,ffz",
    "The lists of third-party emotes that the collector reads; none = none. A list receives the numbers of the collected channels."
  ),
  EMOTE_URL_7TV: withDefault(pageUrl, "https://7tv.io/v3", "The address of 7TV's API."),
  EMOTE_URL_BTTV: withDefault(pageUrl, "https://api.betterttv.net/3", "The address of BetterTTV's API."),
  EMOTE_URL_FFZ: withDefault(pageUrl, "https://api.frankerfacez.com/v1", "The address of FrankerFaceZ' API."),
  LOCAL_LOG_RETENTION: withDefault(
    duration("1 day", "36500 days"),
    "7 days",
    "How long SOURCE=local keeps events after they were appended. Whole days (UTC) are dropped, whether or not their events were read."
  ),

  KAFKA_BOOTSTRAP_SERVERS: optional(list(broker), "The brokers to contact first."),
  KAFKA_GROUP_ID: withDefault(anyText, "telemetra", "The consumer group. One group belongs to one POSTGRES_SCHEMA."),
  KAFKA_STARTING_OFFSETS: withDefault(
    choice("earliest", "latest"),
    "earliest",
    "The position at which a group without a checkpoint starts."
  ),
  KAFKA_SESSION_TIMEOUT: withDefault(
    duration("6 seconds", "30 minutes"),
    "30 seconds",
    "If a worker sends no heartbeat for this long, its tasks are reassigned. The brokers' group.min.session.timeout.ms and group.max.session.timeout.ms bound it."
  ),
  KAFKA_SECURITY_PROTOCOL: withDefault(
    choice("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "PLAINTEXT",
    "The security of the connections to the brokers."
  ),
  KAFKA_SASL_MECHANISM: optional(
    choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "The login mechanism, for SASL_PLAINTEXT and SASL_SSL."
  ),
  KAFKA_SASL_USERNAME: optional(anyText, "The user, for SASL_PLAINTEXT and SASL_SSL."),
  KAFKA_SASL_PASSWORD: optional(password, "The password, for SASL_PLAINTEXT and SASL_SSL."),
  KAFKA_SSL_CA: optional(
    pem,
    "The authorities that sign the brokers' certificates. By default the public authorities are trusted."
  ),
  KAFKA_SSL_CERT: optional(pem, "The client's certificate, if the brokers require one."),
  KAFKA_SSL_KEY: optional(secret(pem.allowed, /^[^\u0000]+$/), "The key of the client's certificate."), // oxlint-disable-line no-control-regex -- as above
  CHAT_TOPIC: withDefault(topic, "telemetra.events.chat", "The topic of chat messages."),
  VIEWER_TOPIC: withDefault(topic, "telemetra.events.viewer", "The topic of viewer counts."),
  DEAD_LETTER_TOPIC: optional(
    topic,
    "A topic that receives the original bytes of dead letters, in addition to the table dead_letters."
  ),
  MOMENTS_TOPIC: optional(
    topic,
    "A topic that receives moments as JSON, in addition to the table moments: each state that a flush stores, at least once."
  ),
  WINDOWS_TOPIC: optional(
    topic,
    "A topic that receives windows as JSON, in addition to the table chat_summary_minute: each row at least once."
  ),
  CHAT_FIELDS: optional(
    pointers("stream=/channel/login,time=/ts"),
    "The places of the fields of chat messages, if a producer does not write the built-in names: stream, time, id, user, text, emotes. Applies to Kafka and to replayed files."
  ),
  VIEWER_FIELDS: optional(
    pointers("stream=/channel/login,viewers=/count"),
    "The same for viewer samples: stream, time, id, viewers."
  ),
  MAX_EVENT_BYTES: withDefault(
    // A parser takes up to 30 times a document's bytes: nested arrays of 16 MiB take half a
    // gigabyte.
    integer(1, 16_777_216),
    "1048576",
    "A record with more bytes is a dead letter. A hostile record takes up to 30 times its size in memory while it is parsed."
  ),

  MAX_BATCH_BYTES: withDefault(
    integer(1_048_576, 1_073_741_824),
    "67108864",
    "The most bytes that one compressed batch may decompress to. A larger batch is skipped and recorded as a gap."
  ),

  POSTGRES_URL: optional(
    secret("postgresql://user@host:port/database or jdbc:postgresql://host:port/database", /^.+$/s),
    "The database. These parameters are honored: user, password, host, port, dbname, sslmode, ssl, sslrootcert, and the first schema of currentSchema, schema, search_path or options=-c search_path=... Other parameters that choose host, database, schema, role or authentication are refused; timeouts and names are ignored. libpq's PG* variables are not read. They are refused if psql would connect elsewhere because of them."
  ),
  POSTGRES_USER: optional(anyText, "The user; overrides the URL's."),
  POSTGRES_PASSWORD: optional(password, "The password; overrides the URL's."),
  POSTGRES_SSL_MODE: optional(
    choice("disable", "prefer", "require", "verify-ca", "verify-full"),
    "The use of TLS; overrides the URL's sslmode. The default is prefer."
  ),
  POSTGRES_SSL_CA: optional(
    pem,
    "The authorities that verify-ca and verify-full trust; overrides the URL's sslrootcert. By default they trust the public authorities."
  ),
  POSTGRES_SCHEMA: optional(
    text(
      "a plain identifier: a-z, 0-9 and _, not starting with a digit or pg_, at most 63 characters",
      /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/
    ),
    "The schema of all tables; overrides the URL's schema. The default is the URL's schema, otherwise public."
  ),
  MIGRATE: withDefault(
    choice("auto", "check"),
    "auto",
    "auto brings the tables up to date at the start; check changes nothing and reports what is missing."
  ),
  PARTITION_BY: withDefault(
    choice("month", "day"),
    "month",
    "The size of new partitions of chat_summary_minute. Windows of more than 366 days ago always have monthly partitions."
  ),
  RETENTION: optional(
    duration("1 day", "36500 days"),
    "Partitions whose windows are all older than this are dropped. By default no partition is dropped."
  ),
  DEAD_LETTER_RETENTION: withDefault(
    duration("1 day", "36500 days"),
    "30 days",
    "How long table dead_letters keeps rejected records. Whole days (UTC) are deleted."
  ),
  DEAD_LETTER_BYTES_PER_DAY: withDefault(
    integer(0, 1_099_511_627_776),
    "67108864",
    "The most bytes that table dead_letters stores per day (UTC) for all tasks together: 256 bytes for each row, and each distinct payload once. Dead letters beyond it are dropped and counted. DEAD_LETTER_TOPIC still receives them."
  ),

  WINDOW_DURATION: withDefault(duration("1 ms", "31 days"), "1 minute", "The size of a window."),
  SLIDE_DURATION: withDefault(
    duration("1 ms", "31 days"),
    "10 seconds",
    "The time from one window's start to the next; at most WINDOW_DURATION. If both are equal, windows do not overlap."
  ),
  WATERMARK_DELAY: withDefault(
    duration("0 seconds", "31 days"),
    "10 seconds",
    "How far an event may be behind the newest event of its partition without being late."
  ),
  IDLE_TIMEOUT: withDefault(
    duration("100 ms", "1 day"),
    "30 seconds",
    "How long a quiet partition may delay the others; at most LIVENESS_TIMEOUT. With SOURCE=local the default is 5 seconds."
  ),
  MAX_FUTURE_SKEW: optional(
    duration("0 seconds", "31 days"),
    "How far an event may be ahead of the clock. The default and the maximum is WATERMARK_DELAY."
  ),
  FUTURE_REFERENCE: withDefault(
    choice("record", "clock"),
    "record",
    "The reference of MAX_FUTURE_SKEW. record: the record's own timestamp and the clock; clock: the clock alone."
  ),
  TRIGGER_INTERVAL: withDefault(
    duration("10 ms", "1 hour"),
    "1 second",
    "The time between two flushes of a task. Rows of windows that have just ended are written sooner, unless this is as long as a slide."
  ),
  MAX_OFFSETS_PER_TRIGGER: optional(
    integer(1, 1_000_000_000),
    "The most records of one flush. By default there is no limit."
  ),
  SESSION_GAP: withDefault(
    duration("1 minute", "1 day"),
    "10 minutes",
    "The longest pause within a broadcast. A stream without messages and viewer samples for longer begins another broadcast."
  ),
  TOP_EMOTES: withDefault(integer(0, 100), "10", "The most emotes that a row lists."),
  MOMENT_SAMPLES: optional(
    integer(0, 20),
    "How many sample messages a moment keeps, with its repeated text, words and emotes. 0 keeps no text of the chat outside of sentences and metadata. The default is 0, but 5 if the source is the simulator and the database embedded."
  ),
  MOMENT_SAMPLE_NAMES: optional(
    choice(...SAMPLE_NAMES),
    "How a sample message names its author. shown: by name; hashed: by 12 digits that are the same for all messages of a person in a stream; none: not at all. The default is hashed, but shown if the source is the simulator and the database embedded."
  ),
  MOMENT_SAMPLE_RETENTION: withDefault(
    duration("1 hour", "36500 days"),
    "30 days",
    "Samples of moments that began longer ago are deleted every hour. The moments stay."
  ),
  SENTIMENT_MODEL: withDefault(
    choice("chat", "baseline"),
    "chat",
    "The model that scores messages. chat: emotes, emoji, slang and several languages; baseline: the words of two short lists."
  ),
  ANOMALY_THRESHOLD: withDefault(
    decimal(0.1, 1000),
    "3.0",
    "How many usual deviations the chat's score must be above its baseline for an anomaly. Viewers, mood and falls open moments at the same threshold. Overrides by stream and type, which the API sets, replace it."
  ),

  CLIP_LEAD: withDefault(
    duration("0 seconds", "2 minutes"),
    "10 seconds",
    "How far chat lags the picture, usually 5 to 15 seconds. A moment's clip begins this much earlier."
  ),
  CLIP_LENGTH: withDefault(
    duration("1 second", "1 hour"),
    "30 seconds",
    "The length of a moment's clip. A third of it is before the event."
  ),
  VOD_URL_TEMPLATE: optional(
    tested("an https URL with {stream}, {offset} (seconds) or {offset_hms} (1h23m45s) after the host", isVodTemplate),
    "The address of a broadcast's recording, such as https://vod.example/{stream}?t={offset_hms}. Moments then link to their clip."
  ),

  NOTIFY_URLS: optional(
    secret(
      "webhook URLs, several separated by commas: discord+https://..., slack+https://..., json+https://... or https://..., each with an optional filter such as #stream=a|b&type=raid|hype&min=5",
      /^.+$/s
    ),
    "Where moments are sent when they open. A filter selects streams, types and the least intensity; write %2C for a comma. By default nothing is sent. See notifications.md."
  ),
  NOTIFY_SECRET: optional(
    secret(
      "24 to 64 bytes in base64, with or without the prefix whsec_, as from `openssl rand -base64 32`",
      /^(whsec_)?(?=[^=]{32,86}=*$)([A-Za-z\d+/]{4})*([A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/
    ),
    "The key of the signature in header webhook-signature (HMAC-SHA256, Standard Webhooks). By default requests are not signed."
  ),
  NOTIFY_BACKLOG: withDefault(
    integer(1, 1_000_000),
    "10000",
    "The most notifications that wait for one target. The oldest beyond it are dropped and counted."
  ),
  NOTIFY_MAX_AGE: withDefault(
    duration("1 minute", "36500 days"),
    "1 hour",
    "A moment that ended longer before it was found is not sent: reading a backlog does not flood the targets. It is dropped and counted."
  ),

  WORKERS: withDefault(integer(1, 256), "1", "The number of workers in this process, which share the tasks."),
  TASK_SCOPE: withDefault(
    choice("partition", "all"),
    "partition",
    "partition: a task per partition number; all: a single task owns every partition, which works with any keys and partition counts."
  ),
  LIVENESS_TIMEOUT: withDefault(
    duration("1 second", "1 day"),
    "2 minutes",
    "If a task has records to read and reads none for this long, reading restarts with a new client."
  ),
  SHUTDOWN_TIMEOUT: withDefault(
    duration("1 second", "1 hour"),
    "20 seconds",
    "How long a stop may take, from SIGTERM to the end of the process. Three quarters of it are reserved for the last flush."
  ),
  DATA_DIR: withDefault(
    text("the path of a folder", /^[^\u0000]+$/), // oxlint-disable-line no-control-regex -- no path holds it
    "./data",
    "The folder of the embedded PostgreSQL."
  ),

  HTTP_HOST: withDefault(
    tested("a host name or an address", isHost),
    "127.0.0.1",
    "The address of the HTTP server; 0.0.0.0 = all addresses of this machine."
  ),
  HTTP_PORT: withDefault(integer(0, 65_535), "4040", "The port of the HTTP server; 0 = any free one."),
  HTTP_ALLOWED_HOSTS: optional(
    list(tested("a host name or an address without a port, or * for any", (name) => name === "*" || isHost(name))),
    "Names that requests may have as Host. Requests with other names get 421, which prevents DNS rebinding. Always allowed: localhost, and if HTTP_HOST is not a loopback address, any address and any name without a dot."
  ),
  HTTP_CONNECTIONS_PER_NETWORK: withDefault(
    integer(1, 2_000),
    "500",
    "The most open connections of one network, an IPv4 /24 or an IPv6 /64. Behind a proxy all clients have the proxy's address: set 2000."
  ),
  API_TOKEN: optional(
    secret("16 to 512 printable ASCII characters without blanks", /^[\x21-\x7e]{16,512}$/),
    "The bearer token that requests to the API must carry. By default the API needs none."
  ),
  PUBLIC_URL: optional(
    tested("an http or https URL without user, query and fragment, such as https://telemetra.example", isPageUrl),
    "The address of the page for people. Notifications then link to it."
  ),
  LOG_LEVEL: withDefault(
    choice("Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"),
    "Info",
    "Messages below this level are not logged."
  ),
  LOG_FORMAT: withDefault(
    choice("pretty", "json"),
    "pretty",
    "pretty for a terminal; json for log collectors, one line per message."
  ),
  DEV_MODE: withDefault(yesOrNo, "false", "For development: a pretty log includes stacks and causes of failures.")
} as const satisfies Record<string, Variable<unknown>>

export type VariableName = keyof typeof variables

/** The values of all variables. */
export type Values = {
  readonly [Name in VariableName]: (typeof variables)[Name] extends Variable<infer A> ? A : never
}

/** Variables of earlier versions: ignored, with a warning at the start. */
export const RETIRED: ReadonlyArray<string> = ["BASELINE_WINDOWS", "MIN_BASELINE"]

/** Variables of the Spark job: ignored, with a warning at the start. */
export const isUnused = (name: string): boolean => name === "CHECKPOINT_LOCATION" || name.startsWith("SPARK_")
