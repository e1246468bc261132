/** The state of a worker: its members, their tasks, and totals since the start. */
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { BEFORE_ALL } from "../domain/EventTime.ts"
import { type InputLag, lagSum } from "../domain/Lag.ts"
import { partitionKey } from "../domain/TopicPartition.ts"
import { type Check, MemberHealth, problemsOf } from "./MemberHealth.ts"
import type { Committed, Report } from "./Report.ts"
import type { Status } from "./StatusLine.ts"
import { type Change, Traffic } from "./Traffic.ts"

/** The tasks that a worker runs, as far as known now. */
export interface Running {
  readonly checkpoints: ReadonlyArray<Checkpoint>
  /** Lags of the inputs of these tasks. Inputs whose lag is unknown are left out. */
  readonly lags: ReadonlyArray<InputLag>
}

interface RunningTask {
  readonly member: number
  readonly checkpoint: Checkpoint
}

export class WorkerState {
  readonly #patienceMs: number
  readonly #members = new Map<number, MemberHealth>()
  /** By task number. */
  readonly #tasks = new Map<number, RunningTask>()
  readonly #traffic = new Traffic()
  readonly #totals = { records: 0, rows: 0, moments: 0, lateEvents: 0, deadLetters: 0 }
  /** Time and records of the previous {@link status}. */
  #previous: { readonly atMs: number; readonly records: number }

  /** `nowMs` is the wall clock in ms since the epoch. */
  constructor(patienceMs: number, nowMs: number) {
    this.#patienceMs = patienceMs
    this.#previous = { atMs: nowMs, records: 0 }
  }

  /** Records a member's report at a monotonic time. */
  record(member: number, report: Report, nowMs: number): void {
    const health = this.#members.get(member) ?? new MemberHealth(`member ${member}`, this.#patienceMs, nowMs)
    this.#members.set(member, health)
    health.record(report, nowMs)
    if (report._tag === "Started" || report._tag === "Committed") {
      this.#tasks.set(report.checkpoint.sourcePartition, { member, checkpoint: report.checkpoint })
    } else if (report._tag === "Ended") this.#end(member, report.sourcePartition)
  }

  /** Removes a task, unless another member runs it by now. */
  #end(member: number, sourcePartition: number): void {
    const task = this.#tasks.get(sourcePartition)
    if (task?.member !== member) return
    this.#tasks.delete(sourcePartition)
    for (const { partition, topic } of task.checkpoint.inputs) this.#traffic.lost(topic, partition)
  }

  /** Counts a flush. Returns the changes to log. */
  count({ counts, inputs, momentTypes, refusal, refusedRows, rows }: Committed): ReadonlyArray<Change> {
    this.#totals.records += counts.records
    this.#totals.rows += rows
    this.#totals.moments += momentTypes.length
    this.#totals.lateEvents += counts.late
    this.#totals.deadLetters += counts.deadLetters
    return [...this.#traffic.read(inputs), ...this.#traffic.wrote(rows, refusedRows, refusal)]
  }

  liveness(nowMs: number): ReadonlyArray<Check> {
    return this.#each((member) => member.liveness(nowMs))
  }

  readiness(nowMs: number): ReadonlyArray<Check> {
    return this.#members.size === 0
      ? [{ name: "start", ok: false, detail: "starting" }]
      : [...this.#each((member) => member.readiness()), ...this.#traffic.checks(), ...this.liveness(nowMs)]
  }

  /** Problems of members that leave the worker ready. */
  memberNotices(nowMs: number): ReadonlyArray<string> {
    return this.#each((member) => member.notices(nowMs))
  }

  /** The failed `checks`, then all problems that leave the worker ready. */
  problems(checks: ReadonlyArray<Check>, nowMs: number): ReadonlyArray<string> {
    return [...problemsOf(checks), ...this.#traffic.notices(), ...this.memberNotices(nowMs)]
  }

  acceptedRatios(): ReturnType<Traffic["ratios"]> {
    return this.#traffic.ratios()
  }

  running(): Running {
    const checkpoints = [...this.#tasks.values()].map(({ checkpoint }) => checkpoint)
    const inputs = new Set(checkpoints.flatMap((checkpoint) => checkpoint.inputs.map(partitionKey)))
    return {
      checkpoints,
      // A member also reports the lags of tasks that it has lost.
      lags: this.#lags()
        .flatMap((lags) => lags ?? [])
        .filter((lag) => inputs.has(partitionKey(lag)))
    }
  }

  /** The status at a wall-clock time. Rates cover the time since the previous call. */
  status(nowMs: number): Status {
    const seconds = (nowMs - this.#previous.atMs) / 1000
    const eventsPerSecond = seconds > 0 ? (this.#totals.records - this.#previous.records) / seconds : 0
    this.#previous = { atMs: nowMs, records: this.#totals.records }
    const watermarks = [...this.#tasks.values()]
      .map(({ checkpoint }) => checkpoint.watermarkMs)
      .filter((watermarkMs) => watermarkMs !== BEFORE_ALL)
    const lags = this.#lags()
    const known = lags.filter((lag) => lag !== undefined)
    return {
      eventsPerSecond,
      lagRecords: known.length === 0 || known.length < lags.length ? undefined : lagSum(known.flat()),
      watermarkMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
      tasks: this.#tasks.size,
      tasksWithoutWatermark: this.#tasks.size - watermarks.length,
      nowMs,
      rows: this.#totals.rows,
      moments: this.#totals.moments,
      lateEvents: this.#totals.lateEvents,
      deadLetters: this.#totals.deadLetters
    }
  }

  /** The lags of each member's inputs; `undefined` for a member while they are unknown. */
  #lags(): ReadonlyArray<ReadonlyArray<InputLag> | undefined> {
    return [...this.#members.values()].map(({ condition }) => condition?.lags)
  }

  #each<A>(of: (member: MemberHealth) => ReadonlyArray<A>): ReadonlyArray<A> {
    return [...this.#members.values()].flatMap(of)
  }
}
