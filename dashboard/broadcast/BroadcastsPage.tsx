/** /broadcasts: the broadcasts of all streams or of one, the newest first. */
import { useRef } from "preact/hooks"
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { BroadcastItem, PlacedPage } from "../api/Wire.ts"
import { count, signed } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { Download } from "../shell/Download.tsx"
import { useLive } from "../live/Live.ts"
import { Heading } from "../shell/Heading.tsx"
import { Foreign, ShortForeign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { Pager } from "../shell/Pager.tsx"
import { Time } from "../shell/Time.tsx"
import { useTop } from "../shell/Top.ts"
import { BROADCASTS, type BroadcastsRoute, formatBroadcastRoute } from "./BroadcastRoutes.ts"
import { Best, End, ms } from "./Marks.tsx"

const SHOWN = 50

const HEADS: ReadonlyArray<readonly [name: string, label: string, unit?: string]> = [
  ["name", "Stream"],
  ["start", "Started"],
  ["length", "Length"],
  ["messages", "Messages"],
  ["viewers", "Viewers", "mean"],
  ["peak", "Most viewers"],
  ["mood", "Mood", "−1 to +1"],
  ["moments", "Moments"],
  ["best", "Best moment"]
]

const Row = ({ broadcast }: { readonly broadcast: BroadcastItem }) => (
  <tr>
    <th scope="row" class="col-name">
      <a href={formatBroadcastRoute({ page: "broadcast", id: broadcast.id, other: undefined })}>
        <ShortForeign text={broadcast.stream_id} />
      </a>{" "}
      <End over={broadcast.over} />
    </th>
    <td class="col-start">
      <Time ms={ms(broadcast.started_at)} />
    </td>
    <td class="col-length">{duration(broadcast.length_seconds * 1000)}</td>
    <td class="col-messages">{count(broadcast.messages)}</td>
    <td class="col-viewers">{count(broadcast.avg_viewers)}</td>
    <td class="col-peak">{count(broadcast.peak_viewers)}</td>
    <td class="col-mood">{signed(broadcast.avg_sentiment, 2)}</td>
    <td class="col-moments">{count(broadcast.moments)}</td>
    <td class="col-best">
      <Best broadcast={broadcast} />
    </td>
  </tr>
)

const Table = ({ items, isOld }: { readonly items: ReadonlyArray<BroadcastItem>; readonly isOld: boolean }) => (
  // oxlint-disable-next-line jsx_a11y/no-noninteractive-tabindex -- scrolls
  <div class="scroll-x" tabIndex={0} role="region" aria-label="Broadcasts, scrolls sideways">
    <table class={isOld ? "streams broadcasts is-old" : "streams broadcasts"}>
      <thead>
        <tr>
          {HEADS.map(([name, label, unit]) => (
            <th key={name} scope="col" class={`col-${name}`}>
              {label}
              {unit === undefined ? null : <small> {unit}</small>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((broadcast) => (
          <Row key={broadcast.id} broadcast={broadcast} />
        ))}
      </tbody>
    </table>
  </div>
)

const Title = ({ route: { search, stream } }: { readonly route: BroadcastsRoute }) => {
  if (stream !== undefined) return <Foreign text={stream} />
  if (search === "") return <>All streams</>
  return (
    <>
      Names with “<Foreign text={search} />”
    </>
  )
}

export const BroadcastsPage = ({ route }: { readonly route: BroadcastsRoute }) => {
  const { cursor, search, stream } = route
  const filter = { stream, search: search === "" ? undefined : search }
  const query = { ...filter, cursor, limit: SHOWN, count: "true" }
  const { data, error, isLoading, reload } = useResource(JSON.stringify(query), (signal) =>
    get<PlacedPage<BroadcastItem>>("/broadcasts", query, signal)
  )
  const list = useRef<HTMLElement>(null)
  useTop(cursor, list)
  useLive({ include: "totals", onUpdate: () => {}, onResync: reload })
  return (
    <>
      <div class="page-head">
        <Heading title="Broadcasts">Broadcasts</Heading>
      </div>
      <section ref={list} class="panel" aria-labelledby="broadcasts-title" aria-busy={isLoading}>
        <div class="panel-head">
          <h2 id="broadcasts-title">
            <Title route={route} />
          </h2>
          {search === "" && stream === undefined ? null : (
            <a href={formatBroadcastRoute(BROADCASTS)}>Show all streams</a>
          )}
        </div>
        {error === undefined ? null : <Failure what="The broadcasts" error={error} onRetry={reload} />}
        {data === undefined ? (
          error === undefined ? (
            <Skeleton lines={12} what="broadcasts" />
          ) : null
        ) : data.items.length === 0 ? (
          <Notice title={search === "" && stream === undefined ? "No broadcasts yet." : "No broadcast matches."} />
        ) : (
          <Table items={data.items} isOld={isLoading} />
        )}
        {data === undefined ? null : (
          <div class="list-foot">
            <Pager
              label="Pages of the broadcasts"
              page={data}
              size={SHOWN}
              isFirst={cursor === undefined}
              hrefOf={(cursor) => formatBroadcastRoute({ ...route, cursor })}
            />
            <Download path="/broadcasts" query={filter} what="the broadcasts" />
          </div>
        )}
      </section>
    </>
  )
}
