/**
 * The worker's defaults according to the documentation. They are repeated here so that an
 * undocumented change of a default is found.
 */
import type { OracleSettings } from "./Recount.ts"

export const DEFAULTS: OracleSettings = {
  sizeMs: 60_000,
  slideMs: 10_000,
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "record",
  maxEventBytes: 1_048_576,
  topEmotes: 10,
  limits: {
    streamsPerPane: 1_048_576,
    emoteCost: 134_217_728,
    chatterCost: 536_870_912,
    textCost: 134_217_728,
    leastPaneCost: 131_072,
    messagesPerWindow: 2_147_483_647,
    samplesPerWindow: 4_194_304
  },
  threshold: 3,
  sessionGapMs: 600_000
}

/**
 * The variables of a worker whose rows are compared with a recount: the oracle scores as the
 * baseline model does.
 */
export const RECOUNTED = { SENTIMENT_MODEL: "baseline" }
