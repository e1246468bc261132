/** The validated configuration of a worker, as typed values. */
import { Context, type Duration, type Redacted } from "effect"
import type { ClipSettings } from "../domain/ClipSettings.ts"
import type { DeadLetterLimits } from "../domain/DeadLetter.ts"
import type { FieldMaps } from "../domain/FieldMap.ts"
import type { NotifyRule } from "../domain/Notification.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { LogSettings } from "../observability/Logging.ts"

export interface KafkaConfig {
  readonly bootstrapServers: ReadonlyArray<string>
  readonly groupId: string
  readonly startingOffsets: "earliest" | "latest"
  readonly securityProtocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL"
  readonly sasl:
    | {
        readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"
        readonly username: string
        readonly password: Redacted.Redacted
      }
    | undefined
  /** PEM text that has been parsed, for SSL and SASL_SSL. */
  readonly ssl: {
    readonly ca: string | undefined
    readonly cert: string | undefined
    readonly key: Redacted.Redacted | undefined
  }
  readonly deadLetterTopic: string | undefined
  /** Topics that receive results; absent = none. */
  readonly momentsTopic?: string | undefined
  readonly windowsTopic?: string | undefined
}

export interface PostgresConfig {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Redacted.Redacted | undefined
  readonly sslMode: "disable" | "prefer" | "require" | "verify-ca" | "verify-full"
  /**
   * PEM text of the authority that `verify-ca` and `verify-full` trust; `undefined` = the system's.
   */
  readonly sslRootCert: string | undefined
}

/** The worker's tables: where they are, how they are made, and how long they keep rows. */
export interface TablesConfig {
  readonly schema: string
  readonly migrate: "auto" | "check"
  readonly partitionBy: "month" | "day"
  readonly retention: Duration.Duration | undefined
  readonly deadLetters?: DeadLetterLimits
  /** The age at which samples of moments are deleted. */
  readonly sampleRetentionMs?: number
  /** The targets of notifications. None by default. */
  readonly notify?: ReadonlyArray<NotifyRule>
}

/** A target of notifications. */
export interface NotifyTarget {
  /** In logs and metrics: its number and its host, without secrets. */
  readonly name: string
  /** The form of the body. */
  readonly shape: "discord" | "slack" | "json"
  readonly url: Redacted.Redacted
  readonly rule: NotifyRule
}

export interface NotifyConfig {
  readonly targets: ReadonlyArray<NotifyTarget>
  /** The key of the signature: base64, with or without the prefix `whsec_`. */
  readonly secret: Redacted.Redacted | undefined
  /** The most notifications that wait for one target. */
  readonly backlog: number
  /** A moment that ended longer ago when it was stored is not sent. */
  readonly maxAgeMs: number
  /** The address of the page, without a slash at the end. */
  readonly publicUrl: string | undefined
}

/** An application at Twitch, with the addresses of its API. */
export interface HelixConfig {
  /** The base of the API, without a slash at the end. */
  readonly apiUrl: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
}

/** A list of third-party emotes, with the address of its API, without a slash at the end. */
export interface EmoteListConfig {
  readonly name: "7tv" | "bttv" | "ffz"
  readonly url: string
}

/** The collector of public chat. */
export interface CollectConfig {
  /** The parts of COLLECT between its commas, as typed; empty = nothing is collected. */
  readonly channels: ReadonlyArray<string>
  readonly twitch: {
    readonly chatUrl: string
    /** `undefined` = rows have no viewers. */
    readonly helix: HelixConfig | undefined
    /** Empty = only Twitch's own emotes. */
    readonly emoteLists: ReadonlyArray<EmoteListConfig>
  }
}

export interface AppConfig {
  readonly source:
    | { readonly _tag: "kafka"; readonly kafka: KafkaConfig }
    /** The log in the database of the results. */
    | { readonly _tag: "local"; readonly retention: Duration.Duration }
    | { readonly _tag: "simulator" }
  readonly database: { readonly _tag: "postgres"; readonly postgres: PostgresConfig } | { readonly _tag: "embedded" }
  readonly topics: { readonly chat: string; readonly viewer: string }
  readonly taskScope: "partition" | "all"
  readonly workers: number
  readonly tables: TablesConfig
  /** The tasks of a worker that sends no heartbeat for this long are reassigned. */
  readonly sessionTimeout: Duration.Duration
  /** The most bytes that one batch of the log may decompress to. */
  readonly maxBatchBytes: number
  readonly pipeline: PipelineSettings
  /** The mapping of replayed files. Tasks have it in their settings, if the source is Kafka. */
  readonly fields: FieldMaps | undefined
  readonly sentimentModel: "chat" | "baseline"
  readonly livenessTimeout: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly dataDir: string
  readonly http: {
    readonly host: string
    readonly port: number
    readonly apiToken: Redacted.Redacted | undefined
    /**
     * Lower-case names that requests may have as Host in addition to the machine's own; `*` = any.
     */
    readonly allowedHosts: ReadonlyArray<string>
    /** The most connections of one network: an IPv4 /24, or an IPv6 /64. */
    readonly connectionsPerNetwork: number
  }
  readonly notify: NotifyConfig
  readonly collect: CollectConfig
  readonly clip: ClipSettings
  readonly log: LogSettings
}

/** The configuration as a service. */
export class Config extends Context.Service<Config, AppConfig>()("telemetra/config/AppConfig") {}
