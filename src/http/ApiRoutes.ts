/** The API under /api/v1 with its OpenAPI document and its documentation page. */
import { Effect, Layer, Scope } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware, HttpApiScalar } from "effect/http-api"
import * as KnownParameters from "./KnownParameters.ts"
import { LiveFeed } from "../query/LiveFeed.ts"
import { PipelineHistory } from "../query/PipelineHistory.ts"
import { Api, API_PATH } from "../api/Api.ts"
import { broadcasts } from "./handlers/Broadcasts.ts"
import { deadLetters } from "./handlers/DeadLetters.ts"
import { live } from "./handlers/Live.ts"
import { moments } from "./handlers/Moments.ts"
import { pipeline } from "./handlers/Pipeline.ts"
import { sensitivity } from "./handlers/Sensitivity.ts"
import { streams } from "./handlers/Streams.ts"

const DOCS_PATH = `${API_PATH}/docs` as const

/**
 * The page contains its script, so that it works offline. The script has several megabytes and is
 * loaded at the first request.
 */
const docs = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const scope = yield* Effect.scope
    const page = yield* Effect.cached(
      HttpRouter.toHttpEffect(HttpApiScalar.layer(Api, { path: DOCS_PATH, scalar: { withDefaultFonts: false } })).pipe(
        Effect.provideService(Scope.Scope, scope)
      )
    )
    yield* router.add("GET", DOCS_PATH, Effect.flatten(page))
  })
)

export const layer = Layer.merge(
  HttpApiBuilder.layer(Api, { openapiPath: `${API_PATH}/openapi.json` }).pipe(
    Layer.provide([streams, moments, broadcasts, sensitivity, deadLetters, pipeline, live]),
    Layer.provide(KnownParameters.layer),
    Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true })),
    Layer.provide([LiveFeed.layer, PipelineHistory.layer])
  ),
  docs
)
