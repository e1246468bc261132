/** Counts and times HTTP requests by the pattern of their route. */
import { Clock, Effect, Metric, Option } from "effect"
import { HttpRouter, type HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as Metrics from "../observability/Metrics.ts"

/** The only labels for methods: clients can send any text as a method or path. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"])
const NO_ROUTE = "none"

export const measured =
  (request: HttpServerRequest.HttpServerRequest) =>
  <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const startedAt = yield* Clock.monotonicTimeNanos
      const response = yield* handler
      // The router leaves the context of the matched route behind.
      const found = yield* Effect.serviceOption(HttpRouter.RouteContext)
      const route = Option.match(found, { onNone: () => NO_ROUTE, onSome: ({ route }) => route.path })
      const method = METHODS.has(request.method) ? request.method : "other"
      const seconds = Number((yield* Clock.monotonicTimeNanos) - startedAt) / 1e9
      yield* Metric.update(Metrics.requests({ route, method, status: `${Math.floor(response.status / 100)}xx` }), 1)
      yield* Metric.update(Metrics.requestSeconds({ route, method }), seconds)
      return response
    })
