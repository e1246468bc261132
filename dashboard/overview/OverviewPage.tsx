/** The overview: live streams and the latest moments. */
import { get } from "../api/Client.ts"
import { useRefresh } from "../api/Refresh.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentItem, Page, StreamNow } from "../api/Wire.ts"
import { useLive } from "../live/Live.ts"
import { withMoments } from "../live/Moments.ts"
import type { OverviewRoute } from "../routing/Routes.ts"
import { Heading } from "../shell/Heading.tsx"
import { MomentFeed } from "./MomentFeed.tsx"
import { Ranking } from "./Ranking.tsx"
import { StatusStrip } from "./StatusStrip.tsx"

/** The ranking reloads at most this often. */
const RANKING_MS = 5000
const STREAMS_SHOWN = 50
const MOMENTS_SHOWN = 100

export const OverviewPage = ({ route }: { readonly route: OverviewRoute }) => {
  const { cursor, moments: type, search, sort } = route
  const streams = useResource(JSON.stringify([search, sort, cursor]), (signal) =>
    get<Page<StreamNow>>(
      "/streams",
      { search: search === "" ? undefined : search, sort, cursor, limit: STREAMS_SHOWN },
      signal
    )
  )
  const moments = useResource(type ?? "", (signal) =>
    get<Page<MomentItem>>("/moments", { type, limit: MOMENTS_SHOWN }, signal)
  )
  const refreshStreams = useRefresh(streams.reload, RANKING_MS)
  useLive({
    include: "moments,totals",
    onUpdate: (update) => {
      refreshStreams()
      if (update.moments.length > 0) {
        moments.update((page) => ({ ...page, items: withMoments(page.items, update.moments, MOMENTS_SHOWN, type) }))
      }
    },
    onResync: () => {
      streams.reload()
      moments.reload()
    }
  })
  return (
    <>
      <div class="page-head">
        <Heading title="Live streams">Live streams</Heading>
        <StatusStrip />
      </div>
      <div class="overview">
        <Ranking route={route} streams={streams} />
        <MomentFeed route={route} moments={moments} />
      </div>
    </>
  )
}
