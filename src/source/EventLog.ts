/**
 * Where events come from. A log of partitions that can be read again from any offset it still holds.
 * Kafka, the simulator, files and memory implement it; which one runs is one Layer.
 */
import { Context, type Effect, Runtime, Schema, type Stream } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import type { Batch } from "../domain/Batch.ts"
import type { TaskDefinition } from "../domain/Task.ts"

/** The exit code of a worker that ends with an {@link EventLogError}, by its reason. */
const EXIT_CODES = {
  Unreachable: ExitCode.unavailable,
  Topics: ExitCode.config,
  MissingTopics: ExitCode.config,
  Unauthorized: ExitCode.permission,
  Unreadable: ExitCode.data,
  BatchTooLarge: ExitCode.data,
  OffsetOutOfRange: ExitCode.data,
  Revoked: ExitCode.unavailable
} as const

/** What went wrong with a log. `isRetryable` says whether the same call may succeed later without anybody's help. */
export class EventLogError extends Schema.TaggedError<EventLogError>()("EventLogError", {
  reason: Schema.Literals([
    /** No broker answers. Retryable. */
    "Unreachable",
    /** A topic is missing, or partition counts differ: needs a person. */
    "Topics",
    /** A topic does not exist yet: at a start, what makes the topics may start at the same time. Retryable. */
    "MissingTopics",
    /** Credentials or TLS refused: needs a person. */
    "Unauthorized",
    /** A batch that can't be read, such as an unknown codec: needs a person; nothing is skipped. */
    "Unreadable",
    /** A batch that unpacks to more than it may. It is passed over: `range` says where reading goes on. */
    "BatchTooLarge",
    /** The position asked for is not in the log. */
    "OffsetOutOfRange",
    /** The task is no longer this worker's. */
    "Revoked"
  ]),
  /** What happened, where, and what to do: one line, fit for people, without secrets. */
  detail: Schema.String,
  /** With `OffsetOutOfRange` and `BatchTooLarge`: what was expected, and what the log holds: from `start` (closed) to `end` (open). */
  range: Schema.optional(
    Schema.Struct({
      topic: Schema.String,
      partition: Schema.Int,
      expected: Schema.BigInt,
      start: Schema.BigInt,
      end: Schema.BigInt
    })
  ),
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return EXIT_CODES[this.reason]
  }
  get isRetryable(): boolean {
    return this.reason === "Unreachable" || this.reason === "MissingTopics" || this.reason === "Revoked"
  }
  /** What has to be passed over so that reading can continue at its `start`; `undefined` if nothing can be. */
  get loss(): EventLogError["range"] {
    return this.range !== undefined && this.range.expected < this.range.start ? this.range : undefined
  }
}

/** The tasks that this worker owns from now on. A later assignment replaces the earlier one: tasks in both go on undisturbed. */
export interface Assignment {
  /** Grows with every assignment. */
  readonly generation: number
  readonly tasks: ReadonlyArray<TaskDefinition>
  /** How many tasks there are for all members of the group; `undefined` = the log does not say. */
  readonly allTasks?: number | undefined
}

/** Which inputs may be read now, the most wanted first. Asked anew before every read. Inputs left out are not read, and their fetching pauses once their bounded buffer is full. */
export type Demand = () => ReadonlyArray<number>

export class EventLog extends Context.Service<
  EventLog,
  {
    /**
     * What this worker owns, now and whenever that changes. Fails at once, with remedies, where topics are missing or their partition counts differ.
     * A bounded log (files) gives one assignment and ends; others never end.
     */
    readonly assignments: Stream.Stream<Assignment, EventLogError>
    /**
     * One task's batches from the given positions (one per input: the first offset wanted), in the order of `demand`: of the
     * inputs demanded, the first that has records gives the next batch. Where none has any within about 100 ms an empty batch comes, so that time can
     * pass. The records of a batch number 1,000 at most. Never skips: a position outside the log fails with `OffsetOutOfRange`, a codec that can't be read with
     * `Unreadable`, a batch that unpacks to too much with `BatchTooLarge`. Ends only where the log is bounded. Stopping to pull stops fetching (backpressure).
     */
    readonly read: (
      task: TaskDefinition,
      positions: ReadonlyArray<bigint>,
      demand: Demand
    ) => Stream.Stream<Batch, EventLogError>
    /**
     * Where a task without checkpoint starts: one offset per input, by KAFKA_STARTING_OFFSETS; partitions added while the log is open start at their beginning.
     * `latest` is the readable end: nothing that is committed later is skipped, even if it was written before.
     */
    readonly startOffsets: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /** The offset after the last record, per input, as the log says now. Records of open transactions are included: Kafka's high watermark. */
    readonly endOffsets: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /** The first offset that can't be read yet, per input: the end, or the start of the oldest open transaction (Kafka's last stable offset). */
    readonly readableEnds: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /** The task's inputs in which a transaction is open, as the log said last while they were read. Sends no request. */
    readonly openTransactions: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<number>>
    /** Why this worker does not read all that it should, as one line for operators: not a member of its group, partition counts that differ, a transaction that hangs. `undefined` = no problem. */
    readonly problem: Effect.Effect<string | undefined>
    /** Tells the log how far the task is (first offset not committed to the tables, per input), for lag tools. Best effort: never fails, decides nothing. */
    readonly commit: (task: TaskDefinition, nextOffsets: ReadonlyArray<bigint>) => Effect.Effect<void>
  }
>()("telemetra/source/EventLog") {}
