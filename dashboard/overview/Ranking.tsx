/** The live streams, ranked. */
import type { Query } from "../api/Client.ts"
import type { Resource } from "../api/Resource.ts"
import type { PlacedPage, StreamNow, StreamOrder } from "../api/Wire.ts"
import { useRef } from "preact/hooks"
import { isOrder, isStreamOrder, STREAM_ORDERS } from "../format/Labels.ts"
import { count } from "../format/Numbers.ts"
import { formatRoute, OVERVIEW, type OverviewRoute } from "../routing/Routes.ts"
import { go } from "../routing/Router.ts"
import { LIVE } from "../routing/View.ts"
import { Download } from "../shell/Download.tsx"
import { Activity, Emotes, Foreign, Incomplete, Mood, ShortForeign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { Pager } from "../shell/Pager.tsx"
import { spanText } from "../shell/SpanText.ts"
import { useTop } from "../shell/Top.ts"
import { Sparkline } from "./Sparkline.tsx"
import { Waiting } from "./Waiting.tsx"

const EMOTES_SHOWN = 3
export const STREAMS_SHOWN = 50

/** The mood of fewer messages is chance: such chats are left out when the list is by mood. */
const LEAST_SCORED = 10

/** The query of the API for a route, without the page. */
export const rankingQuery = ({ order, search, sort }: OverviewRoute): Query => ({
  search: search === "" ? undefined : search,
  sort,
  order,
  min_scored: sort === "avg_sentiment" ? LEAST_SCORED : undefined
})

interface Column {
  readonly order: StreamOrder | undefined
  readonly label: string
  readonly name: string
  readonly unit?: string
  readonly title?: string
}

const columns = (span: string): ReadonlyArray<Column> => [
  { order: "stream_id", label: "Stream", name: "name" },
  { order: undefined, label: "Recent", name: "recent" },
  { order: "chat_count", label: "Messages", name: "chat", unit: span },
  { order: "unique_chatters", label: "People", name: "chatters", unit: span, title: "People who wrote" },
  { order: "avg_viewers", label: "Viewers", name: "viewers", title: "Mean number of viewers" },
  {
    order: "avg_sentiment",
    label: "Mood",
    name: "mood",
    unit: "−1 to +1",
    title: "Mean of the messages, from −1 (angry, sad) to +1 (happy)"
  },
  {
    order: "z_score",
    label: "Activity",
    name: "score",
    unit: "strength",
    title: "How lively the chat is for its own standards. 0 is as usual; a strength of 3 or more is unusual"
  },
  { order: undefined, label: "Top emotes", name: "emotes" }
]

const Head = ({ route }: { readonly route: OverviewRoute }) => (
  <thead>
    <tr>
      {columns(spanText()).map(({ label, name, order, title, unit }) => {
        const isSorted = order === route.sort
        const next = order === undefined ? "desc" : STREAM_ORDERS[order].first
        return (
          <th
            key={name}
            scope="col"
            class={`col-${name}`}
            aria-sort={isSorted ? (route.order === "asc" ? "ascending" : "descending") : undefined}
          >
            {order === undefined ? (
              label
            ) : (
              <button
                type="button"
                title={title}
                onClick={() =>
                  go(
                    {
                      ...route,
                      sort: order,
                      order: isSorted ? (route.order === "asc" ? "desc" : "asc") : next,
                      cursor: undefined
                    },
                    "replace"
                  )
                }
              >
                {label}
                {isSorted ? <span aria-hidden="true">{route.order === "asc" ? " ↑" : " ↓"}</span> : null}
              </button>
            )}
            {unit === undefined ? null : <small>{unit}</small>}
          </th>
        )
      })}
    </tr>
  </thead>
)

const Row = ({ stream }: { readonly stream: StreamNow }) => (
  <tr>
    <th scope="row" class="col-name">
      <a href={formatRoute({ page: "stream", stream: stream.stream_id, view: LIVE, moment: undefined })}>
        <ShortForeign text={stream.stream_id} />
      </a>
      {stream.complete ? null : <Incomplete />}
    </th>
    <td class="col-recent">
      <Sparkline counts={stream.recent_chat_counts} />
    </td>
    <td class="col-chat">
      {count(stream.chat_count)}
      <small class="unit"> messages</small>
    </td>
    <td class="col-chatters">{count(stream.unique_chatters)}</td>
    <td class="col-viewers">
      {count(stream.avg_viewers)}
      {stream.avg_viewers === null ? null : <small class="unit"> viewers</small>}
    </td>
    <td class="col-mood">
      <Mood value={stream.avg_sentiment} scored={stream.scored_count} />
    </td>
    <td class="col-score">
      <Activity z={stream.z_score} isAnomaly={stream.is_anomaly} />
    </td>
    <td class="col-emotes">
      <Emotes emotes={stream.top_emotes} most={EMOTES_SHOWN} />
    </td>
  </tr>
)

const Nothing = ({ route }: { readonly route: OverviewRoute }) =>
  route.search === "" && route.cursor === undefined && route.sort !== "avg_sentiment" ? (
    <Waiting />
  ) : (
    <Notice
      title={
        route.search !== ""
          ? "No live stream has a matching name."
          : route.cursor === undefined
            ? `No live chat has ${LEAST_SCORED} messages with a mood.`
            : "The list ends here."
      }
    >
      <p>
        <a href={formatRoute(OVERVIEW)}>See all live streams</a>
      </p>
    </Notice>
  )

const SortField = ({ route }: { readonly route: OverviewRoute }) => (
  <label class="field">
    <span>Sort by</span>
    <select
      value={`${route.sort} ${route.order}`}
      onChange={({ currentTarget: { value } }) => {
        const [sort = "", order = ""] = value.split(" ")
        if (isStreamOrder(sort) && isOrder(order)) go({ ...route, sort, order, cursor: undefined }, "replace")
      }}
    >
      {Object.entries(STREAM_ORDERS).flatMap(([sort, words]) =>
        [words.first, words.first === "asc" ? ("desc" as const) : ("asc" as const)].map((order) => (
          <option key={`${sort} ${order}`} value={`${sort} ${order}`}>
            {words.label}, {words[order]}
          </option>
        ))
      )}
    </select>
  </label>
)

export const Ranking = ({
  route,
  streams
}: {
  readonly route: OverviewRoute
  readonly streams: Resource<PlacedPage<StreamNow>>
}) => {
  const { data, error, isLoading, reload } = streams
  const list = useRef<HTMLElement>(null)
  useTop(route.cursor, list)
  const sorting = STREAM_ORDERS[route.sort]
  return (
    <section ref={list} class="panel ranking" aria-labelledby="ranking-title" aria-busy={isLoading}>
      <div class="panel-head">
        <h2 id="ranking-title">
          {route.search === "" ? (
            "Ranking"
          ) : (
            <>
              Names with “<Foreign text={route.search} />”
            </>
          )}
        </h2>
        <SortField route={route} />
      </div>
      {route.sort === "avg_sentiment" ? (
        <p class="faint">Chats with at least {LEAST_SCORED} messages that show a mood.</p>
      ) : null}
      {error === undefined ? null : <Failure what="The live streams" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={12} what="live streams" />
        ) : null
      ) : data.items.length === 0 ? (
        <Nothing route={route} />
      ) : (
        <table class={isLoading ? "streams is-old" : "streams"}>
          <caption class="hidden">
            Live streams by {sorting.label.toLowerCase()}, {sorting[route.order]}
          </caption>
          <Head route={route} />
          <tbody>
            {data.items.map((stream) => (
              <Row key={stream.stream_id} stream={stream} />
            ))}
          </tbody>
        </table>
      )}
      {data === undefined ? null : (
        <div class="list-foot">
          <Pager
            label="Pages of the ranking"
            page={data}
            size={STREAMS_SHOWN}
            isFirst={route.cursor === undefined}
            hrefOf={(cursor) => formatRoute({ ...route, cursor })}
          />
          <Download path="/streams" query={rankingQuery(route)} what="the live streams" />
        </div>
      )}
    </section>
  )
}
