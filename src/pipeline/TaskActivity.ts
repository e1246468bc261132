/**
 * State of a running task for the stall detection. The task updates it as it runs; times are
 * monotonic. An input stalls if the task wants its records next, the log has them, and its
 * position does not move. Time in which the task cannot read does not count.
 */
import { Effect, type Scope } from "effect"
import type { TaskDefinition } from "../domain/Task.ts"
import { present } from "../domain/Invariant.ts"
import { IdleClocks } from "../windowing/IdleClock.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { ONE_PER_INPUT } from "./CheckpointChecks.ts"
import type { ReadControl } from "./ReadControl.ts"

const INPUT_EXISTS = "the windows read the inputs of their task"

/** An input, or a request to the log, that makes no progress. */
export interface Stall {
  readonly sourcePartition: number
  /** The cause, as a phrase for a log line. */
  readonly what: string
  readonly silentMs: number
}

interface Seen {
  position: bigint
  sinceMs: number
}

export class TaskActivity {
  readonly task: TaskDefinition
  #windows: Pick<ReadControl, "demand" | "positions"> | undefined
  #inputs: ReadonlyArray<Seen> = []
  /** Start of the outstanding request to the log without which the task cannot continue. */
  #requestedMs: number | undefined
  /** Start of the processing of an input, which may wait for the store. */
  #busySinceMs: number | undefined

  constructor(task: TaskDefinition) {
    this.task = task
  }

  /** Notes that the task starts to read. */
  reads(windows: Pick<ReadControl, "demand" | "positions">, nowMs: number): void {
    this.#windows = windows
    this.#inputs = windows.positions().map((position) => ({ position, sinceMs: nowMs }))
  }

  /** Runs a request to the log that the task waits for. */
  awaitingLog<A, E, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.flatMap(monotonicMs, (nowMs) => {
      this.#requestedMs = nowMs
      return Effect.ensuring(
        request,
        Effect.sync(() => (this.#requestedMs = undefined))
      )
    })
  }

  /** Notes that an input was pulled. Its results may have to wait for the store. */
  busy(nowMs: number): void {
    this.#busySinceMs = nowMs
  }

  /** Notes that the task pulls from the log again. */
  pulls(): void {
    this.#busySinceMs = undefined
  }

  /** Notes which inputs have moved. A task that could not read for `graceMs` has not stalled. */
  observe(nowMs: number, graceMs: number): void {
    const positions = this.positions()
    const wasKept = this.isKept(nowMs, graceMs)
    for (const [input, seen] of this.#inputs.entries()) {
      const position = present(positions[input], INPUT_EXISTS)
      if (position === seen.position && !wasKept) continue
      seen.position = position
      seen.sinceMs = nowMs
    }
  }

  /** The position of each input; empty while the task recovers. */
  positions(): ReadonlyArray<bigint> {
    return this.#windows?.positions() ?? []
  }

  /** Whether the store keeps the task from reading: it recovers, or its results wait. */
  isKept(nowMs: number, graceMs: number): boolean {
    if (this.#requestedMs !== undefined) return false
    return this.#windows === undefined || (this.#busySinceMs !== undefined && nowMs - this.#busySinceMs >= graceMs)
  }

  /** Whether something has been silent for `timeoutMs`. Only then it is worth querying the log. */
  isSilent(nowMs: number, timeoutMs: number): boolean {
    const isOld = (sinceMs: number) => nowMs - sinceMs >= timeoutMs
    return (
      (this.#requestedMs !== undefined && isOld(this.#requestedMs)) || this.#inputs.some((seen) => isOld(seen.sinceMs))
    )
  }

  /**
   * Returns the stall of `timeoutMs`, if there is one. `ends` bounds the readable records (open
   * bound).
   */
  stall(ends: ReadonlyArray<bigint>, nowMs: number, timeoutMs: number): Stall | undefined {
    const { inputs, sourcePartition } = this.task
    const since = (sinceMs: number, what: string): Stall | undefined =>
      nowMs - sinceMs >= timeoutMs ? { sourcePartition, what, silentMs: nowMs - sinceMs } : undefined
    if (this.#requestedMs !== undefined) return since(this.#requestedMs, "a request to the log gets no reply")
    const wanted = this.#wanted(ends)
    if (wanted === undefined) return undefined
    const { position, sinceMs } = present(this.#inputs[wanted], INPUT_EXISTS)
    const records = present(ends[wanted], ONE_PER_INPUT) - position
    const input = partitionLabel(present(inputs[wanted], INPUT_EXISTS))
    return since(sinceMs, `${records} records of ${input} are there to be read`)
  }

  /** Whether the input that it wants next has records below `ends` (open bound). */
  hasRecords(ends: ReadonlyArray<bigint>): boolean {
    return this.#wanted(ends) !== undefined
  }

  /**
   * The input with records that the task wants next. An input paused by alignment is not wanted.
   */
  #wanted(ends: ReadonlyArray<bigint>): number | undefined {
    const positions = this.positions()
    return this.#windows
      ?.demand()
      .find((input) => present(positions[input], INPUT_EXISTS) < present(ends[input], ONE_PER_INPUT))
  }
}

/** State of the tasks that outlives each reading of the log. */
export class TaskMemory {
  readonly idleClocks = new IdleClocks()
  /** The running tasks by their numbers. */
  readonly activities = new Map<number, TaskActivity>()
  readonly #furthest = new Map<number, ReadonlyArray<bigint>>()

  /** Adds a task that starts, for the life of the scope. */
  register(activity: TaskActivity): Effect.Effect<void, never, Scope.Scope> {
    const { sourcePartition } = activity.task
    return Effect.acquireRelease(
      Effect.sync(() => void this.activities.set(sourcePartition, activity)),
      () =>
        Effect.sync(() => {
          // A later run of the task may have replaced it.
          if (this.activities.get(sourcePartition) === activity) this.activities.delete(sourcePartition)
        })
    )
  }

  /**
   * Whether a task has been read further than ever before since the last call. Re-read records do
   * not count.
   */
  hasAdvanced(activity: TaskActivity): boolean {
    const { sourcePartition } = activity.task
    const furthest = this.#furthest.get(sourcePartition)
    const positions = activity.positions()
    const furthestOf = (input: number): bigint => furthest?.[input] ?? -1n
    const hasAdvanced = positions.some((position, input) => position > furthestOf(input))
    if (hasAdvanced) {
      this.#furthest.set(
        sourcePartition,
        positions.map((position, input) => (position > furthestOf(input) ? position : furthestOf(input)))
      )
    }
    return hasAdvanced
  }
}
