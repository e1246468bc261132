/** Every failure as a problem that says what a client may know; what only the operator should know is logged, once. */
import { Cause, Effect, ErrorReporter } from "effect"
import { HttpServerError, type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Methods } from "./Methods.ts"
import { problem } from "./Problem.ts"

/** An answer without a body gets one that tells the same. */
const explained = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  response.status >= 400 && response.body._tag === "Empty"
    ? HttpServerResponse.setHeaders(problem(response.status), response.headers)
    : response

const isRouteNotFound = (error: unknown): boolean =>
  error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound"

/** Logs what the HTTP API itself turns into a problem without a word: an answer that is not of its shape. */
export const reporterLayer = ErrorReporter.layer([
  ErrorReporter.make(({ error, fiber }) => {
    Effect.runForkWith(fiber.context)(Effect.logError("Response could not be encoded", Cause.die(error)))
  })
])

export const withProblems =
  (request: HttpServerRequest.HttpServerRequest, methods: Methods["Service"]) =>
  <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    answer.pipe(
      Effect.catchCause(
        Effect.fnUntraced(function* (cause) {
          // the client is gone, or the worker ends
          if (Cause.hasInterruptsOnly(cause)) return yield* Effect.failCause(cause)
          if (cause.reasons.some((reason) => Cause.isFailReason(reason) && isRouteNotFound(reason.error))) {
            const taken = methods.of(request.url)
            return taken.length === 0
              ? problem(404)
              : HttpServerResponse.setHeader(problem(405), "allow", taken.join(", "))
          }
          const [response] = yield* HttpServerError.causeResponse(cause)
          if (response.status >= 500) {
            yield* Effect.logError(`${request.method} ${request.url.replace(/\?.*/s, "")} failed`, cause)
          }
          return response
        })
      ),
      Effect.map(explained)
    )
