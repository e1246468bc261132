/** The API under /api/v1: its answers, its OpenAPI document, its documentation page. */
import { Layer } from "effect"
import { HttpApiBuilder, HttpApiMiddleware, HttpApiScalar } from "effect/http-api"
import { LiveFeed } from "../query/LiveFeed.ts"
import { Api, API_PATH } from "./api/Api.ts"
import { deadLetters } from "./handlers/DeadLetters.ts"
import { live } from "./handlers/Live.ts"
import { moments } from "./handlers/Moments.ts"
import { pipeline } from "./handlers/Pipeline.ts"
import { streams } from "./handlers/Streams.ts"

export const layer = Layer.merge(
  HttpApiBuilder.layer(Api, { openapiPath: `${API_PATH}/openapi.json` }).pipe(
    Layer.provide([streams, moments, deadLetters, pipeline, live]),
    Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true })),
    Layer.provide(LiveFeed.layer)
  ),
  // its script comes with the page, and nothing else is needed: it works offline
  HttpApiScalar.layer(Api, { path: `${API_PATH}/docs`, scalar: { withDefaultFonts: false } })
)
