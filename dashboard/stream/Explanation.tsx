/** Why the system says that something happened. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { MomentDetail, MomentItem } from "../api/Wire.ts"
import { momentMeasure } from "../format/Labels.ts"
import { count, decimal, signed } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { formatRoute } from "../routing/Routes.ts"
import { Close } from "../shell/Icons.tsx"
import { Emotes, Foreign, Intensity, MomentKind } from "../shell/Marks.tsx"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { Time } from "../shell/Time.tsx"

const MOST_EMOTES = 10

const Figures = ({ metadata, moment_type }: MomentItem) => {
  if (metadata === null) return <p class="faint">An earlier job wrote this moment, without figures.</p>
  const { noun, usualDigits, valueDigits } = momentMeasure(moment_type)
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Value ({noun})</dt>
          <dd>{decimal(metadata.value, valueDigits)}</dd>
        </div>
        <div>
          <dt>Usual</dt>
          <dd>
            {decimal(metadata.baseline_mean, usualDigits)} ± {decimal(metadata.baseline_deviation, usualDigits)}
          </dd>
        </div>
        <div>
          <dt>Windows compared with</dt>
          <dd>{count(metadata.baseline_size)}</dd>
        </div>
        <div>
          <dt>Score</dt>
          <dd>{signed(metadata.score, 2)}</dd>
        </div>
        <div>
          <dt>Messages</dt>
          <dd>{count(metadata.chat_count)}</dd>
        </div>
        <div>
          <dt>Chatters</dt>
          <dd>
            {count(metadata.unique_chatters)}
            {metadata.unique_chatters === 0 ? null : (
              <small>{decimal(metadata.chat_count / metadata.unique_chatters, 1)} messages each</small>
            )}
          </dd>
        </div>
        <div>
          <dt>Peak window</dt>
          <dd>
            <Time ms={Date.parse(metadata.window_start)} /> to <Time ms={Date.parse(metadata.window_end)} />
          </dd>
        </div>
      </dl>
      <h3>Emotes then</h3>
      <Emotes emotes={metadata.top_emotes} most={MOST_EMOTES} />
      <h3>Emotes before</h3>
      <Emotes emotes={metadata.top_emotes_before} most={MOST_EMOTES} />
    </>
  )
}

export const Explanation = ({
  closeHref,
  id,
  version
}: {
  readonly id: string
  /** Changes when the moment goes on. */
  readonly version: string
  readonly closeHref: string
}) => {
  const { data, error, reload } = useResource(`${id} ${version}`, (signal) =>
    get<MomentDetail>(`/moments/${id}`, {}, signal)
  )
  // of the moment before nothing is shown under this one's name
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
            <MomentKind moment={detail.moment} />
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
          {detail.explanation.map((sentence, index) => (
            <p key={index}>
              <Foreign text={sentence} />
            </p>
          ))}
          <Figures {...detail.moment} />
          <p class="permalink">
            <a href={formatRoute({ page: "moment", id, view: undefined })}>Link to this moment</a>
          </p>
        </>
      )}
    </section>
  )
}
