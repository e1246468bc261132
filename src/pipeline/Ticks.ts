/**
 * Lets time pass for a task: at most one tick per 100 ms, with the end offsets that have arrived
 * since the last one.
 */
import { Effect, type Scope } from "effect"
import type { EndOffsets } from "../domain/EndOffsets.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import type { Tick } from "../domain/TaskInput.ts"
import type { EventLog } from "../source/EventLog.ts"
import type { ReadControl } from "./ReadControl.ts"

/** Minimum time between two ticks. */
const TICK_MS = 100

export class Ticks {
  readonly #task: TaskDefinition
  readonly #log: EventLog["Service"]
  readonly #control: Pick<ReadControl, "wantsEnds">
  readonly #scope: Scope.Scope
  #tickedAtMs = Number.NEGATIVE_INFINITY
  #ends: EndOffsets | undefined
  #isQuerying = false

  /** Queries of the log run in `scope`. */
  constructor(
    task: TaskDefinition,
    log: EventLog["Service"],
    control: Pick<ReadControl, "wantsEnds">,
    scope: Scope.Scope
  ) {
    this.#task = task
    this.#log = log
    this.#control = control
    this.#scope = scope
  }

  /** The tick that is due; `undefined` if none is. */
  next(clockMs: number, nowMs: number): Effect.Effect<Tick | undefined> {
    if (nowMs - this.#tickedAtMs < TICK_MS) return Effect.undefined
    return Effect.gen({ self: this }, function* () {
      const openTransactions = yield* this.#log.openTransactions(this.#task)
      const tick: Tick = { _tag: "Tick", clockMs, monotonicMs: nowMs, ends: this.#ends, openTransactions }
      this.#tickedAtMs = nowMs
      this.#ends = undefined
      if (!this.#isQuerying && this.#control.wantsEnds(nowMs)) yield* this.#queryEnds(nowMs)
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
