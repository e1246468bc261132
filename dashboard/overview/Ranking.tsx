/** The live streams, ranked. */
import type { Resource } from "../api/Resource.ts"
import type { Page, StreamNow, StreamOrder } from "../api/Wire.ts"
import { isStreamOrder, STREAM_ORDER_LABELS } from "../format/Labels.ts"
import { count } from "../format/Numbers.ts"
import { formatRoute, OVERVIEW, type OverviewRoute } from "../routing/Routes.ts"
import { go } from "../routing/Router.ts"
import { LIVE } from "../routing/View.ts"
import { Deviation, Emotes, Foreign, Incomplete, Sentiment, ShortForeign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { Sparkline } from "./Sparkline.tsx"

const EMOTES_SHOWN = 3

interface Column {
  readonly order: StreamOrder | undefined
  readonly label: string
  readonly name: string
  readonly title?: string
}

const COLUMNS: ReadonlyArray<Column> = [
  { order: "stream_id", label: "Stream", name: "name" },
  { order: undefined, label: "Recent", name: "recent" },
  { order: "chat_count", label: "Messages", name: "chat", title: "Messages in the latest window" },
  { order: "unique_chatters", label: "Chatters", name: "chatters", title: "People who wrote in the latest window" },
  { order: "avg_viewers", label: "Viewers", name: "viewers", title: "Mean number of viewers in the latest window" },
  { order: "avg_sentiment", label: "Sentiment", name: "mood", title: "Mean sentiment of the messages, from −1 to +1" },
  {
    order: "z_score",
    label: "Deviation",
    name: "score",
    title: "How far the number of messages is from the stream’s usual number, in deviations"
  },
  { order: undefined, label: "Top emotes", name: "emotes" }
]

const Head = ({ route }: { readonly route: OverviewRoute }) => (
  <thead>
    <tr>
      {COLUMNS.map(({ label, name, order, title }) => {
        const isSorted = order === route.sort
        const direction = order === "stream_id" ? "ascending" : "descending"
        return (
          <th key={name} scope="col" class={`col-${name}`} aria-sort={isSorted ? direction : undefined}>
            {order === undefined ? (
              label
            ) : (
              <button
                type="button"
                title={title}
                onClick={() => go({ ...route, sort: order, cursor: undefined }, "replace")}
              >
                {label}
                {isSorted ? <span aria-hidden="true">{direction === "ascending" ? " ↑" : " ↓"}</span> : null}
              </button>
            )}
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
    <td class="col-chat">{count(stream.chat_count)}</td>
    <td class="col-chatters">{count(stream.unique_chatters)}</td>
    <td class="col-viewers">{count(stream.avg_viewers)}</td>
    <td class="col-mood">
      <Sentiment value={stream.avg_sentiment} scored={stream.scored_count} />
    </td>
    <td class="col-score">
      <Deviation z={stream.z_score} isAnomaly={stream.is_anomaly} />
    </td>
    <td class="col-emotes">
      <Emotes emotes={stream.top_emotes} most={EMOTES_SHOWN} />
    </td>
  </tr>
)

const Nothing = ({ route }: { readonly route: OverviewRoute }) =>
  route.search === "" && route.cursor === undefined ? (
    <Notice title="No stream is live.">
      <p>Streams appear here as soon as their first window is complete: a minute or so after the first message.</p>
    </Notice>
  ) : (
    <Notice title={route.search === "" ? "The list ends here." : "No live stream has a matching name."}>
      <p>
        <a href={formatRoute(OVERVIEW)}>See all live streams</a>
      </p>
    </Notice>
  )

export const Ranking = ({
  route,
  streams
}: {
  readonly route: OverviewRoute
  readonly streams: Resource<Page<StreamNow>>
}) => {
  const { data, error, isLoading, reload } = streams
  return (
    <section class="panel ranking" aria-labelledby="ranking-title" aria-busy={isLoading}>
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
        <label class="field">
          <span>Sort by</span>
          <select
            value={route.sort}
            onChange={({ currentTarget: { value } }) => {
              if (isStreamOrder(value)) go({ ...route, sort: value, cursor: undefined }, "replace")
            }}
          >
            {Object.entries(STREAM_ORDER_LABELS).map(([order, label]) => (
              <option key={order} value={order}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error === undefined ? null : <Failure what="The live streams" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={12} what="live streams" />
        ) : null
      ) : data.items.length === 0 ? (
        <Nothing route={route} />
      ) : (
        <table class={isLoading ? "streams is-old" : "streams"}>
          <caption class="hidden">Live streams, ranked by {STREAM_ORDER_LABELS[route.sort].toLowerCase()}</caption>
          <Head route={route} />
          <tbody>
            {data.items.map((stream) => (
              <Row key={stream.stream_id} stream={stream} />
            ))}
          </tbody>
        </table>
      )}
      {data !== undefined && (data.next !== null || route.cursor !== undefined) ? (
        <nav class="paging" aria-label="Pages of the ranking">
          {route.cursor === undefined ? null : (
            <a class="button" href={formatRoute({ ...route, cursor: undefined })}>
              Back to the top
            </a>
          )}
          {data.next === null ? null : (
            <a class="button" href={formatRoute({ ...route, cursor: data.next })}>
              Next {count(data.items.length)}
            </a>
          )}
        </nav>
      ) : null}
    </section>
  )
}
