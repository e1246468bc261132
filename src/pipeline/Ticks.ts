/**
 * Lets time pass for a task: at most one tick per 100 ms, with the end offsets that have arrived
 * since the last one. A tick that would change nothing is left out: a process may have hundreds of
 * quiet tasks.
 */
import { Effect, type Scope } from "effect"
import type { EndOffsets } from "../domain/EndOffsets.ts"
import { NO_SENSITIVITY, type Sensitivity } from "../domain/Sensitivity.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import type { Tick } from "../domain/TaskInput.ts"
import type { EventLog } from "../source/EventLog.ts"
import type { ReadControl } from "./ReadControl.ts"
import { SensitivityFeed } from "./SensitivityFeed.ts"

/** Minimum time between two ticks. */
const TICK_MS = 100

type Control = Pick<ReadControl, "wantsEnds" | "wantsTime">

const isEqual = (some: ReadonlyArray<number>, others: ReadonlyArray<number>): boolean =>
  some.length === others.length && some.every((input, index) => input === others[index])

export class Ticks {
  readonly #task: TaskDefinition
  readonly #log: EventLog["Service"]
  readonly #control: Control
  readonly #scope: Scope.Scope
  #tickedAtMs = Number.NEGATIVE_INFINITY
  /** Whether something was read since the last tick. */
  #isOwed = true
  /** Those of the last tick. */
  #openTransactions: ReadonlyArray<number> = []
  #ends: EndOffsets | undefined
  /** That of the last tick with news. */
  #sensitivity: Sensitivity = NO_SENSITIVITY
  #isQuerying = false

  /** Queries of the log run in `scope`. */
  constructor(task: TaskDefinition, log: EventLog["Service"], control: Control, scope: Scope.Scope) {
    this.#task = task
    this.#log = log
    this.#control = control
    this.#scope = scope
  }

  /** Notes that an element without a tick passes: the next tick must follow it. */
  owe(): void {
    this.#isOwed = true
  }

  /** The tick that is due; `undefined` if none is, or if it would change nothing. */
  next(clockMs: number, nowMs: number): Effect.Effect<Tick | undefined> {
    if (nowMs - this.#tickedAtMs < TICK_MS) return Effect.undefined
    return Effect.gen({ self: this }, function* () {
      const openTransactions = yield* this.#log.openTransactions(this.#task)
      const sensitivity = (yield* SensitivityFeed).newest()
      const hasVersion = sensitivity !== this.#sensitivity
      const wantsEnds = this.#control.wantsEnds(nowMs)
      const isNeeded =
        this.#isOwed ||
        wantsEnds ||
        this.#ends !== undefined ||
        this.#control.wantsTime() ||
        hasVersion ||
        !isEqual(openTransactions, this.#openTransactions)
      if (!isNeeded) return undefined
      const tick: Tick = {
        _tag: "Tick",
        clockMs,
        monotonicMs: nowMs,
        ends: this.#ends,
        openTransactions,
        ...(hasVersion ? { sensitivity } : {})
      }
      this.#sensitivity = sensitivity
      this.#tickedAtMs = nowMs
      this.#isOwed = false
      this.#openTransactions = openTransactions
      this.#ends = undefined
      if (wantsEnds && !this.#isQuerying) yield* this.#queryEnds(nowMs)
      return tick
    })
  }

  /**
   * Queries the end offsets in the background: a log that does not reply must not keep results from
   * being flushed. Without a reply no input is marked idle.
   */
  #queryEnds(requestedAtMs: number) {
    this.#isQuerying = true
    return this.#log.endOffsets(this.#task).pipe(
      Effect.tap((offsets) => Effect.sync(() => (this.#ends = { requestedAtMs, offsets }))),
      Effect.catch((error) => Effect.logDebug(`end offsets of task ${this.#task.sourcePartition}: ${error.message}`)),
      Effect.ensuring(Effect.sync(() => (this.#isQuerying = false))),
      Effect.forkIn(this.#scope)
    )
  }
}
