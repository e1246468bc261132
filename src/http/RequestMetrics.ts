/** Rate, errors and duration of what is asked over HTTP, by the route's pattern. */
import { Clock, Effect, Metric, Option } from "effect"
import { HttpRouter, type HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as Metrics from "../observability/Metrics.ts"

/** Anything may be sent as a method, or as a path: labels are of these only. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"])
const NO_ROUTE = "none"

export const measured =
  (request: HttpServerRequest.HttpServerRequest) =>
  <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.gen(function* () {
      const begun = yield* Clock.monotonicTimeNanos
      const response = yield* answer
      // the router leaves it behind
      const found = yield* Effect.serviceOption(HttpRouter.RouteContext)
      const route = Option.match(found, { onNone: () => NO_ROUTE, onSome: ({ route }) => route.path })
      const method = METHODS.has(request.method) ? request.method : "other"
      const seconds = Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9
      yield* Metric.update(Metrics.requests({ route, method, status: `${Math.floor(response.status / 100)}xx` }), 1)
      yield* Metric.update(Metrics.requestSeconds({ route, method }), seconds)
      return response
    })
