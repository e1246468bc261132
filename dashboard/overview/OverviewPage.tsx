/** The overview: live streams and the latest moments. */
import { get } from "../api/Client.ts"
import { useRefresh } from "../api/Refresh.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentItem, PlacedPage, StreamNow } from "../api/Wire.ts"
import { EndedStreams } from "../broadcast/Latest.tsx"
import { loadPipeline, pipeline, useLive } from "../live/Live.ts"
import { withNews } from "../live/Moments.ts"
import type { Feed, OverviewRoute } from "../routing/Routes.ts"
import { Heading } from "../shell/Heading.tsx"
import { feedQuery, MomentFeed, MOMENTS_SHOWN } from "./MomentFeed.tsx"
import { Ranking, rankingQuery, STREAMS_SHOWN } from "./Ranking.tsx"
import { StatusStrip } from "./StatusStrip.tsx"

/** The ranking reloads at most this often. */
const RANKING_MS = 5000

/** New moments make the first page longer, so that the next page still begins after its end. */
const MOST_KEPT = 500

const isIn = ({ strength, type }: Feed, { intensity, moment_type }: MomentItem): boolean =>
  (type === undefined || moment_type === type) &&
  (strength === undefined || (intensity !== null && intensity >= strength))

export const OverviewPage = ({ route }: { readonly route: OverviewRoute }) => {
  const { cursor, feed, search, sort } = route
  const streams = useResource(JSON.stringify([rankingQuery(route), cursor]), (signal) =>
    get<PlacedPage<StreamNow>>(
      "/streams",
      { ...rankingQuery(route), cursor, limit: STREAMS_SHOWN, count: "true" },
      signal
    )
  )
  const moments = useResource(JSON.stringify(feed), async (signal) => {
    // An age counts from the server's time.
    if (feed.age !== undefined && pipeline.peek() === undefined) await loadPipeline(signal)
    return get<PlacedPage<MomentItem>>(
      "/moments",
      { ...feedQuery(feed), cursor: feed.cursor, limit: MOMENTS_SHOWN, count: "true" },
      signal
    )
  })
  const refreshStreams = useRefresh(streams.reload, RANKING_MS)
  /** Later pages and other orders do not begin with what is new. */
  const isFollowed = feed.cursor === undefined && !feed.isStrongestFirst
  useLive({
    include: "moments,totals",
    onUpdate: (update) => {
      refreshStreams()
      if (isFollowed && update.moments.length > 0) {
        moments.update((page) => withNews(page, update.moments, MOST_KEPT, (moment) => isIn(feed, moment)))
      }
    },
    onResync: () => {
      streams.reload()
      moments.reload()
    }
  })
  const isWhole = search === "" && sort !== "avg_sentiment"
  return (
    <>
      <div class="page-head">
        <Heading title="Live streams">Live streams</Heading>
        <StatusStrip live={isWhole ? streams.data?.position?.total : undefined} />
      </div>
      {search === "" ? null : <EndedStreams search={search} />}
      <div class="overview">
        <Ranking route={route} streams={streams} />
        <MomentFeed route={route} moments={moments} />
      </div>
    </>
  )
}
