/** The position of each task. */
import type { TaskStatus } from "../api/Wire.ts"
import { count, decimal, NONE } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { now } from "../live/Live.ts"
import { Foreign } from "../shell/Marks.tsx"
import { Notice } from "../shell/Notice.tsx"
import { Ago, Time } from "../shell/Time.tsx"

/** A watermark this far behind is highlighted: much more than windows and delays cause. */
const BEHIND_MS = 120_000

/** All partitions of all topics are one task's under TASK_SCOPE=all. */
const taskName = (sourcePartition: number): string => (sourcePartition === -2 ? "all" : String(sourcePartition))

const Watermark = ({ watermark }: { readonly watermark: string | null }) => {
  if (watermark === null) return <span class="faint">{NONE}</span>
  const ms = Date.parse(watermark)
  const behindMs = now.value - ms
  return (
    <>
      <Time ms={ms} />
      <small class={behindMs >= BEHIND_MS ? "warn" : ""}>{duration(Math.max(0, behindMs))} behind the clock</small>
    </>
  )
}

const Inputs = ({ inputs }: Pick<TaskStatus, "inputs">) => (
  <ul class="inputs">
    {inputs.map(({ counts, next_offset, partition, topic }) => (
      <li key={`${topic} ${partition}`}>
        <span class="input-name">
          <Foreign text={topic} /> {partition}
        </span>
        <span>next {count(Number(next_offset))}</span>
        {counts ? null : (
          <span class="tag" title="No records for IDLE_TIMEOUT: the watermark does not wait for this input">
            idle
          </span>
        )}
      </li>
    ))}
  </ul>
)

const Row = ({ task }: { readonly task: TaskStatus }) => (
  <tr>
    <th scope="row" data-label="Task">
      {taskName(task.source_partition)}
    </th>
    <td data-label="Watermark">
      <Watermark watermark={task.watermark} />
    </td>
    <td class="number" data-label="Behind">
      {count(task.lag_records)}
    </td>
    <td class="number" data-label="Records/s">
      {task.records_per_second === null ? NONE : decimal(task.records_per_second, 1)}
    </td>
    <td class="number" data-label="Flush">
      {count(Number(task.flush))}
      <small>
        <Ago ms={Date.parse(task.updated_at)} />
      </small>
    </td>
    <td data-label="Owner">
      {task.owner === null ? <span class="faint">{NONE}</span> : <Foreign text={task.owner} />}
      <small>epoch {task.epoch}</small>
    </td>
    <td data-label="Inputs">
      <Inputs inputs={task.inputs} />
    </td>
  </tr>
)

export const Tasks = ({ tasks }: { readonly tasks: ReadonlyArray<TaskStatus> }) => (
  <section class="panel" aria-labelledby="tasks-title">
    <div class="panel-head">
      <h2 id="tasks-title">Tasks</h2>
    </div>
    {tasks.length === 0 ? (
      <Notice title="No task has committed anything yet.">
        <p>A task appears with its first flush.</p>
      </Notice>
    ) : (
      <table class="cards">
        <caption class="hidden">Tasks with watermark, lag, throughput, last flush, owner and inputs</caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Watermark</th>
            <th scope="col" class="number" title="Records that are not in the tables yet">
              Behind
            </th>
            <th scope="col" class="number">
              Records/s
            </th>
            <th scope="col" class="number">
              Flush
            </th>
            <th scope="col">Owner</th>
            <th scope="col">Inputs</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <Row key={task.source_partition} task={task} />
          ))}
        </tbody>
      </table>
    )}
  </section>
)
