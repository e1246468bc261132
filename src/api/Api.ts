/** The contract of the HTTP API. Its handlers are in src/http/handlers/. */
import { HttpApi, HttpApiMiddleware, OpenApi } from "effect/http-api"
import { Broadcasts } from "./Broadcasts.ts"
import { BadRequest } from "./Problems.ts"
import { DeadLetters } from "./DeadLetters.ts"
import { documented } from "./OpenApiDocument.ts"
import { Live } from "./Live.ts"
import { Moments } from "./Moments.ts"
import { Pipeline } from "./Pipeline.ts"
import { Sensitivity } from "./Sensitivity.ts"
import { Streams } from "./Streams.ts"

export const API_PATH = "/api/v1"

/**
 * Characters of a path parameter: a stream name of 255 code points, 4 bytes each, 3 characters per
 * byte.
 */
export const LONGEST_PARAMETER = 255 * 4 * 3

/** Refuses query parameters that an endpoint does not have: a typo must not unfilter a list. */
export class KnownParameters extends HttpApiMiddleware.Service<KnownParameters>()("telemetra/api/KnownParameters", {
  error: BadRequest
}) {}

const Shape = HttpApi.make("telemetra")
  .add(Streams, Moments, Broadcasts, Sensitivity, DeadLetters, Pipeline, Live)
  .prefix(API_PATH)
  .middleware(KnownParameters)
  .middleware(HttpApiMiddleware.ProblemDetails)

export class Api extends Shape.annotateMerge(
  OpenApi.annotations({
    title: "Telemetra stream",
    version: "1",
    description:
      "Windows and moments of live streams. Fields have the names of the table columns that they come from. Times are ISO 8601 in UTC. 64-bit ids are text. Errors are application/problem+json (RFC 9457).",
    transform: documented(Shape)
  })
) {}
