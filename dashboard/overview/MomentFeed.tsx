/** The moments in live order, newest first, or the strongest first. */
import { useRef } from "preact/hooks"
import type { Query } from "../api/Client.ts"
import type { Resource } from "../api/Resource.ts"
import type { MomentItem, PlacedPage } from "../api/Wire.ts"
import { AGES, isMomentType, MOMENT_TYPES, STRENGTHS } from "../format/Labels.ts"
import { iso } from "../format/Times.ts"
import { now } from "../live/Live.ts"
import { FEED, type Feed, formatRoute, type OverviewRoute } from "../routing/Routes.ts"
import { go } from "../routing/Router.ts"
import { Download } from "../shell/Download.tsx"
import { Intensity, MomentKind, MomentText, ShortForeign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { ClipOffset } from "../stream/ClipTimes.tsx"
import { Pager } from "../shell/Pager.tsx"
import { Ago } from "../shell/Time.tsx"
import { useTop } from "../shell/Top.ts"
import { QuoteLine } from "../stream/Quotes.tsx"

export const MOMENTS_SHOWN = 100

/** Narrower screens begin with the filters closed. */
const NARROW_PX = 720

/** The query of the API for a feed, without the page. */
export const feedQuery = ({ age, isStrongestFirst, strength, type }: Feed): Query => {
  const ms = AGES.find(({ name }) => name === age)?.ms
  return {
    type,
    min_intensity: strength,
    from: ms === undefined ? undefined : iso(now.peek() - ms),
    sort: isStrongestFirst ? "intensity" : undefined
  }
}

const Item = ({ moment }: { readonly moment: MomentItem }) => (
  <li>
    <a class="moment" href={formatRoute({ page: "moment", id: moment.id, view: undefined })}>
      <span class="moment-head">
        <MomentKind {...moment} />
        <Intensity value={moment.intensity} />
        <Ago ms={Date.parse(moment.timestamp)} />
      </span>
      <span class="moment-stream">
        <ShortForeign text={moment.stream_id} />
      </span>
      <ClipOffset clip={moment.clip} />
      <QuoteLine content={moment.content} />
      <MomentText description={moment.description} />
    </a>
  </li>
)

const Choice = ({
  choices,
  label,
  onChoose,
  value
}: {
  readonly label: string
  readonly value: string
  readonly choices: ReadonlyArray<readonly [value: string, label: string]>
  readonly onChoose: (value: string) => void
}) => (
  <select aria-label={label} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
    {choices.map(([value, label]) => (
      <option key={value} value={value}>
        {label}
      </option>
    ))}
  </select>
)

const Filters = ({ route }: { readonly route: OverviewRoute }) => {
  const { feed } = route
  const choose = (change: Partial<Feed>) => go({ ...route, feed: { ...feed, ...change, cursor: undefined } }, "replace")
  return (
    <div class="filters" role="group" aria-label="Which moments">
      <Choice
        label="Kind of moment"
        value={feed.type ?? ""}
        choices={[["", "All kinds"], ...MOMENT_TYPES]}
        onChoose={(value) => choose({ type: isMomentType(value) ? value : undefined })}
      />
      <Choice
        label="Least strength"
        value={String(feed.strength ?? "")}
        choices={[["", "Any strength"], ...STRENGTHS.map((least) => [String(least), `Strength ${least}+`] as const)]}
        onChoose={(value) => choose({ strength: STRENGTHS.find((least) => String(least) === value) })}
      />
      <Choice
        label="Age of moments"
        value={feed.age ?? ""}
        choices={[["", "Any time"], ...AGES.map(({ label, name }) => [name, label] as const)]}
        onChoose={(value) => choose({ age: AGES.find(({ name }) => name === value)?.name })}
      />
      <Choice
        label="Order of moments"
        value={feed.isStrongestFirst ? "strength" : ""}
        choices={[
          ["", "Newest first"],
          ["strength", "Strongest first"]
        ]}
        onChoose={(value) => choose({ isStrongestFirst: value !== "" })}
      />
    </div>
  )
}

const isFiltered = (feed: Feed): boolean =>
  Object.entries(FEED).some(([name, value]) => Reflect.get(feed, name) !== value)

export const MomentFeed = ({
  moments,
  route
}: {
  readonly route: OverviewRoute
  readonly moments: Resource<PlacedPage<MomentItem>>
}) => {
  const { data, error, isLoading, reload } = moments
  const { feed } = route
  const panel = useRef<HTMLElement>(null)
  const list = useRef<HTMLOListElement>(null)
  useTop(feed.cursor, panel, list)
  return (
    <section ref={panel} class="panel feed" aria-labelledby="feed-title" aria-busy={isLoading}>
      <div class="panel-head">
        <h2 id="feed-title">Moments</h2>
        {isFiltered(feed) ? <a href={formatRoute({ ...route, feed: FEED })}>Show all</a> : null}
      </div>
      <details class="filter-box" open={isFiltered(feed) || innerWidth > NARROW_PX}>
        <summary>Filter and sort</summary>
        <Filters route={route} />
      </details>
      {error === undefined ? null : <Failure what="The moments" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={8} what="moments" />
        ) : null
      ) : data.items.length === 0 ? (
        isFiltered(feed) ? (
          <Notice title="No moment is like this." />
        ) : (
          <Notice title="No moments yet.">
            <p>A stream’s chat, viewers or mood must differ from its usual, which takes two minutes to learn.</p>
          </Notice>
        )
      ) : (
        <ol ref={list} class={isLoading ? "moments is-old" : "moments"}>
          {data.items.map((moment) => (
            <Item key={moment.id} moment={moment} />
          ))}
        </ol>
      )}
      {data === undefined ? null : (
        <div class="list-foot">
          <Pager
            label="Pages of the moments"
            page={data}
            size={MOMENTS_SHOWN}
            isFirst={feed.cursor === undefined}
            hrefOf={(cursor) => formatRoute({ ...route, feed: { ...feed, cursor } })}
          />
          <Download path="/moments" query={feedQuery(feed)} what="the moments" />
        </div>
      )}
    </section>
  )
}
