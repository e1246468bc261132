/**
 * Where results go, and the authority on where each task stands. PostgreSQL and memory implement it under one contract suite.
 */
import { Context, type Effect, Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import type { BaselineRow } from "../domain/Baseline.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import type { Moment } from "../domain/Moment.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { StreamSlide } from "../domain/Slide.ts"

/** The exit code of a worker that ends with a {@link ResultStoreError}, by its reason. */
const EXIT_CODES = {
  Unreachable: ExitCode.unavailable,
  Unauthorized: ExitCode.permission,
  Schema: ExitCode.config,
  Settings: ExitCode.config,
  Refused: ExitCode.permission,
  Checkpoint: ExitCode.data
} as const

export class ResultStoreError extends Schema.TaggedError<ResultStoreError>()("ResultStoreError", {
  reason: Schema.Literals([
    /** The database does not answer, or the connection broke. Retryable. */
    "Unreachable",
    /** User, password or TLS refused: needs a person. */
    "Unauthorized",
    /** Tables are missing or not as expected: needs `telemetra migrate`. */
    "Schema",
    /** Sessions are not as requested, mostly because of a pooler: needs a person. */
    "Settings",
    /** Permissions, disk, or anything else that needs a person. */
    "Refused",
    /** What stands in the checkpoint can't be read. */
    "Checkpoint"
  ]),
  /** What happened, where, and what to do: one line, fit for people, without secrets. */
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    return this.detail
  }
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
   * Everything of the flush is durable. `refusedRows` were left out because PostgreSQL can't hold their data; `refusal` names the first one and the reason, in one line. `droppedDeadLetters` are
   * not stored because the day's limit is reached; absent = none.
   */
  | {
      readonly _tag: "Committed"
      readonly refusedRows: number
      readonly refusal?: string
      readonly droppedDeadLetters?: number
    }
  /** It was durable already: an earlier answer got lost. */
  | { readonly _tag: "AlreadyCommitted" }
  /** Somebody else owns the task; nothing was written. */
  | { readonly _tag: "Fenced"; readonly epoch: number }

/** What a task needs from the tables to go on as if it had never stopped. */
export interface Recovered {
  /** Moments of the task with `ended_at >= openSinceMs`. */
  readonly moments: ReadonlyArray<Moment>
  /** Per input of the checkpoint: the offsets in [rereadOffset, nextOffset) that are dead letters with reason `future-timestamp`. */
  readonly futureOffsets: ReadonlyArray<OffsetRuns>
  /** Gaps of the checkpoint's inputs that may touch a window that ends after the watermark: `events_to` is unknown or >= watermark - size. */
  readonly gaps: ReadonlyArray<Gap>
}

export class ResultStore extends Context.Service<
  ResultStore,
  {
    /** The `sourcePartition` of every task that has a checkpoint, ascending. */
    readonly tasks: Effect.Effect<ReadonlyArray<number>, ResultStoreError>
    /** The checkpoint of a task, or `undefined` where it never ran. */
    readonly load: (sourcePartition: number) => Effect.Effect<Checkpoint | undefined, ResultStoreError>
    /** Makes the first checkpoint of a task durable (epoch and flush as given); changes nothing where one stands already. */
    readonly create: (checkpoint: Checkpoint) => Effect.Effect<void, ResultStoreError>
    /** Takes the task over: epoch + 1, in a transaction of its own. The checkpoint must exist. Fences every earlier owner. */
    readonly takeOver: (sourcePartition: number, owner: string) => Effect.Effect<Checkpoint, ResultStoreError>
    /** Reads what the task needs besides its checkpoint and its baselines. Read only. */
    readonly recover: (
      checkpoint: Checkpoint,
      bounds: { readonly openSinceMs: EventTimeMs }
    ) => Effect.Effect<Recovered, ResultStoreError>
    /**
     * Reads the baselines that the task has stored under the checkpoint's size and slide, of streams whose last slide ends at or after `sinceMs` (closed bound) and is
     * written. Gives them to `take` in pages, in no order. After a failure all come again. Read only.
     */
    readonly baselines: (
      checkpoint: Checkpoint,
      sinceMs: EventTimeMs,
      take: (baselines: ReadonlyArray<BaselineRow>) => void
    ) => Effect.Effect<void, ResultStoreError>
    /**
     * Reads the slides of the task's rows of the checkpoint's size and slide: those that end at or after `fromMs` (closed bound), are written, and have `slide_sums`: a row with a sum that is no safe integer has none. Gives them to `take` in
     * pages, ascending by end. After a failure what was given need not be read again, but for the last end. Read only.
     */
    readonly slides: (
      checkpoint: Checkpoint,
      fromMs: EventTimeMs,
      take: (slides: ReadonlyArray<StreamSlide>) => void
    ) => Effect.Effect<void, ResultStoreError>
    /**
     * One transaction: rows, moments, baselines, dead letters and the checkpoint, or nothing. The first statement moves the checkpoint from `flush - 1` to
     * `flush` under the flush's epoch. Idempotent: the same flush again is `AlreadyCommitted`.
     */
    readonly commit: (flush: Flush) => Effect.Effect<CommitOutcome, ResultStoreError>
  }
>()("telemetra/sink/ResultStore") {}
