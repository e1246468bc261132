/** The explanation of a moment. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentDetail } from "../api/Wire.ts"
import { Close } from "../shell/Icons.tsx"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { SECTIONS } from "./MomentSections.tsx"

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
        SECTIONS.map((Section, index) => <Section key={index} {...detail} />)
      )}
    </section>
  )
}
