/** Handlers of dead letters. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { placeDeadLetters, readDeadLetter, readDeadLetterReasons, readDeadLetters } from "../../query/DeadLetterRows.ts"
import { Tables } from "../../query/Tables.ts"
import { Api } from "../../api/Api.ts"
import { DeadLetterItem } from "../../api/DeadLetters.ts"
import { Forbidden, NotFound } from "../../api/Problems.ts"
import { Exposure } from "../Exposure.ts"
import { listed } from "../Export.ts"

export const deadLetters = HttpApiBuilder.group(
  Api,
  "dead-letters",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const { payloadsServed } = yield* Exposure
    return handlers.handleAll({
      list: ({ query, request }) =>
        listed(
          request,
          { name: "dead-letters", item: DeadLetterItem },
          query,
          (page) => tables.query(readDeadLetters(page)),
          tables.query(placeDeadLetters(query))
        ),
      reasons: () => tables.query(readDeadLetterReasons),
      one: Effect.fnUntraced(function* ({ params }) {
        if (!payloadsServed) {
          return yield* new Forbidden({
            detail:
              "Payloads are withheld: set API_TOKEN, or serve this machine only (HTTP_HOST=127.0.0.1 without HTTP_ALLOWED_HOSTS)"
          })
        }
        const found = yield* tables.query(readDeadLetter(params))
        return found ?? (yield* new NotFound({ detail: "Dead letter not found" }))
      })
    })
  })
)
