import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Logger, Metric, Schema } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Exposure } from "../../../src/http/Exposure.ts"
import { Admission } from "../../../src/http/guard/Admission.ts"
import { reporterLayer } from "../../../src/http/guard/Failures.ts"
import { guarded } from "../../../src/http/guard/Middleware.ts"

/** An API whose one answer is not of its shape. */
class Shapes extends HttpApi.make("shapes")
  .add(HttpApiGroup.make("shapes").add(HttpApiEndpoint.get("odd", "/odd", { success: Schema.Int })))
  .middleware(HttpApiMiddleware.ProblemDetails) {}

const SECRET = "password=hunter2"

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/thrown", () => {
    throw new Error(SECRET)
  }),
  HttpRouter.add("GET", "/defect", Effect.die(new Error(SECRET))),
  HttpRouter.add("GET", "/failed/:name", Effect.die({ secret: SECRET })),
  HttpApiBuilder.layer(Shapes).pipe(
    Layer.provide(
      HttpApiBuilder.group(Shapes, "shapes", (handlers) => handlers.handle("odd", () => Effect.succeed(0.5)))
    ),
    Layer.provide(HttpApiMiddleware.layerProblemDetails())
  ),
  HttpRouter.add("GET", "/empty", HttpServerResponse.empty({ status: 409, headers: { "retry-after": "1" } })),
  HttpRouter.add("POST", "/both", HttpServerResponse.text("posted")),
  HttpRouter.add("GET", "/both", HttpServerResponse.text("got")),
  HttpRouter.add("GET", "/below/*", HttpServerResponse.text("below"))
)

/** Sends the requests. Returns the responses, what was logged and what was counted. */
const requesting = Effect.fnUntraced(function* (requests: ReadonlyArray<readonly [method: string, path: string]>) {
  const log: Array<string> = []
  const logger = Logger.make(({ cause, message }) => log.push(`${String(message)} ${Cause.pretty(cause)}`))
  const registry: Metric.MetricRegistry = new Map()
  const { dispose, handler } = HttpRouter.toWebHandler(
    guarded(routes).pipe(
      Layer.provideMerge(
        Layer.mergeAll(
          Exposure.layer({ host: "127.0.0.1", apiToken: undefined, allowedHosts: [] }),
          Admission.layer(undefined),
          HttpServer.layerServices,
          Logger.layer([logger]),
          reporterLayer,
          Layer.succeed(Metric.MetricRegistry, registry)
        )
      )
    ),
    { disableLogger: true }
  )
  const answers = yield* Effect.forEach(requests, ([method, path]) =>
    Effect.promise(async () => {
      const answer = await handler(new Request(`http://localhost${path}`, { method, headers: { host: "localhost" } }))
      return {
        status: answer.status,
        type: answer.headers.get("content-type"),
        allow: answer.headers.get("allow"),
        headers: answer.headers,
        body: await answer.text()
      }
    })
  )
  yield* Effect.promise(dispose)
  const counted = yield* PrometheusMetrics.format().pipe(Effect.provideService(Metric.MetricRegistry, registry))
  return { answers, log, counted }
})

describe("failures", () => {
  for (const path of ["/thrown", "/defect", "/failed/x?token=abc"]) {
    it.effect(`in a handler are hidden from the client and logged once (${path})`, () =>
      Effect.gen(function* () {
        const { answers, log } = yield* requesting([["GET", path]])
        assert.deepInclude(answers[0], {
          status: 500,
          type: "application/problem+json",
          body: '{"type":"about:blank","title":"Internal Server Error","status":500}'
        })
        assert.strictEqual(log.length, 1)
        assert.include(log[0], `GET ${path.replace(/\?.*/, "")} failed`)
        assert.include(log[0], "hunter2")
      })
    )
  }

  it.effect("in a response's shape are logged, too", () =>
    Effect.gen(function* () {
      const { answers, log } = yield* requesting([["GET", "/odd"]])
      assert.strictEqual(answers[0]?.status, 500)
      assert.notInclude(answers[0]?.body, "0.5")
      assert.strictEqual(log.length, 1)
      assert.include(log[0], "integer")
    })
  )

  it.effect("are problems: paths that there are not, methods that a path does not take, answers without a body", () =>
    Effect.gen(function* () {
      const { answers, log } = yield* requesting([
        ["GET", "/nope"],
        ["POST", "/nope"],
        ["POST", "/defect"],
        ["DELETE", "/both?x=1"],
        ["PUT", "/below/x/y"],
        ["PUT", "/below"],
        ["GET", "/empty"],
        ["HEAD", "/both"]
      ])
      assert.deepStrictEqual(
        answers.map(({ allow, status }) => [status, allow]),
        [
          [404, null],
          [404, null],
          [405, "GET, HEAD"],
          [405, "GET, POST, HEAD"],
          [405, "GET, HEAD"],
          [405, "GET, HEAD"],
          [409, null],
          [200, null]
        ]
      )
      for (const { body, status, type } of answers.slice(0, -1)) {
        assert.strictEqual(type, "application/problem+json")
        assert.strictEqual(JSON.parse(body).status, status)
      }
      assert.strictEqual(answers[6]?.headers.get("retry-after"), "1")
      assert.deepStrictEqual(log, [])
    })
  )

  it.effect("are counted, by the route's pattern and the status's class", () =>
    Effect.gen(function* () {
      const { counted } = yield* requesting([
        ["GET", "/failed/a"],
        ["GET", "/failed/b"],
        ["GET", "/both"],
        ["POST", "/both"],
        ["GET", "/nope/1"],
        ["PROPFIND", "/nope/2"],
        ["BREW", "/nope/3"]
      ])
      const lines = counted.split("\n").filter((line) => line.startsWith("telemetra_http_requests_total{"))
      assert.sameMembers(lines, [
        'telemetra_http_requests_total{route="/failed/:name",method="GET",status="5xx"} 2',
        'telemetra_http_requests_total{route="/both",method="GET",status="2xx"} 1',
        'telemetra_http_requests_total{route="/both",method="POST",status="2xx"} 1',
        'telemetra_http_requests_total{route="none",method="GET",status="4xx"} 1',
        'telemetra_http_requests_total{route="none",method="other",status="4xx"} 2'
      ])
      assert.include(counted, 'telemetra_http_request_seconds_count{route="/failed/:name",method="GET"} 2')
    })
  )
})
