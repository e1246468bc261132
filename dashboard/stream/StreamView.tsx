/** One stream over a time range. */
import { useMemo, useState } from "preact/hooks"
import { useRefresh } from "../api/Refresh.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentItem, StreamNow, SummaryPoint } from "../api/Wire.ts"
import { LatestBroadcast } from "../broadcast/Latest.tsx"
import { count } from "../format/Numbers.ts"
import { iso } from "../format/Times.ts"
import { useLive } from "../live/Live.ts"
import { formatRoute, type Route } from "../routing/Routes.ts"
import { go } from "../routing/Router.ts"
import { fixed, LIVE, panned, type Span, type View, zoomed } from "../routing/View.ts"
import { Heading } from "../shell/Heading.tsx"
import { Activity, Foreign, Incomplete, Mood } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { spanText } from "../shell/SpanText.ts"
import { Ago, Time } from "../shell/Time.tsx"
import { Charts } from "./Charts.tsx"
import { EmotesPanel } from "./EmotesPanel.tsx"
import { Explanation } from "./Explanation.tsx"
import { MomentList } from "./MomentList.tsx"
import { SensitivityPanel } from "./SensitivityPanel.tsx"
import { endMs, pointAt, toColumns } from "./Series.ts"
import { Toolbar } from "./Toolbar.tsx"
import { ValuesTable } from "./ValuesTable.tsx"
import { WindowPanel } from "./WindowPanel.tsx"
import { loadWindows } from "./Windows.ts"

/** New data loads at most this often. */
const REFRESH_MS = 2000

/** The figures of the latest time, or of the moment. */
const Facts = ({ isMoment, point }: { readonly point: StreamNow | SummaryPoint; readonly isMoment: boolean }) => {
  const span = spanText()
  return (
    <dl class="strip">
      <div>
        <dt>{isMoment ? "At the peak" : "Latest figures"}</dt>
        <dd>
          {isMoment ? <Time ms={endMs(point)} /> : <Ago ms={endMs(point)} />}
          {point.complete ? null : <Incomplete />}
        </dd>
      </div>
      <div>
        <dt>Messages</dt>
        <dd>
          {count(point.chat_count)}
          <small>{span}</small>
        </dd>
      </div>
      <div>
        <dt>People who wrote</dt>
        <dd>
          {count(point.unique_chatters)}
          <small>{span}</small>
        </dd>
      </div>
      <div>
        <dt>Viewers</dt>
        <dd>{count(point.avg_viewers)}</dd>
      </div>
      <div>
        <dt>Mood, −1 to +1</dt>
        <dd>
          <Mood value={point.avg_sentiment} scored={point.scored_count} />
        </dd>
      </div>
      <div>
        <dt>Activity, strength</dt>
        <dd>
          <Activity z={point.z_score} isAnomaly={point.is_anomaly} />
        </dd>
      </div>
    </dl>
  )
}

/** The time of a moment's figures: its peak. Moments of an earlier job have only a start. */
const peakMs = ({ metadata, timestamp }: MomentItem): number => Date.parse(metadata?.peak_end ?? timestamp)

/** The time range of a download. */
const rangeOf = ({ fromMs, toMs }: Span) => ({ from: iso(fromMs), to: iso(toMs) })

export interface StreamViewProps {
  readonly stream: string
  readonly view: View
  /** Id of the moment that is explained. */
  readonly moment: string | undefined
  /** The route of another time range, with another moment or none. */
  readonly routeTo: (view: View, moment: string | undefined) => Route
}

/** The page of a stream. Longer than 70 lines: markup in the order of the page. */
export const StreamView = ({ moment, routeTo, stream, view }: StreamViewProps) => {
  const windows = useResource(
    JSON.stringify([stream, view]),
    (signal, before: Awaited<ReturnType<typeof loadWindows>> | undefined) => loadWindows(stream, view, signal, before)
  )
  const [row, setRow] = useState<number>()
  const { data, error, isLoading, reload } = windows
  const refresh = useRefresh(reload, REFRESH_MS)
  useLive({
    include: "windows,moments,totals",
    stream,
    onUpdate: (update) => {
      if (update.windows.length > 0 || update.moments.length > 0) refresh()
    },
    onResync: reload
  })
  const columns = useMemo(() => toColumns(data?.points ?? [], data?.breakMs ?? 0), [data])
  // A new time range is drawn at once, its windows when they are loaded.
  const span = useMemo<Span | undefined>(
    () => (isLoading && view.kind === "fixed" ? view : data?.span),
    [data, isLoading, view.kind, view.kind === "fixed" && view.fromMs, view.kind === "fixed" && view.toMs]
  )
  const moments = data?.moments ?? []
  const selected = moments.find(({ id }) => id === moment)
  const hrefOf = ({ id }: MomentItem): string => formatRoute(routeTo(view, id))
  const show = (next: View, how: "push" | "replace" = "push") => go(routeTo(next, moment), how)
  const onStep = (share: number) => span !== undefined && show(panned(span, share), "replace")
  const onScale = (factor: number) => span !== undefined && show(zoomed(span, factor))
  const place = row === undefined ? undefined : columns.index[row]
  const underCursor = place === undefined ? undefined : data?.points[place]
  const atMoment = selected === undefined ? undefined : pointAt(data?.points ?? [], peakMs(selected))
  return (
    <>
      <div class="page-head">
        <div>
          <p class="crumb">
            <a href="/">Live streams</a>
          </p>
          <Heading title={stream}>
            <Foreign text={stream} />
          </Heading>
          <LatestBroadcast stream={stream} />
        </div>
        {data === undefined ? null : <Facts point={atMoment ?? data.latest} isMoment={atMoment !== undefined} />}
      </div>
      {error?.status === 404 ? (
        <Notice title="Nothing is known of this stream.">
          <p>The name is wrong, or its figures have been deleted because of their age.</p>
        </Notice>
      ) : (
        <>
          <Toolbar stream={stream} moment={moment} view={view} span={span} onStep={onStep} onScale={onScale} />
          {error === undefined ? null : <Failure what="The stream’s figures" error={error} onRetry={reload} />}
          <div class="stream">
            <div class="stream-main">
              {data === undefined || span === undefined ? (
                error === undefined ? (
                  <Skeleton lines={14} what="figures" />
                ) : null
              ) : (
                <>
                  <div class={isLoading ? "panel is-old" : "panel"} aria-busy={isLoading}>
                    {data.points.length === 0 && !isLoading ? <Notice title="Nothing in this time range." /> : null}
                    <Charts
                      columns={columns}
                      span={span}
                      moments={moments}
                      selected={selected}
                      row={row}
                      hrefOf={hrefOf}
                      onCursor={setRow}
                      onZoom={({ fromMs, toMs }) => show(fixed(fromMs, toMs))}
                      onPan={({ fromMs, toMs }) => show(fixed(fromMs, toMs), "replace")}
                      onStep={onStep}
                      onScale={onScale}
                      onLive={() => show(view.kind === "live" ? view : LIVE)}
                    />
                  </div>
                  <EmotesPanel stream={stream} span={data.span} sizeMs={data.sizeMs} slideMs={data.slideMs} />
                  <ValuesTable
                    points={data.points}
                    stream={stream}
                    query={{ ...rangeOf(data.starts), step: data.step }}
                  />
                </>
              )}
            </div>
            <div class="stream-side">
              {moment === undefined ? null : (
                <Explanation
                  id={moment}
                  version={selected === undefined ? "" : `${selected.ended_at} ${selected.intensity}`}
                  closeHref={formatRoute(routeTo(view, undefined))}
                />
              )}
              {data === undefined ? null : (
                <>
                  <WindowPanel
                    point={underCursor ?? atMoment ?? data.points.at(-1)}
                    place={underCursor !== undefined ? "cursor" : atMoment !== undefined ? "moment" : "end"}
                  />
                  <MomentList
                    moments={moments}
                    hasMore={data.hasMoreMoments}
                    selected={moment}
                    hrefOf={hrefOf}
                    query={{ stream, ...rangeOf(data.momentTimes) }}
                  />
                  <SensitivityPanel stream={stream} />
                </>
              )}
            </div>
          </div>
        </>
      )}
    </>
  )
}
