/** Handlers of streams. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { readLiveStreams, readStream } from "../../query/LiveStreams.ts"
import { readEmotes } from "../../query/StreamEmotes.ts"
import { readSummaries } from "../../query/StreamSummaries.ts"
import { Tables } from "../../query/Tables.ts"
import { Api } from "../../api/Api.ts"
import { NotFound } from "../../api/Problems.ts"
import { StreamNow, SummaryPoint } from "../../api/Streams.ts"
import { listed } from "../Export.ts"

export const streams = HttpApiBuilder.group(
  Api,
  "streams",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    return handlers.handleAll({
      live: ({ query, request }) =>
        listed(request, { name: "streams", item: StreamNow }, query, (page) => tables.query(readLiveStreams(page))),
      one: Effect.fnUntraced(function* ({ params: { stream } }) {
        const found = yield* tables.query(readStream(stream))
        return found ?? (yield* new NotFound({ detail: "No window of this stream exists" }))
      }),
      summaries: ({ params: { stream }, query, request }) =>
        listed(request, { name: "windows", item: SummaryPoint }, query, (page) =>
          tables.query(readSummaries({ ...page, stream }))
        ),
      emotes: ({ params: { stream }, query }) => tables.query(readEmotes({ ...query, stream }))
    })
  })
)
