/** What is answered in place of what was asked for: RFC 9457, `application/problem+json`. */
import { STATUS_CODES } from "node:http"
import { type HttpServerResponse, ProblemDetails } from "effect/http"

/** `detail` is for people; it holds nothing that only the worker should know. */
export const problem = (status: number, detail?: string): HttpServerResponse.HttpServerResponse =>
  ProblemDetails.toResponse({
    type: ProblemDetails.blankType,
    title: STATUS_CODES[status] ?? "Error",
    status,
    ...(detail === undefined ? {} : { detail })
  })
