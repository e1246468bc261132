/** Whether the page is of now: how many streams are live, and up to when they are counted. */
import { count, decimal, NONE } from "../format/Numbers.ts"
import { pipeline } from "../live/Live.ts"
import { Ago, Time } from "../shell/Time.tsx"

export const StatusStrip = ({ live }: { readonly live: number | null | undefined }) => {
  const status = pipeline.value
  if (status === undefined) return null
  const watermarkMs = status.watermark === null ? undefined : Date.parse(status.watermark)
  const rate = status.records_per_second
  return (
    <dl class="strip">
      {live === undefined || live === null ? null : (
        <div>
          <dt>Live now</dt>
          <dd>
            {count(live)}
            <small>{live === 1 ? "stream" : "streams"}</small>
          </dd>
        </div>
      )}
      <div>
        <dt>Counted up to</dt>
        <dd>
          {watermarkMs === undefined ? (
            NONE
          ) : (
            <>
              <Time ms={watermarkMs} />
              <small>
                <Ago ms={watermarkMs} />
              </small>
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Chat and viewer events</dt>
        <dd>
          {rate === null ? NONE : decimal(rate, rate < 10 ? 1 : 0)}
          <small>per second</small>
        </dd>
      </div>
    </dl>
  )
}
