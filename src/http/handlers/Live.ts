/** Handlers of live updates. */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { Interest } from "../../query/LiveUpdates.ts"
import { LiveFeed } from "../../query/LiveFeed.ts"
import { readPositions } from "../../query/Positions.ts"
import { Api } from "../../api/Api.ts"
import { LIVE_KINDS } from "../../api/Live.ts"
import { BadRequest } from "../../api/Problems.ts"

const interestIn = (include: string, stream: string | undefined): Interest | undefined => {
  const kinds = include.split(",")
  if (!kinds.every((kind) => LIVE_KINDS.some((known) => known === kind))) return undefined
  const has = (kind: (typeof LIVE_KINDS)[number]): boolean => kinds.includes(kind)
  return {
    windows: has("windows"),
    moments: has("moments"),
    status: has("status"),
    totals: has("totals"),
    ...(stream === undefined ? {} : { stream })
  }
}

export const live = HttpApiBuilder.group(
  Api,
  "live",
  Effect.fnUntraced(function* (handlers) {
    const feed = yield* LiveFeed
    return handlers.handleAll({
      updates: Effect.fnUntraced(function* ({ headers, query }) {
        const interest = interestIn(query.include, query.stream)
        if (interest === undefined) {
          return yield* new BadRequest({
            detail: `include: expected a comma-separated list of ${LIVE_KINDS.join(", ")}`
          })
        }
        // An empty header counts as none.
        const id = headers["last-event-id"] || undefined
        const from = id === undefined ? undefined : readPositions(id)
        if (id !== undefined && from === undefined) {
          return yield* new BadRequest({ detail: "Last-Event-ID: not an event id of this API" })
        }
        const events = yield* feed.subscribe(interest, from)
        return HttpServerResponse.stream(events, {
          contentType: "text/event-stream",
          // Buffering proxies would delay the events.
          headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
        })
      })
    })
  })
)
