/** The moments in live order, newest first. */
import type { Resource } from "../api/Resource.ts"
import type { MomentItem, Page } from "../api/Wire.ts"
import { isMomentType, MOMENT_TYPES } from "../format/Labels.ts"
import { formatRoute, type OverviewRoute } from "../routing/Routes.ts"
import { go } from "../routing/Router.ts"
import { Intensity, MomentKind, MomentText, ShortForeign } from "../shell/Marks.tsx"
import { Failure, Notice, Skeleton } from "../shell/Notice.tsx"
import { ClipOffset } from "../stream/ClipTimes.tsx"
import { Ago } from "../shell/Time.tsx"

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
      <MomentText description={moment.description} />
    </a>
  </li>
)

export const MomentFeed = ({
  moments,
  route
}: {
  readonly route: OverviewRoute
  readonly moments: Resource<Page<MomentItem>>
}) => {
  const { data, error, isLoading, reload } = moments
  return (
    <section class="panel feed" aria-labelledby="feed-title" aria-busy={isLoading}>
      <div class="panel-head">
        <h2 id="feed-title">Moments</h2>
        <label class="field">
          <span class="hidden">Kind of moment</span>
          <select
            value={route.moments ?? ""}
            onChange={({ currentTarget: { value } }) =>
              go({ ...route, moments: isMomentType(value) ? value : undefined }, "replace")
            }
          >
            <option value="">All kinds</option>
            {MOMENT_TYPES.map(([type, label]) => (
              <option key={type} value={type}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error === undefined ? null : <Failure what="The moments" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={8} what="moments" />
        ) : null
      ) : data.items.length === 0 ? (
        <Notice title="No moments yet.">
          <p>A stream’s chat, viewers or mood must differ from its baseline, which takes two minutes to learn.</p>
        </Notice>
      ) : (
        <ol class={isLoading ? "moments is-old" : "moments"}>
          {data.items.map((moment) => (
            <Item key={moment.id} moment={moment} />
          ))}
        </ol>
      )}
    </section>
  )
}
