/**
 * The middleware of every route: it guards the route, turns failures into problems, counts requests
 * and adds security headers.
 */
import { ByteSize, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter, HttpServerRequest } from "effect/http"
import { Exposure } from "../Exposure.ts"
import { measured } from "../RequestMetrics.ts"
import { Admission } from "./Admission.ts"
import { withProblems } from "./Failures.ts"
import { refusal } from "./Guard.ts"
import { withHeaders } from "./Headers.ts"
import * as Login from "./Login.ts"
import { Methods } from "./Methods.ts"

/** Enough for the login's form, and for a change with the longest name of a stream. */
const MOST_BODY = ByteSize.kibibytes(4)

const middleware = HttpRouter.middleware(
  Effect.gen(function* () {
    const exposure = yield* Exposure
    const services = { exposure, admission: yield* Admission }
    const methods = yield* Methods
    if (!exposure.payloadsServed) {
      yield* Effect.logWarning(
        "The HTTP API is reachable without authentication: set API_TOKEN, or serve this machine only (HTTP_HOST=127.0.0.1 without HTTP_ALLOWED_HOSTS). Dead-letter payloads are withheld, and changes are refused"
      )
    }
    return (route) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        Effect.flatMap(refusal(request, services), (instead) =>
          instead === undefined ? route : Effect.succeed(instead)
        ).pipe(
          withProblems(request, methods),
          measured(request),
          Effect.map(withHeaders),
          Effect.provideService(HttpIncomingMessage.MaxBodySize, MOST_BODY)
        )
      )
  }),
  { global: true }
)

/** The guarded routes, together with the login. */
export const guarded = <A, E, R>(routes: Layer.Layer<A, E, R>) =>
  Layer.mergeAll(routes, Login.layer, middleware).pipe(Layer.provide(Methods.layer))
