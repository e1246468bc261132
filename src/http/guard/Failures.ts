/**
 * Turns every failure into a problem document that contains only what a client may know. The rest
 * is logged once, for the operator.
 */
import { Cause, Effect, ErrorReporter } from "effect"
import { HttpServerError, type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Methods } from "./Methods.ts"
import { problem } from "./Problem.ts"

/**
 * Adds a problem document to an error response without a body. The API refuses the type of a body
 * with a line of text: a problem document replaces it.
 */
const withBody = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse => {
  if (response.status === 415) return problem(415, "The body needs the header Content-Type: application/json")
  return response.status >= 400 && response.body._tag === "Empty"
    ? HttpServerResponse.setHeaders(problem(response.status), response.headers)
    : response
}

const isRouteNotFound = (error: unknown): boolean =>
  error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound"

/** Whether the client caused the failure: its body is too long, or ended early. */
const isUnreadableBody = (error: unknown): boolean =>
  error instanceof HttpServerError.HttpServerError && error.reason._tag === "RequestParseError"

/**
 * Logs failures that the HTTP API turns into a problem silently: a response that violates the
 * contract.
 */
export const reporterLayer = ErrorReporter.layer([
  ErrorReporter.make(({ cause, error, fiber }) => {
    if (isUnreadableBody(Cause.squash(cause))) return
    Effect.runForkWith(fiber.context)(Effect.logError("Response could not be encoded", Cause.die(error)))
  })
])

export const withProblems =
  (request: HttpServerRequest.HttpServerRequest, methods: Methods["Service"]) =>
  <E, R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    answer.pipe(
      Effect.catchCause(
        Effect.fnUntraced(function* (cause) {
          // The client is disconnected, or the worker ends.
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
      Effect.map(withBody)
    )
