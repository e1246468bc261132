/** The health of one member of the worker, from its reports and from the time of the last one. */
import { lagSum } from "../domain/Lag.ts"
import { counted } from "../domain/Wording.ts"
import type { Condition, Report, Service } from "./Report.ts"

/** The result of one health check. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** The state in one line for operators. */
  readonly detail: string
}

/** The details of failed checks, without duplicates: members often have the same problem. */
export const problemsOf = (checks: ReadonlyArray<Check>): ReadonlyArray<string> => [
  ...new Set(checks.filter(({ ok }) => !ok).map(({ detail }) => detail))
]

/** Rebalances follow each other while members join. A group settles within this time. */
const NO_TASK_GRACE_MS = 10_000

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

type Assigned = Extract<Report, { readonly _tag: "Assigned" }>

interface Assignment extends Assigned {
  /** The start of the current time without tasks. */
  readonly sinceMs: number
}

export class MemberHealth {
  readonly #name: string
  /** A member without progress or report for longer is not live. */
  readonly #patienceMs: number
  /** `undefined` until the member has started, however many attempts that takes. */
  #condition: Condition | undefined
  #reportedMs: number
  /**
   * The start of a time in which a task had records to read and a responding store, but read
   * nothing.
   */
  #idleSinceMs: number | undefined
  /** The reason of each service that does not respond, until it does. */
  readonly #retries = new Map<Service, string>()
  #assigned: Assignment | undefined
  /** Assigned tasks that another worker has taken over. */
  #taken: ReadonlySet<number> = new Set()

  constructor(name: string, patienceMs: number, nowMs: number) {
    this.#name = name
    this.#patienceMs = patienceMs
    this.#reportedMs = nowMs
  }

  /** The last reported condition. */
  get condition(): Condition | undefined {
    return this.#condition
  }

  /** Records reports in their order, at monotonic times. */
  record(report: Report, nowMs: number): void {
    this.#reportedMs = nowMs
    this.#recordTasks(report, nowMs)
    if (report._tag === "Committed") this.#idleSinceMs = undefined
    if (report._tag === "Retrying") this.#retries.set(report.service, report.detail)
    if (report._tag === "Condition") this.#recordCondition(report, nowMs)
  }

  #recordCondition(condition: Condition, nowMs: number): void {
    this.#condition = condition
    const { lags, log, moving, store } = condition
    if (store === undefined) this.#retries.delete("postgres")
    if (log === undefined) this.#retries.delete("kafka")
    const lag = lagSum(lags ?? [])
    if (moving) this.#idleSinceMs = undefined
    else if (lag > 0 && store === undefined) this.#idleSinceMs ??= nowMs
    // The member waits for the log or the store, or has read everything. A member that lost its
    // place in the group, and with it its tasks, does none of these: its idle time continues.
    else if (store !== undefined || lags === undefined || log === undefined) this.#idleSinceMs = undefined
  }

  #recordTasks(report: Report, nowMs: number): void {
    if (report._tag === "Assigned") {
      const sinceMs = this.#assigned?.tasks.length === 0 ? this.#assigned.sinceMs : nowMs
      this.#assigned = { ...report, sinceMs }
      this.#taken = new Set([...this.#taken].filter((task) => report.tasks.includes(task)))
    } else if (report._tag === "Started" || report._tag === "Ended") {
      const task = report._tag === "Started" ? report.checkpoint.sourcePartition : report.sourcePartition
      const others = [...this.#taken].filter((other) => other !== task)
      this.#taken = new Set(report._tag === "Ended" && report.fenced ? [...others, task] : others)
    }
  }

  /** Problems that leave the member ready: it is a standby, or another worker runs its tasks. */
  notices(nowMs: number): ReadonlyArray<string> {
    const assigned = this.#assigned
    if (assigned === undefined || this.#condition === undefined || this.#condition.log !== undefined) return []
    if (assigned.tasks.length === 0) {
      if (nowMs - assigned.sinceMs < NO_TASK_GRACE_MS) return []
      const { allTasks } = assigned
      const tasks = allTasks === undefined ? "" : `the topics have partitions for ${counted(allTasks, "task")}, and `
      return [
        `${this.#name} has no task: ${tasks}the group has more members than tasks (replicas x WORKERS). It is a standby; if you do not want one, start fewer members or add partitions to both topics`
      ]
    }
    const taken = [...this.#taken].toSorted((a, b) => a - b).join(", ")
    return taken === ""
      ? []
      : [
          `${this.#name} lost task ${taken} to another worker and is taking it back; check for a worker with the same POSTGRES_SCHEMA and another KAFKA_GROUP_ID`
        ]
  }

  /** Whether the member reads all its inputs, and the store accepts its flushes. */
  readiness(): ReadonlyArray<Check> {
    const condition = this.#condition
    const check = (name: string, problem: string | undefined): Check => ({
      name: `${this.#name}: ${name}`,
      ok: problem === undefined,
      detail: problem ?? "no problem"
    })
    if (condition === undefined) return [check("start", ["starting", ...new Set(this.#retries.values())].join(": "))]
    const reason = this.#retries.get("kafka")
    const log = condition.log === undefined || reason === undefined ? condition.log : `${condition.log}: ${reason}`
    return [check("log", log), check("store", condition.store)]
  }

  /** Whether the member starts, makes progress or waits for input, and still reports. */
  liveness(nowMs: number): ReadonlyArray<Check> {
    const { lags } = this.#condition ?? {}
    const idleMs = this.#idleSinceMs === undefined ? 0 : nowMs - this.#idleSinceMs
    const silentMs = nowMs - this.#reportedMs
    const isIdle = idleMs >= this.#patienceMs
    return [
      {
        name: `${this.#name}: progress`,
        ok: !isIdle,
        detail: isIdle
          ? `nothing has been committed for ${seconds(idleMs)} although ${lagSum(lags ?? [])} records are available and the store responds`
          : "making progress or waiting for input"
      },
      {
        name: `${this.#name}: reports`,
        ok: this.#condition === undefined || silentMs < this.#patienceMs,
        detail: `last report ${seconds(silentMs)} ago`
      }
    ]
  }
}
