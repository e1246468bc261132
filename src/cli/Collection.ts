/** The collector as a part of a process: `run` with COLLECT, and `collect`. */
import { type Duration, Effect, Fiber, Layer } from "effect"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Collector } from "../collect/Collector.ts"
import * as Configured from "../collect/Configured.ts"
import { type AppConfig, Config, type PostgresConfig } from "../config/AppConfig.ts"
import { present } from "../domain/Invariant.ts"
import { counted } from "../domain/Wording.ts"
import * as KafkaEventWriter from "../source/kafka/EventWriter.ts"
import * as Layers from "../worker/Layers.ts"

/** The collector of COLLECT, or `undefined` if that is not set. Connects to nothing yet. */
export const configured = Effect.gen(function* () {
  const { collect } = yield* Config
  if (collect.channels.length === 0) return undefined
  // Its connections end with the collector's scope.
  return yield* Effect.provide(Configured.make(collect), yield* Layer.build(NodeHttpClient.layerNodeHttp))
})

/** The names of the channels, or the problem of one. Requests nothing from a platform. */
export const checkedNames = (config: AppConfig) => {
  const twitch = { ...config.collect.twitch, emoteLists: [], helix: undefined }
  return Effect.map(Effect.scoped(Configured.make({ ...config.collect, twitch })), namesOf).pipe(
    Effect.provide(NodeHttpClient.layerNodeHttp)
  )
}

/** The channels, as an operator writes them. */
export const namesOf = ({ state }: Collector): ReadonlyArray<string> =>
  state.channels.map(({ platform, stream }) => `${platform}:${stream}`)

/**
 * An estimate of the time from a stream's first message to its first row. The next slide ends, the
 * watermark passes its end, and the input of viewers, which may have no events, becomes idle.
 */
export const firstRowsMs = ({ idleTimeoutMs, read, window }: AppConfig["pipeline"]): number =>
  window.slideMs + read.watermarkDelayMs + idleTimeoutMs

/** The log that the collector appends to: Kafka, or the local log in that database. */
const writer = (postgres: PostgresConfig | undefined) =>
  Layer.unwrap(
    Effect.map(Config, ({ source, topics }) =>
      source._tag === "kafka"
        ? KafkaEventWriter.layer({ kafka: source.kafka, topics })
        : Layers.localWriter(present(postgres, "the local log has a database"))
    )
  )

/** Appends to the configured log until the collector is stopped. */
export const collect = (collector: Collector, postgres: PostgresConfig | undefined) =>
  collector.run.pipe(Effect.provide(writer(postgres)))

/**
 * Stops the reading, and waits until what was read is appended. Logs what was not, also if the
 * collector has failed.
 */
export const drain = Effect.fn("cli.drain")(function* <A, E>(
  collector: Collector,
  running: Fiber.Fiber<A, E>,
  within: Duration.Duration
) {
  yield* collector.stop
  yield* Effect.timeoutOption(Fiber.await(running), within)
  const { backlog, blocked } = collector.state
  if (backlog === 0) return
  const why = blocked === undefined ? "" : `: ${blocked}`
  yield* Effect.logWarning(
    `${counted(backlog, "collected event")} could not be appended before the end, and ${backlog === 1 ? "is" : "are"} lost${why}`
  )
})
