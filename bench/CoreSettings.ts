/** The settings of a task of the pure core: the worker's defaults. */
import type { PipelineSettings } from "../src/domain/Settings.ts"
import { DEFAULTS } from "../test/oracle/Defaults.ts"

const { limits, sizeMs, slideMs, threshold, topEmotes, ...read } = DEFAULTS

export const CORE_SETTINGS: PipelineSettings = {
  window: { sizeMs, slideMs },
  read,
  detection: { threshold },
  topEmotes,
  sessionGapMs: 600_000,
  limits,
  idleTimeoutMs: 30_000,
  triggerIntervalMs: 1000,
  maxRecordsPerFlush: undefined
}
