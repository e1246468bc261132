/** How a member of the worker is, from what it tells and from when it last told anything. */
import { lagSum } from "../domain/Lag.ts"
import type { Condition, Report } from "./Report.ts"

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
    if (report._tag === "Committed") this.#idleSinceMs = undefined
    if (report._tag !== "Condition") return
    this.#condition = report
    const { lags, log, moving, store } = report
    const lag = lagSum(lags ?? [])
    if (moving) this.#idleSinceMs = undefined
    else if (lag > 0 && store === undefined) this.#idleSinceMs ??= nowMs
    // one that waits for the log or the store, or has read it all; one that has lost its place in the group with its tasks is none of these
    else if (store !== undefined || lags === undefined || log === undefined) this.#idleSinceMs = undefined
  }

  /** Whether it works: it reads what it should, and the store takes it. */
  readiness(): ReadonlyArray<Check> {
    const condition = this.#condition
    const check = (name: string, problem: string | undefined): Check => ({
      name: `${this.#name}: ${name}`,
      ok: problem === undefined,
      detail: problem ?? "no problem"
    })
    if (condition === undefined) return [check("start", "starting")]
    return [check("log", condition.log), check("store", condition.store)]
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
          ? `nothing has been committed for ${seconds(idleMs)} although ${lagSum(lags ?? [])} records are there to be read and the store answers`
          : "gets on, or waits for something"
      },
      {
        name: `${this.#name}: reports`,
        ok: this.#condition === undefined || silentMs < this.#patienceMs,
        detail: `told last ${seconds(silentMs)} ago how it is`
      }
    ]
  }
}
