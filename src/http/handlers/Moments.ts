/** Handlers of moments. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Clips } from "../../query/Clip.ts"
import { explain } from "../../query/Explanation.ts"
import { deleteFeedback, putFeedback } from "../../query/FeedbackRows.ts"
import { type MomentsQuery, placeMoments, readMoment, readMoments } from "../../query/MomentRows.ts"
import { OverAfter } from "../../query/OverAfter.ts"
import { readSummaries } from "../../query/StreamSummaries.ts"
import { Tables } from "../../query/Tables.ts"
import { Api } from "../../api/Api.ts"
import { MomentItem } from "../../api/Moments.ts"
import { NotFound } from "../../api/Problems.ts"
import { authorOf } from "../Author.ts"
import { listed } from "../Export.ts"

/** The time range of windows around a moment. */
const BEFORE_MS = 15 * 60_000
const AFTER_MS = 10 * 60_000
const MOST_WINDOWS = 5000

/** The query of a list as a client writes it. */
type Listed = Omit<MomentsQuery, "broadcast"> & { readonly broadcast?: string }

export const moments = HttpApiBuilder.group(
  Api,
  "moments",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const { cut } = yield* Clips
    const { ms: overMs } = yield* OverAfter
    const queryOf = ({ broadcast, ...query }: Listed): MomentsQuery =>
      broadcast === undefined ? query : { ...query, broadcast: { id: broadcast, overMs } }
    return handlers.handleAll({
      list: ({ query, request }) =>
        listed(
          request,
          { name: "moments", item: MomentItem },
          query,
          (page) =>
            Effect.map(tables.query(readMoments(queryOf(page))), ({ items, next }) => ({
              items: items.map(cut),
              next
            })),
          tables.query(placeMoments(queryOf(query)))
        ),
      one: Effect.fnUntraced(function* ({ params: { id } }) {
        const moment = yield* tables.query(readMoment(id))
        if (moment === undefined) return yield* new NotFound({ detail: "Moment not found" })
        const { items } = yield* tables
          .query(
            readSummaries({
              stream: moment.stream_id,
              from: moment.timestamp - BEFORE_MS,
              to: (moment.ended_at ?? moment.timestamp) + AFTER_MS,
              limit: MOST_WINDOWS
            })
          )
          .pipe(
            // The range comes from the moment and is valid.
            Effect.catchTag("BadRequest", Effect.die)
          )
        return { moment: cut(moment), surroundings: items, explanation: explain(moment) }
      }),
      putFeedback: Effect.fnUntraced(function* ({ params: { id }, payload: { verdict }, request }) {
        const author = authorOf(request)
        const stored = yield* tables.write(putFeedback(id, verdict, author))
        if (stored === undefined) return yield* new NotFound({ detail: "Moment not found" })
        yield* Effect.logInfo(`Feedback from ${author}: moment ${id} is ${verdict === "good" ? "good" : "no moment"}`)
        return stored
      }),
      deleteFeedback: Effect.fnUntraced(function* ({ params: { id }, request }) {
        if (!(yield* tables.write(deleteFeedback(id)))) {
          return yield* new NotFound({ detail: "The moment has no feedback" })
        }
        yield* Effect.logInfo(`Feedback from ${authorOf(request)}: the verdict on moment ${id} is taken back`)
      })
    })
  })
)
