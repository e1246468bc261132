/** /broadcasts/ID: one broadcast with its totals, its moments, and a comparison. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { BroadcastDetail, BroadcastItem, MomentItem, Page } from "../api/Wire.ts"
import { count, counted, signed } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { useLive } from "../live/Live.ts"
import { formatRoute } from "../routing/Routes.ts"
import { fixed } from "../routing/View.ts"
import { Heading } from "../shell/Heading.tsx"
import { Foreign, Intensity, MomentKind, MomentText } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { Time } from "../shell/Time.tsx"
import { BROADCASTS, type BroadcastRoute, formatBroadcastRoute } from "./BroadcastRoutes.ts"
import { Comparison } from "./Comparison.tsx"
import { End, ms, placeIn } from "./Marks.tsx"

const MOST_MOMENTS = 50

const Fact = ({
  at,
  name,
  value
}: {
  readonly name: string
  readonly value: string
  readonly at?: string | undefined
}) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value}
      {at === undefined ? null : <small> at {at}</small>}
    </dd>
  </div>
)

const Totals = ({ broadcast }: { readonly broadcast: BroadcastItem }) => {
  const at = (time: string | null): string | undefined => (time === null ? undefined : placeIn(broadcast, time))
  return (
    <section class="panel" aria-labelledby="totals-title">
      <div class="panel-head">
        <h2 id="totals-title">Totals</h2>
        <a
          href={formatRoute({
            page: "stream",
            stream: broadcast.stream_id,
            view: fixed(ms(broadcast.started_at), ms(broadcast.ended_at)),
            moment: undefined
          })}
        >
          See the charts
        </a>
      </div>
      <dl class="facts">
        <Fact name="Length" value={duration(broadcast.length_seconds * 1000)} />
        <Fact name="Messages" value={count(broadcast.messages)} />
        <Fact name="Viewers, mean" value={count(broadcast.avg_viewers)} />
        <Fact name="Most viewers" value={count(broadcast.peak_viewers)} at={at(broadcast.peak_viewers_at)} />
        <Fact name="Most messages at once" value={count(broadcast.peak_messages)} at={at(broadcast.peak_messages_at)} />
        <Fact name="Most people at once" value={count(broadcast.peak_people)} at={at(broadcast.peak_people_at)} />
        <Fact name="Mood, −1 to +1" value={signed(broadcast.avg_sentiment, 2)} />
        <Fact name="Moments" value={count(broadcast.moments)} />
      </dl>
    </section>
  )
}

/** The most intense moments first. */
const Moments = ({ broadcast }: { readonly broadcast: BroadcastItem }) => {
  const { id, moments } = broadcast
  const query = { broadcast: id, sort: "intensity", limit: MOST_MOMENTS }
  const { data, error, reload } = useResource(JSON.stringify(query), (signal) =>
    get<Page<MomentItem>>("/moments", query, signal)
  )
  return (
    <section class="panel best-moments" aria-labelledby="broadcast-moments">
      <div class="panel-head">
        <h2 id="broadcast-moments">Best moments</h2>
        <p class="faint">{counted(moments, "moment")}</p>
      </div>
      {error === undefined ? null : <Failure what="The moments" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={6} what="the moments" />
        ) : null
      ) : data.items.length === 0 ? (
        <p class="faint">None in this broadcast.</p>
      ) : (
        <ol class="moments">
          {data.items.map((moment) => (
            <li key={moment.id}>
              <a class="moment" href={formatRoute({ page: "moment", id: moment.id, view: undefined })}>
                <span class="moment-head">
                  <MomentKind {...moment} />
                  <Intensity value={moment.intensity} />
                  <span>{placeIn(broadcast, moment.clip.peak)}</span>
                </span>
                <MomentText description={moment.description} />
              </a>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

const Loaded = ({ detail, route }: { readonly detail: BroadcastDetail; readonly route: BroadcastRoute }) => {
  const { broadcast, next, previous } = detail
  const other = route.other ?? previous?.id
  return (
    <>
      <div class="page-head">
        <div>
          <p class="crumb">
            <a href={formatBroadcastRoute(BROADCASTS)}>Broadcasts</a> ·{" "}
            <a href={formatBroadcastRoute({ ...BROADCASTS, stream: broadcast.stream_id })}>all of this stream</a>
          </p>
          <Heading title={broadcast.stream_id}>
            <Foreign text={broadcast.stream_id} />
          </Heading>
          <p class="broadcast-times">
            <End over={broadcast.over} /> <Time ms={ms(broadcast.started_at)} /> to <Time ms={ms(broadcast.ended_at)} />
          </p>
        </div>
        <nav class="tools" aria-label="Broadcasts of this stream">
          {previous === null ? null : (
            <a class="button" href={formatBroadcastRoute({ page: "broadcast", id: previous.id, other: undefined })}>
              Previous broadcast
            </a>
          )}
          {next === null ? null : (
            <a class="button" href={formatBroadcastRoute({ page: "broadcast", id: next.id, other: undefined })}>
              Next broadcast
            </a>
          )}
        </nav>
      </div>
      <div class="stream">
        <div class="stream-main">
          <Moments broadcast={broadcast} />
          {other === undefined ? (
            <section class="panel">
              <p class="faint">This is the stream’s first known broadcast: there is none to compare with.</p>
            </section>
          ) : (
            <Comparison broadcast={broadcast} otherId={other} route={route} />
          )}
        </div>
        <div class="stream-side">
          <Totals broadcast={broadcast} />
        </div>
      </div>
    </>
  )
}

export const BroadcastPage = ({ route }: { readonly route: BroadcastRoute }) => {
  const { id } = route
  const { data, error, reload } = useResource(id, (signal) => get<BroadcastDetail>(`/broadcasts/${id}`, {}, signal))
  useLive({ include: "totals", onUpdate: () => {}, onResync: reload })
  if (data !== undefined) return <Loaded detail={data} route={route} />
  return (
    <>
      <Heading title="Broadcast">Broadcast</Heading>
      {error === undefined ? (
        <Skeleton lines={14} what="the broadcast" />
      ) : error.status === 404 ? (
        <Notice title="There is no such broadcast.">
          <p>
            <a href={formatBroadcastRoute(BROADCASTS)}>See all broadcasts</a>
          </p>
        </Notice>
      ) : (
        <Failure what="The broadcast" error={error} onRetry={reload} />
      )}
    </>
  )
}
