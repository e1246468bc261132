/** Handlers of broadcasts. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../../api/Api.ts"
import { BroadcastItem } from "../../api/Broadcasts.ts"
import { NotFound } from "../../api/Problems.ts"
import { differences } from "../../query/BroadcastComparison.ts"
import { placeBroadcasts, readBroadcast, readBroadcasts, readDetail } from "../../query/BroadcastRows.ts"
import { OverAfter } from "../../query/OverAfter.ts"
import { Tables } from "../../query/Tables.ts"
import { listed } from "../Export.ts"

export const broadcasts = HttpApiBuilder.group(
  Api,
  "broadcasts",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const { ms: overMs } = yield* OverAfter
    const find = Effect.fnUntraced(function* (id: string, name: string) {
      const found = yield* tables.query(readBroadcast(id, overMs))
      return found?.item ?? (yield* new NotFound({ detail: `${name}: broadcast not found` }))
    })
    return handlers.handleAll({
      list: ({ query, request }) =>
        listed(
          request,
          { name: "broadcasts", item: BroadcastItem },
          query,
          (page) => tables.query(readBroadcasts(page, overMs)),
          tables.query(placeBroadcasts(query, overMs))
        ),
      compare: Effect.fnUntraced(function* ({ query }) {
        const a = yield* find(query.a, "a")
        const b = yield* find(query.b, "b")
        return { a, b, differences: differences(a, b) }
      }),
      one: Effect.fnUntraced(function* ({ params: { id } }) {
        const found = yield* tables.query(readDetail(id, overMs))
        return found ?? (yield* new NotFound({ detail: "Broadcast not found" }))
      })
    })
  })
)
