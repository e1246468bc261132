/**
 * The worker's HTTP port: dashboard, API, health, metrics. It listens before the worker connects to
 * Kafka or PostgreSQL.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Duration, Effect, Layer, Runtime, Schema } from "effect"
import { HttpRouter } from "effect/http"
import type { AppConfig } from "../config/AppConfig.ts"
import * as Metrics from "../observability/Metrics.ts"
import * as ProcessMetrics from "../observability/ProcessMetrics.ts"
import type { WorkerStatus } from "../observability/WorkerStatus.ts"
import { Clips } from "../query/Clip.ts"
import { OverAfter } from "../query/OverAfter.ts"
import type { Tables } from "../query/Tables.ts"
import { LONGEST_PARAMETER } from "../api/Api.ts"
import * as ApiRoutes from "./ApiRoutes.ts"
import * as Dashboard from "./Dashboard.ts"
import { Exposure } from "./Exposure.ts"
import { Admission } from "./guard/Admission.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { reporterLayer } from "./guard/Failures.ts"
import { limitedServer, type ServerLimits } from "./guard/LimitedServer.ts"
import { Standard } from "./Standard.ts"
import { guarded } from "./guard/Middleware.ts"
import { Occurrences } from "./guard/Occurrences.ts"
import * as Health from "./Health.ts"
import * as MetricsRoutes from "./MetricsRoutes.ts"
import { number } from "../domain/Wording.ts"

/** Listening on the port failed. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  host: Schema.String,
  port: Schema.Int,
  /** The system's error code, for example EADDRINUSE. */
  code: Schema.String
}) {
  override get message(): string {
    const why =
      this.code === "EADDRINUSE"
        ? "another program listens there"
        : this.code === "EACCES"
          ? "this user is not permitted to listen there"
          : this.code
    return `Can't listen on ${this.host}:${this.port} (${why}): stop that program, or set HTTP_PORT or HTTP_HOST to another value`
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.config
  }
}

const routes = ({ source }: Pick<AppConfig, "source">) =>
  Layer.mergeAll(
    ApiRoutes.layer,
    Dashboard.layer,
    Health.layer,
    MetricsRoutes.layer(source._tag === "kafka" ? source.kafka.groupId : source._tag)
  )

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)

/**
 * The longest time for requests in flight at the stop. It is further limited to a part of
 * SHUTDOWN_TIMEOUT that fits between the flush and the end of the database sessions.
 */
const LONGEST_GRACE_MS = 1_000

/** The names of the limits in the log. */
const LIMITS: Readonly<Record<Metrics.CloseReason, string>> = {
  address: "connections per network (HTTP_CONNECTIONS_PER_NETWORK)",
  total: "connections of all clients",
  pipelined: "requests in flight on one connection"
}

/** Counts closed connections, and logs them once a minute. */
const closeReporter = Effect.gen(function* () {
  const context = yield* Effect.context()
  const occurrences = new Occurrences()
  return (reason: Metrics.CloseReason, network: string): void => {
    Metrics.closedConnections(reason).updateUnsafe(1, context)
    const count = occurrences.add(performance.now())
    if (count === 0) return
    Effect.runForkWith(context)(
      Effect.logWarning(
        `Closed ${number(count)} connections to the HTTP port, the last one from ${network}: a client or proxy reached the limit of ${LIMITS[reason]}; see docs/security.md, Limits`
      )
    )
  }
})

/** Serves during the layer's life. */
export const layer = (config: AppConfig): Layer.Layer<never, ListenError, Tables | WorkerStatus> =>
  Layer.unwrap(Effect.map(closeReporter, (onClose) => serving(config, onClose)))

const serving = (
  config: AppConfig,
  onClose: NonNullable<ServerLimits["onClose"]>
): Layer.Layer<never, ListenError, Tables | WorkerStatus> => {
  const { apiToken, connectionsPerNetwork, host, port } = config.http
  const graceMs = Math.min(LONGEST_GRACE_MS, Duration.toMillis(config.shutdownTimeout) / 20)
  const { close, server } = limitedServer(graceMs, { connections: { perNetwork: connectionsPerNetwork }, onClose })
  const routed = HttpRouter.serve(guarded(routes(config)), {
    // Paths are case-sensitive: lower-casing a name such as "İ" changes its length, and the router
    // would then extract the wrong part.
    routerConfig: { caseSensitive: true, maxParamLength: LONGEST_PARAMETER },
    disableLogger: true,
    disableListenLog: true
  })
  // The finalizer is added last, so that it runs first: the server's own end waits for every
  // client.
  return Layer.effectDiscard(Effect.addFinalizer(() => close)).pipe(
    Layer.provide(routed),
    Layer.provide([
      Clips.layer(config),
      OverAfter.layer(config),
      NodeHttpServer.layer(() => server, { host, port }),
      Admission.layer(apiToken),
      Exposure.layer(config.http),
      Layer.succeed(Standard, config.pipeline.detection.threshold),
      reporterLayer
    ]),
    Layer.catchTag("ServeError", (error) =>
      Layer.effectDiscard(Effect.fail(new ListenError({ host, port, code: codeOf(error.cause) })))
    ),
    Layer.merge(ProcessMetrics.eventLoopLayer)
  )
}
