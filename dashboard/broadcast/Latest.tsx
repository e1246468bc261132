/** The latest broadcasts on other pages: of one stream, and of streams that a search finds. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { BroadcastItem, Page } from "../api/Wire.ts"
import { Foreign, ShortForeign } from "../shell/Marks.tsx"
import { Ago, Time } from "../shell/Time.tsx"
import { BROADCASTS, formatBroadcastRoute } from "./BroadcastRoutes.ts"
import { End, ms } from "./Marks.tsx"

const hrefOf = (id: string): string => formatBroadcastRoute({ page: "broadcast", id, other: undefined })

/** Whether a stream's latest broadcast is over, with the way to it. Nothing if it has none. */
export const LatestBroadcast = ({ stream }: { readonly stream: string }) => {
  const { data } = useResource(stream, (signal) =>
    get<Page<BroadcastItem>>("/broadcasts", { stream, limit: 1 }, signal)
  )
  const latest = data?.items[0]
  if (latest === undefined || latest.stream_id !== stream) return null
  return (
    <p class="broadcast-times">
      <End over={latest.over} />{" "}
      <a href={hrefOf(latest.id)}>
        {latest.over ? "Last broadcast, since" : "Live broadcast, since"} <Time ms={ms(latest.started_at)} />
      </a>{" "}
      · <a href={formatBroadcastRoute({ ...BROADCASTS, stream })}>Past broadcasts</a>
    </p>
  )
}

/** Streams that a search lists. */
const MOST_ENDED = 10

/** Streams whose name matches and whose last broadcast is over. Nothing if there are none. */
export const EndedStreams = ({ search }: { readonly search: string }) => {
  const { data, isLoading } = useResource(search, (signal) =>
    get<Page<BroadcastItem>>("/broadcasts", { search, over: "true", latest: "true", limit: MOST_ENDED }, signal)
  )
  if (data === undefined || isLoading || data.items.length === 0) return null
  return (
    <section class="panel ended" aria-labelledby="ended-title">
      <div class="panel-head">
        <h2 id="ended-title">
          Ended, with “<Foreign text={search} />”
        </h2>
        <a href={formatBroadcastRoute({ ...BROADCASTS, search })}>All broadcasts</a>
      </div>
      <ul>
        {data.items.map((broadcast) => (
          <li key={broadcast.id}>
            <a href={hrefOf(broadcast.id)}>
              <ShortForeign text={broadcast.stream_id} />
            </a>{" "}
            <small>
              ended <Ago ms={ms(broadcast.ended_at)} />
            </small>
          </li>
        ))}
      </ul>
    </section>
  )
}
