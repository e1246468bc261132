/** The API under /api/v1 with its OpenAPI document and its documentation page. */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware, OpenApi } from "effect/http-api"
import * as KnownParameters from "./KnownParameters.ts"
import { LiveFeed } from "../query/LiveFeed.ts"
import { PipelineHistory } from "../query/PipelineHistory.ts"
import { Api, API_PATH } from "../api/Api.ts"
import { broadcasts } from "./handlers/Broadcasts.ts"
import { apiDocsPage } from "./ApiDocsPage.ts"
import { DOCS_STYLE, DOCS_STYLE_PATH } from "./ApiDocsStyle.ts"
import { deadLetters } from "./handlers/DeadLetters.ts"
import { live } from "./handlers/Live.ts"
import { moments } from "./handlers/Moments.ts"
import { pipeline } from "./handlers/Pipeline.ts"
import { sensitivity } from "./handlers/Sensitivity.ts"
import { streams } from "./handlers/Streams.ts"

const DOCS_PATH = `${API_PATH}/docs` as const

const DOCUMENT_PATH = `${API_PATH}/openapi.json` as const

/** The page is rendered at the first request, and loads its style from this server. */
export const docs = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    let page: string | undefined
    yield* router.add(
      "GET",
      DOCS_PATH,
      Effect.sync(() => {
        page ??= apiDocsPage(OpenApi.fromApi(Api), DOCUMENT_PATH)
        return HttpServerResponse.text(page, {
          contentType: "text/html; charset=utf-8",
          headers: {
            "content-security-policy":
              "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
          }
        })
      })
    )
    yield* router.add(
      "GET",
      DOCS_STYLE_PATH,
      Effect.succeed(HttpServerResponse.text(DOCS_STYLE, { contentType: "text/css; charset=utf-8" }))
    )
  })
)

export const layer = Layer.merge(
  HttpApiBuilder.layer(Api, { openapiPath: DOCUMENT_PATH }).pipe(
    Layer.provide([streams, moments, broadcasts, sensitivity, deadLetters, pipeline, live]),
    Layer.provide(KnownParameters.layer),
    Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true })),
    Layer.provide([LiveFeed.layer, PipelineHistory.layer])
  ),
  docs
)
