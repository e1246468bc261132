/** How a member of the worker is, from what it tells and from when it last told anything. */
import { lagSum } from "../domain/Lag.ts"
import type { Condition, Report, Service } from "./Report.ts"
import { counted } from "../domain/Wording.ts"

/** One thing that is looked at. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** What is so, in one line for people. */
  readonly detail: string
}

/** What is not as it should be, each once: members mostly have the same problems. */
export const problemsOf = (checks: ReadonlyArray<Check>): ReadonlyArray<string> => [
  ...new Set(checks.filter(({ ok }) => !ok).map(({ detail }) => detail))
]

/** A group settles within this: rebalances follow each other while members join. */
const NO_TASK_GRACE_MS = 10_000

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

export class MemberHealth {
  readonly #name: string
  /** How long nothing has to happen before nothing more is expected. */
  readonly #patienceMs: number
  /** `undefined` until it has got through its start, which takes as many attempts as it takes. */
  #condition: Condition | undefined
  #toldMs: number
  /** Since when a task of it has had records to read and a store that answers, and has not read them. */
  #idleSinceMs: number | undefined
  /** Why a service did not answer, until it does. */
  readonly #retries = new Map<Service, string>()
  /** The last assignment, and since when it has been one without tasks. */
  #assigned: (Extract<Report, { readonly _tag: "Assigned" }> & { readonly sinceMs: number }) | undefined
  /** Assigned tasks that another worker has taken over. */
  #taken: ReadonlySet<number> = new Set()

  constructor(name: string, patienceMs: number, nowMs: number) {
    this.#name = name
    this.#patienceMs = patienceMs
    this.#toldMs = nowMs
  }

  /** As last told. */
  get condition(): Condition | undefined {
    return this.#condition
  }

  /** Takes note of what it says, in the order in which it says it. Times are monotonic. */
  told(report: Report, nowMs: number): void {
    this.#toldMs = nowMs
    this.#noteTasks(report, nowMs)
    if (report._tag === "Committed") this.#idleSinceMs = undefined
    if (report._tag === "Retrying") this.#retries.set(report.service, report.detail)
    if (report._tag !== "Condition") return
    this.#condition = report
    const { lags, log, moving, store } = report
    if (store === undefined) this.#retries.delete("postgres")
    if (log === undefined) this.#retries.delete("kafka")
    const lag = lagSum(lags ?? [])
    if (moving) this.#idleSinceMs = undefined
    else if (lag > 0 && store === undefined) this.#idleSinceMs ??= nowMs
    // one that waits for the log or the store, or has read it all; one that has lost its place in the group with its tasks is none of these
    else if (store !== undefined || lags === undefined || log === undefined) this.#idleSinceMs = undefined
  }

  #noteTasks(report: Report, nowMs: number): void {
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

  /** Problems that leave it ready: it is a standby, or another worker runs its tasks. */
  notices(nowMs: number): ReadonlyArray<string> {
    const assigned = this.#assigned
    if (assigned === undefined || this.#condition === undefined || this.#condition.log !== undefined) return []
    if (assigned.tasks.length === 0) {
      if (nowMs - assigned.sinceMs < NO_TASK_GRACE_MS) return []
      const { allTasks } = assigned
      const there = allTasks === undefined ? "" : `the topics have partitions for ${counted(allTasks, "task")}, and `
      return [
        `${this.#name} has no task: ${there}the group has more members than tasks (replicas x WORKERS). It is a standby; if you do not want one, start fewer members or add partitions to both topics`
      ]
    }
    const taken = [...this.#taken].toSorted((a, b) => a - b).join(", ")
    return taken === ""
      ? []
      : [
          `${this.#name} lost task ${taken} to another worker and is taking it back; check for a worker with the same POSTGRES_SCHEMA and another KAFKA_GROUP_ID`
        ]
  }

  /** Whether it works: it reads what it should, and the store takes it. */
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

  /** Whether there is hope: it works, or waits for something, or is being started. */
  liveness(nowMs: number): ReadonlyArray<Check> {
    const { lags } = this.#condition ?? {}
    const idleMs = this.#idleSinceMs === undefined ? 0 : nowMs - this.#idleSinceMs
    const silentMs = nowMs - this.#toldMs
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
