/** The pipeline's state. */
import type { Resource } from "../api/Resource.ts"
import type { PipelineStatus } from "../api/Wire.ts"
import { count, counted, decimal, NONE } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { byServerClock, connection, now, pipeline, useLive } from "../live/Live.ts"
import { Heading } from "../shell/Heading.tsx"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { Ago, Time } from "../shell/Time.tsx"
import { CollectorPanel } from "./CollectorPanel.tsx"
import { DeadLetters } from "./DeadLetters.tsx"
import { History } from "./History.tsx"
import { Tasks } from "./Tasks.tsx"

const Totals = ({ status }: { readonly status: PipelineStatus }) => {
  const watermarkMs = status.watermark === null ? undefined : Date.parse(status.watermark)
  const silent = status.tasks_without_watermark
  const idle = status.tasks.flatMap(({ inputs }) => inputs).filter(({ counts }) => !counts).length
  return (
    <dl class="totals">
      <div>
        <dt>Watermark</dt>
        <dd>
          {watermarkMs === undefined ? (
            NONE
          ) : (
            <>
              <Time ms={watermarkMs} />
              <small>{duration(Math.max(0, now.value - watermarkMs))} behind the clock</small>
              {silent === 0 ? null : (
                <small>
                  {silent} of {counted(status.task_count, "task")} without events
                </small>
              )}
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Behind</dt>
        <dd>
          {count(status.lag_records)}
          <small>records not in the tables yet</small>
        </dd>
      </div>
      <div>
        <dt>Throughput</dt>
        <dd>
          {status.records_per_second === null ? NONE : decimal(status.records_per_second, 1)}
          <small>records/s</small>
        </dd>
      </div>
      <div>
        <dt>Windows</dt>
        <dd>
          {status.window === null ? NONE : duration(status.window.size_ms)}
          {status.window === null ? null : <small>every {duration(status.window.slide_ms)}</small>}
        </dd>
      </div>
      <div>
        <dt>Idle inputs</dt>
        <dd>
          {count(idle)}
          <small>do not hold the watermark back</small>
        </dd>
      </div>
      <div>
        <dt>Gaps</dt>
        <dd class={status.gaps > 0 ? "warn" : ""}>
          {count(status.gaps)}
          <small>{status.gaps === 0 ? "nothing was lost" : "ranges that the log lost before they were read"}</small>
        </dd>
      </div>
    </dl>
  )
}

const PHASES = {
  connecting: "connecting",
  open: "open",
  lost: "lost, retrying",
  stopping: "worker stopping, reconnecting"
} as const

const ThisPage = () => {
  const { updates, heardAtMs, losses, phase, resyncs } = connection.value
  return (
    <section class="panel" aria-labelledby="page-title">
      <div class="panel-head">
        <h2 id="page-title">This page’s live connection</h2>
      </div>
      <dl class="facts">
        <div>
          <dt>State</dt>
          <dd>{PHASES[phase]}</dd>
        </div>
        <div>
          <dt>Last message from server</dt>
          <dd>{heardAtMs === undefined ? NONE : <Ago ms={byServerClock(heardAtMs)} />}</dd>
        </div>
        <div>
          <dt>Received</dt>
          <dd>{counted(updates, "update")}</dd>
        </div>
        <div>
          <dt>List refreshes</dt>
          <dd>{counted(resyncs, "time")}</dd>
        </div>
        <div>
          <dt>Lost</dt>
          <dd>{counted(losses, "time")}</dd>
        </div>
      </dl>
    </section>
  )
}

export const PipelinePage = ({ loading: { error, reload } }: { readonly loading: Resource<PipelineStatus> }) => {
  useLive({ include: "status,totals", onUpdate: () => {}, onResync: () => {} })
  const status = pipeline.value
  return (
    <>
      <div class="page-head">
        <Heading title="Pipeline">Pipeline</Heading>
      </div>
      {error === undefined ? null : <Failure what="The pipeline’s state" error={error} onRetry={reload} />}
      {status === undefined ? (
        error === undefined ? (
          <Skeleton lines={6} what="the pipeline’s state" />
        ) : null
      ) : (
        <>
          <Totals status={status} />
          {status.collects === null ? null : <CollectorPanel channels={status.collects.channels} />}
          <History />
          <Tasks tasks={status.tasks} />
        </>
      )}
      <div class="two">
        <DeadLetters />
        <ThisPage />
      </div>
    </>
  )
}
