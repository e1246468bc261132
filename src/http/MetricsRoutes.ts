/**
 * The routes that Prometheus scrapes: `/metrics`, and `/metrics/prometheus`, the path of the Spark
 * job that this worker replaces.
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { scrape } from "../observability/Scrape.ts"

/** `group` is the consumer group, as the metrics name it. */
export const layer = (group: string) => {
  const response = Effect.map(scrape(group), (text) =>
    HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
  )
  return Layer.mergeAll(
    HttpRouter.add("GET", "/metrics", response),
    HttpRouter.add("GET", "/metrics/prometheus", response)
  )
}
