/** The explanation of a moment. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentDetail } from "../api/Wire.ts"
import { duration } from "../format/Times.ts"
import { formatRoute } from "../routing/Routes.ts"
import { Close } from "../shell/Icons.tsx"
import { Foreign, Intensity, MomentKind } from "../shell/Marks.tsx"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { Time } from "../shell/Time.tsx"
import { ClipTimes } from "./ClipTimes.tsx"
import { MomentNumbers } from "./MomentNumbers.tsx"

export const Explanation = ({
  closeHref,
  id,
  version
}: {
  readonly id: string
  /** Changes when the moment continues. */
  readonly version: string
  readonly closeHref: string
}) => {
  const { data, error, reload } = useResource(`${id} ${version}`, (signal) =>
    get<MomentDetail>(`/moments/${id}`, {}, signal)
  )
  // Data of the previous moment is not shown for this one.
  const detail = data?.moment.id === id ? data : undefined
  return (
    <section class="panel explanation" aria-labelledby="explanation-title" aria-busy={detail === undefined}>
      <div class="panel-head">
        <h2 id="explanation-title">Why this is a moment</h2>
        <a class="button icon-button" href={closeHref} aria-label="Close the explanation" title="Close">
          <Close />
        </a>
      </div>
      {error === undefined ? null : <Failure what="The explanation" error={error} onRetry={reload} />}
      {detail === undefined ? (
        error === undefined ? (
          <Skeleton lines={6} what="the explanation" />
        ) : null
      ) : (
        <>
          <p class="moment-head">
            <MomentKind {...detail.moment} />
            <Intensity value={detail.moment.intensity} />
            <span>
              <Time ms={Date.parse(detail.moment.timestamp)} />
              {detail.moment.ended_at === null ? null : (
                <small>for {duration(Date.parse(detail.moment.ended_at) - Date.parse(detail.moment.timestamp))}</small>
              )}
            </span>
          </p>
          {detail.moment.description === null ? null : (
            <p class="lead">
              <Foreign text={detail.moment.description} />
            </p>
          )}
          <ClipTimes clip={detail.moment.clip} />
          {detail.moment.metadata === null ? (
            <p class="faint">An earlier job or version wrote this moment. Its numbers are not known.</p>
          ) : (
            <MomentNumbers {...detail.moment.metadata} />
          )}
          {detail.explanation.length === 0 ? null : (
            <details class="reasons">
              <summary>In words</summary>
              {detail.explanation.map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
            </details>
          )}
          <p class="permalink">
            <a href={formatRoute({ page: "moment", id, view: undefined })}>Link to this moment</a>
          </p>
        </>
      )}
    </section>
  )
}
