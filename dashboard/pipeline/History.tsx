/** The last hour of the responding worker: trends, late events and problems. */
import { get } from "../api/Client.ts"
import { useInterval } from "../api/Refresh.ts"
import { useResource } from "../api/Resource.ts"
import type { PipelineHistory } from "../api/Wire.ts"
import { count, counted, NONE } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { spark } from "../overview/Spark.ts"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { Time } from "../shell/Time.tsx"

const REFRESH_MS = 15_000
const WIDTH = 480
const HEIGHT = 72

type Samples = PipelineHistory["samples"]

const Trend = ({
  format,
  label,
  of,
  samples
}: {
  readonly label: string
  readonly samples: Samples
  readonly of: (sample: Samples[number]) => number | null
  readonly format: (value: number) => string
}) => {
  const values = samples.map(of).filter((value) => value !== null)
  const last = values.at(-1)
  const shape = spark(values, WIDTH, HEIGHT)
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  const text = last === undefined ? NONE : `now ${format(last)}, at most ${format(most)}`
  return (
    <figure class="trend">
      <figcaption>
        <strong>{label}</strong> <span class="faint">{text}</span>
      </figcaption>
      {shape === undefined ? (
        <p class="faint">The trend begins after two samples, half a minute after the start.</p>
      ) : (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}: ${text}`}>
          <path class="spark-area" d={shape.area} />
          <path class="spark-line" d={shape.line} />
        </svg>
      )}
    </figure>
  )
}

const Late = ({ late_chat_pairs, late_events, samples }: PipelineHistory) => {
  const recent = samples.reduce((sum, sample) => sum + sample.late_events, 0)
  return (
    <dl class="facts">
      <div>
        <dt>Too late for every window, last hour</dt>
        <dd>{counted(recent, "event")}</dd>
      </div>
      <div>
        <dt>The same since this worker started</dt>
        <dd>{counted(late_events, "event")}</dd>
      </div>
      <div>
        <dt>Windows that late messages missed</dt>
        <dd>{count(late_chat_pairs)}</dd>
      </div>
    </dl>
  )
}

const Problems = ({ problems }: Pick<PipelineHistory, "problems">) =>
  problems.length === 0 ? (
    <p class="faint">None since this worker started.</p>
  ) : (
    <ul class="past-problems">
      {problems.map(({ since, text, until }) => (
        <li key={`${since} ${text}`}>
          <p class={until === null ? "warn" : ""}>{text}</p>
          <small>
            <Time ms={Date.parse(since)} />
            {until === null ? ", it lasts" : <> for {duration(Date.parse(until) - Date.parse(since))}</>}
          </small>
        </li>
      ))}
    </ul>
  )

export const History = () => {
  const { data, error, reload } = useResource("history", (signal) =>
    get<PipelineHistory>("/status/history", {}, signal)
  )
  useInterval(reload, REFRESH_MS)
  const first = data?.samples[0]
  return (
    <section class="panel history" aria-labelledby="history-title">
      <div class="panel-head">
        <h2 id="history-title">The last hour</h2>
        <p class="faint">
          {first === undefined ? (
            "This worker"
          ) : (
            <>
              This worker since <Time ms={Date.parse(first.at)} />
            </>
          )}
        </p>
      </div>
      {error === undefined ? null : <Failure what="The last hour" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={4} what="the last hour" />
        ) : null
      ) : (
        <div class="history-parts">
          <div>
            <Trend
              label="Lag"
              samples={data.samples}
              of={({ lag_records }) => lag_records}
              format={(value) => counted(value, "record")}
            />
            <Trend
              label="Watermark behind the clock"
              samples={data.samples}
              of={({ watermark_age_ms }) => watermark_age_ms}
              format={duration}
            />
          </div>
          <div>
            <h3>Late events</h3>
            <Late {...data} />
            <h3>Recent problems</h3>
            <Problems problems={data.problems} />
          </div>
        </div>
      )}
    </section>
  )
}
