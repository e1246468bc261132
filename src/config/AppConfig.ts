/** The validated configuration of a worker: what the environment said, checked whole and turned into typed values. */
import { Context, type Duration, type Redacted } from "effect"
import type { DeadLetterLimits } from "../domain/DeadLetter.ts"
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
  /** PEM text or the path of a PEM file, for SSL and SASL_SSL. */
  readonly ssl: {
    readonly ca: string | undefined
    readonly cert: string | undefined
    readonly key: Redacted.Redacted | undefined
  }
  readonly deadLetterTopic: string | undefined
}

export interface PostgresConfig {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Redacted.Redacted | undefined
  readonly sslMode: "disable" | "prefer" | "require" | "verify-ca" | "verify-full"
  /** PEM text of the authority that `verify-ca` and `verify-full` trust; the system's where undefined. */
  readonly sslRootCert: string | undefined
}

export interface StoreConfig {
  readonly schema: string
  readonly migrate: "auto" | "check"
  readonly partitionBy: "month" | "day"
  readonly retention: Duration.Duration | undefined
  readonly deadLetters?: DeadLetterLimits
}

export interface AppConfig {
  readonly source: { readonly _tag: "kafka"; readonly kafka: KafkaConfig } | { readonly _tag: "simulator" }
  readonly store: { readonly _tag: "postgres"; readonly postgres: PostgresConfig } | { readonly _tag: "embedded" }
  readonly topics: { readonly chat: string; readonly viewer: string }
  readonly taskScope: "partition" | "all"
  readonly workers: number
  readonly results: StoreConfig
  /** After so long without a sign of life a worker's tasks are given to others. */
  readonly sessionTimeout: Duration.Duration
  /** What one batch of the log may unpack to. */
  readonly maxBatchBytes: number
  readonly pipeline: PipelineSettings
  readonly sentimentModel: "chat" | "baseline"
  readonly livenessTimeout: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly dataDir: string
  readonly http: {
    readonly host: string
    readonly port: number
    readonly apiToken: Redacted.Redacted | undefined
    /** Names, in lower case, that requests may have as Host in addition to the machine's own; `*` = any. */
    readonly allowedHosts: ReadonlyArray<string>
    /** Most connections of one network: IPv4 /24, IPv6 /64. */
    readonly connectionsPerNetwork: number
  }
  readonly log: LogSettings
}

/** The configuration as a service. */
export class Config extends Context.Service<Config, AppConfig>()("telemetra/config/AppConfig") {}
