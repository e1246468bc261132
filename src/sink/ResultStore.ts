/**
 * Stores results, and decides the position of each task. PostgreSQL and memory implement it under
 * one contract suite.
 */
import { Context, type Effect, Runtime, Schema, Struct } from "effect"
import { DATABASE_FAILURES } from "../domain/DatabaseFailure.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"
import type { BaselineRow } from "../domain/Baseline.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import type { Moment } from "../domain/Moment.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { SensitivityChange, SensitivityStep } from "../domain/Sensitivity.ts"
import type { StreamSlide } from "../domain/Slide.ts"

/** The reasons of a failure, each with the exit code of a worker that ends with it. */
const EXIT_CODES = {
  ...DATABASE_FAILURES,
  /** A checkpoint or an open moment is unreadable, missing or out of order. */
  Checkpoint: ExitCode.data
} as const

export class ResultStoreError extends OperatorError.extend<ResultStoreError>("ResultStoreError")({
  _tag: Schema.tag("ResultStoreError"),
  reason: Schema.Literals(Struct.keys(EXIT_CODES))
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return EXIT_CODES[this.reason]
  }
  get isRetryable(): boolean {
    return this.reason === "Unreachable"
  }
}

/** How a commit ended. */
export type CommitOutcome =
  /**
   * The flush is durable. `refusedRows` were left out because PostgreSQL cannot store their data;
   * `refusal` is one line with the first one and its reason. `droppedDeadLetters` exceed the day's
   * limit; absent = none.
   */
  | {
      readonly _tag: "Committed"
      readonly refusedRows: number
      readonly refusal?: string
      readonly droppedDeadLetters?: number
    }
  /** The flush was already durable: an earlier reply was lost. */
  | { readonly _tag: "AlreadyCommitted" }
  /** Another worker owns the task; nothing was written. */
  | { readonly _tag: "Fenced"; readonly epoch: number }

/** The state that a task reads from the tables to continue as if it had never stopped. */
export interface Recovered {
  /** Moments of the task with `ended_at >= openSinceMs`. */
  readonly moments: ReadonlyArray<Moment>
  /**
   * Per input of the checkpoint: offsets in [rereadOffset, nextOffset) of dead letters with reason
   * `future-timestamp`.
   */
  readonly futureOffsets: ReadonlyArray<OffsetRuns>
  /**
   * Gaps of the checkpoint's inputs that may touch a window that ends after the watermark. Their
   * `events_to` is unknown or >= watermark - size.
   */
  readonly gaps: ReadonlyArray<Gap>
  /**
   * The versions of the sensitivity that the task applied, ascending. Those for windows that end
   * before `slidesSinceMs` are one step.
   */
  readonly sensitivity: ReadonlyArray<SensitivityStep>
}

/** How far back a recovery reaches (closed bounds). */
export interface RecoveryBounds {
  readonly openSinceMs: EventTimeMs
  readonly slidesSinceMs: EventTimeMs
}

export class ResultStore extends Context.Service<
  ResultStore,
  {
    /** The `sourcePartition` of every task that has a checkpoint, ascending. */
    readonly tasks: Effect.Effect<ReadonlyArray<number>, ResultStoreError>
    /** Returns the checkpoint of a task; `undefined` if it never ran. */
    readonly load: (sourcePartition: number) => Effect.Effect<Checkpoint | undefined, ResultStoreError>
    /** Stores the first checkpoint of a task, with its epoch and flush. An existing one stays. */
    readonly create: (checkpoint: Checkpoint) => Effect.Effect<void, ResultStoreError>
    /**
     * Takes the task over: epoch + 1, in its own transaction. The checkpoint must exist. Fences
     * every earlier owner.
     */
    readonly takeOver: (sourcePartition: number, owner: string) => Effect.Effect<Checkpoint, ResultStoreError>
    /** Reads the task's state outside of its checkpoint, baselines and slides. Read only. */
    readonly recover: (checkpoint: Checkpoint, bounds: RecoveryBounds) => Effect.Effect<Recovered, ResultStoreError>
    /**
     * Reads the baselines that the task stored under the checkpoint's size and slide. The last
     * slide of their streams ends at or after `sinceMs` (closed bound) and is written. `take`
     * receives them in pages, in no order. After a failure it receives all of them again. Read
     * only.
     */
    readonly baselines: (
      checkpoint: Checkpoint,
      sinceMs: EventTimeMs,
      take: (baselines: ReadonlyArray<BaselineRow>) => void
    ) => Effect.Effect<void, ResultStoreError>
    /**
     * Reads the slides of the task's written rows of the checkpoint's size and slide that end at or
     * after `fromMs` (closed bound) and have `slide_sums`. A row with a sum that is no safe integer
     * has none. `take` receives them in pages, ascending by end. After a failure a caller may
     * continue at the last end that it received. Read only.
     */
    readonly slides: (
      checkpoint: Checkpoint,
      fromMs: EventTimeMs,
      take: (slides: ReadonlyArray<StreamSlide>) => void
    ) => Effect.Effect<void, ResultStoreError>
    /** Reads the changes of the sensitivity after a version, ascending. Read only. */
    readonly sensitivityChanges: (
      afterVersion: number
    ) => Effect.Effect<ReadonlyArray<SensitivityChange>, ResultStoreError>
    /**
     * One transaction: rows, moments, baselines, broadcasts, applied versions of the sensitivity,
     * dead letters, gaps and the checkpoint, or nothing. First the checkpoint advances by one
     * flush, under the flush's epoch. Idempotent: the same flush again is `AlreadyCommitted`.
     */
    readonly commit: (flush: Flush) => Effect.Effect<CommitOutcome, ResultStoreError>
  }
>()("telemetra/sink/ResultStore") {}
