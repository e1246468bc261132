/** Problem documents: RFC 9457, `application/problem+json`. */
import { STATUS_CODES } from "node:http"
import { type HttpServerResponse, ProblemDetails } from "effect/http"

/** `detail` is one sentence for the client, without internals of the worker. */
export const problem = (status: number, detail?: string): HttpServerResponse.HttpServerResponse =>
  ProblemDetails.toResponse({
    type: ProblemDetails.blankType,
    title: STATUS_CODES[status] ?? "Error",
    status,
    ...(detail === undefined ? {} : { detail })
  })
