/** The collector of the configured channels. */
import { Effect, Result } from "effect"
import type { CollectConfig } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import { parseChannels } from "./ChannelNames.ts"
import * as Collector from "./Collector.ts"
import { platforms } from "./Platforms.ts"

/** Connects to nothing yet. Fails if a name in COLLECT cannot be a channel. */
export const make = Effect.fn("collect.make")(function* (config: CollectConfig) {
  const parsed = parseChannels(config.channels, yield* platforms(config))
  if (Result.isFailure(parsed)) {
    return yield* new ConfigurationError({
      problems: [{ name: "COLLECT", value: JSON.stringify(config.channels.join(",")), allowed: parsed.failure }]
    })
  }
  return yield* Collector.make(parsed.success)
})
