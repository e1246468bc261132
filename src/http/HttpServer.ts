/** The worker's HTTP port: health, metrics, and what it says of itself. Up before the first connection to Kafka or PostgreSQL is tried. */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { WorkerStatus } from "../observability/WorkerStatus.ts"

/** The port can't be listened on. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  host: Schema.String,
  port: Schema.Int,
  /** What the system says: EADDRINUSE and the like. */
  code: Schema.String
}) {
  override get message(): string {
    const why =
      this.code === "EADDRINUSE"
        ? "another program listens there"
        : this.code === "EACCES"
          ? "this user may not listen there"
          : this.code
    return `Can't listen on ${this.host}:${this.port} (${why}): end that program, or set HTTP_PORT or HTTP_HOST to something else`
  }
}

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.text("telemetra: see /health/ready and /metrics\n")),
  HttpRouter.add("GET", "/health/live", HttpServerResponse.text("live\n")),
  HttpRouter.add(
    "GET",
    "/health/ready",
    Effect.gen(function* () {
      const problems = yield* (yield* WorkerStatus).problems
      return problems.length === 0
        ? HttpServerResponse.text("ready\n")
        : HttpServerResponse.text(`not ready: ${problems.join("; ")}\n`, { status: 503 })
    })
  ),
  PrometheusMetrics.layerHttp(),
  PrometheusMetrics.layerHttp({ path: "/metrics/prometheus" })
)

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)

/** Serves for the layer's life. */
export const layer = (options: {
  readonly host: string
  readonly port: number
}): Layer.Layer<never, ListenError, WorkerStatus> =>
  HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provide(NodeHttpServer.layer(createServer, options)),
    Layer.catchTag("ServeError", (error) =>
      Layer.effectDiscard(
        Effect.fail(new ListenError({ host: options.host, port: options.port, code: codeOf(error.cause) }))
      )
    )
  )
