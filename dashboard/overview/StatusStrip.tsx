/** The pipeline in four figures: whether what is shown here is of now. */
import { count, counted, decimal, NONE } from "../format/Numbers.ts"
import { pipeline } from "../live/Live.ts"
import { Ago, Time } from "../shell/Time.tsx"

export const StatusStrip = () => {
  const status = pipeline.value
  if (status === undefined) return null
  const watermarkMs = status.watermark === null ? undefined : Date.parse(status.watermark)
  const silent = status.tasks_without_watermark
  const rate = status.records_per_second
  return (
    <dl class="strip">
      <div>
        <dt>Complete up to</dt>
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
        <dt>Behind</dt>
        <dd>{status.lag_records === null ? NONE : counted(status.lag_records, "record")}</dd>
      </div>
      <div>
        <dt>Throughput</dt>
        <dd>
          {rate === null ? NONE : decimal(rate, rate < 10 ? 1 : 0)}
          <small>records/s</small>
        </dd>
      </div>
      <div>
        <dt>Tasks</dt>
        <dd>
          {count(status.task_count)}
          {silent === 0 ? null : <small>{silent} without events</small>}
        </dd>
      </div>
    </dl>
  )
}
