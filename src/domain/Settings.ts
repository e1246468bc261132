/**
 * The settings that decide results. Two runs with the same settings over the same log write the
 * same rows.
 */
import type { SampleSettings } from "./ChatContent.ts"
import type { FieldMaps } from "./FieldMap.ts"
import type { StateLimits } from "./Limits.ts"
import type { WindowSettings } from "./WindowSettings.ts"

/**
 * The settings that decide which record counts in which window. The checkpoint keeps them, because
 * a re-read uses the settings that were in force then.
 */
export interface ReadSettings {
  readonly watermarkDelayMs: number
  readonly maxFutureSkewMs: number
  /** Whether the record's own timestamp bounds the future in addition to the wall clock. */
  readonly futureReference: "record" | "clock"
  readonly maxEventBytes: number
  /** Where producers write the fields. Absent = the built-in spellings. */
  readonly fields?: FieldMaps
  /**
   * In force at records that an earlier release has read. It accepted neither wrapped values nor
   * all forms of time, and a re-read must count the same records.
   */
  readonly plainOnly?: true
}

export interface DetectionSettings {
  /** A score from here on is an anomaly and opens a moment (closed bound). */
  readonly threshold: number
  /** Event time until a stream is known. By default two minutes. */
  readonly warmUpMs?: number
}

export interface PipelineSettings {
  readonly window: WindowSettings
  readonly read: ReadSettings
  readonly detection: DetectionSettings
  /** A longer pause ends a stream's broadcast. */
  readonly sessionGapMs: number
  readonly topEmotes: number
  /** The quotes of moments. Absent = none. */
  readonly samples?: SampleSettings
  readonly limits: StateLimits
  readonly idleTimeoutMs: number
  readonly triggerIntervalMs: number
  /**
   * Upper bound on the records of one flush, or `undefined` for none but {@link
   * PipelineSettings.triggerIntervalMs}.
   */
  readonly maxRecordsPerFlush: number | undefined
  /**
   * Rows and dead letters after which a flush is cut. By default 5,000: bounds memory and the
   * transaction.
   */
  readonly maxResultsPerFlush?: number
}
