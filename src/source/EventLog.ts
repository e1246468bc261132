/**
 * The source of events: a log of partitions that can be read again from any offset that it still
 * holds. Kafka, the simulator, files and memory implement it; a Layer chooses which one runs.
 */
import { Context, type Effect, Runtime, Schema, type Stream, Struct } from "effect"
import type { Batch } from "../domain/Batch.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"
import { present } from "../domain/Invariant.ts"
import { Records } from "../domain/Records.ts"
import type { TaskDefinition } from "../domain/Task.ts"

/** The exit code of a worker that ends with an {@link EventLogError}, by its reason. */
const EXIT_CODES = {
  /** No broker replies. Retryable. */
  Unreachable: ExitCode.unavailable,
  /** A topic is missing, or partition counts differ: needs an operator. */
  Topics: ExitCode.config,
  /** A topic does not exist yet: at a start its creator may start too. Retryable. */
  MissingTopics: ExitCode.config,
  /** Credentials or TLS refused: needs an operator. */
  Unauthorized: ExitCode.permission,
  /** A damaged batch, or an unknown codec: needs an operator; nothing is skipped. */
  Unreadable: ExitCode.data,
  /**
   * A batch decompresses to more than its limit: it is skipped, and `range` has the next offset.
   */
  BatchTooLarge: ExitCode.data,
  /** The log does not hold the requested position. */
  OffsetOutOfRange: ExitCode.data,
  /** The task is no longer assigned to this worker. */
  Revoked: ExitCode.unavailable
} as const

/** A failure of a log. If `isRetryable`, the same call may succeed later without an operator. */
export class EventLogError extends OperatorError.extend<EventLogError>("EventLogError")({
  _tag: Schema.tag("EventLogError"),
  reason: Schema.Literals(Struct.keys(EXIT_CODES)),
  /**
   * With `OffsetOutOfRange` and `BatchTooLarge`: the expected offset, and the offsets that the log
   * holds, from `start` (closed) to `end` (open).
   */
  range: Schema.optional(
    Schema.Struct({
      topic: Schema.String,
      partition: Schema.Int,
      expected: Schema.BigInt,
      start: Schema.BigInt,
      end: Schema.BigInt
    })
  )
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return EXIT_CODES[this.reason]
  }
  get isRetryable(): boolean {
    return this.reason === "Unreachable" || this.reason === "MissingTopics" || this.reason === "Revoked"
  }
  /**
   * The range to skip so that reading can continue at its `start`; `undefined` = skipping cannot
   * help.
   */
  get loss(): EventLogError["range"] {
    return this.range !== undefined && this.range.expected < this.range.start ? this.range : undefined
  }
}

/**
 * The tasks that this worker owns. It replaces the earlier assignment: tasks in both continue
 * undisturbed.
 */
export interface Assignment {
  /** Grows with every assignment. */
  readonly generation: number
  readonly tasks: ReadonlyArray<TaskDefinition>
  /** The number of tasks of the whole group; `undefined` = unknown. */
  readonly allTasks?: number | undefined
}

/**
 * Returns the inputs that may be read now, the most wanted first. Readers call it before every
 * read. Other inputs are not read; their fetching pauses once their bounded buffer is full.
 */
export type Demand = () => ReadonlyArray<number>

/** The position of an input. */
export const positionOf = (positions: ReadonlyArray<bigint>, input: number): bigint =>
  present(positions[input], "every input has a position")

/** The result of a read that found no records: it names a demanded input, whose position stays. */
export const emptyBatch = ([input = 0]: ReadonlyArray<number>, positions: ReadonlyArray<bigint>): Batch => ({
  input,
  records: Records.none,
  nextOffset: positionOf(positions, input)
})

export class EventLog extends Context.Service<
  EventLog,
  {
    /**
     * The worker's tasks, now and after each change. Fails at once, with the remedy, if topics are
     * missing or their partition counts differ. A bounded log (files) emits one assignment and
     * ends.
     */
    readonly assignments: Stream.Stream<Assignment, EventLogError>
    /**
     * Reads one task from `positions`: per input, the first offset wanted. A pull returns at most
     * one batch of each demanded input that has records, in the order of the demand, and at most
     * 1,000 records. After about 100 ms without any, or 500 ms if few come, an empty batch comes,
     * so that time can pass. Only a bounded log ends. Backpressure: fetching stops while the caller
     * does not pull.
     *
     * Never skips. A position outside the log fails with `OffsetOutOfRange`, a damaged batch or an
     * unknown codec with `Unreadable`. A batch beyond its limit fails with `BatchTooLarge`.
     */
    readonly read: (
      task: TaskDefinition,
      positions: ReadonlyArray<bigint>,
      demand: Demand
    ) => Stream.Stream<Batch, EventLogError>
    /**
     * The positions of a task without checkpoint, by KAFKA_STARTING_OFFSETS. Partitions that are
     * added while the log is open start at their beginning. `latest` is the readable end: a record
     * that is committed later is read, even if it was written before.
     */
    readonly startOffsets: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /**
     * The offset after the last record, per input, at present. It includes records of open
     * transactions: Kafka's high watermark.
     */
    readonly endOffsets: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /**
     * The first offset that cannot be read yet, per input: the end, or the start of the oldest open
     * transaction (Kafka's last stable offset).
     */
    readonly readableEnds: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
    /** The inputs with an open transaction, by the last response of a read. Sends no request. */
    readonly openTransactions: (task: TaskDefinition) => Effect.Effect<ReadonlyArray<number>>
    /**
     * Reason this worker is not fully consuming, as one line for operators. Examples: not a member
     * of its group, partition counts that differ, a transaction that hangs. `undefined` = no
     * problem.
     */
    readonly problem: Effect.Effect<string | undefined>
    /**
     * Publishes the task's progress for lag tools: per input, the first offset that is not
     * committed to the tables. Best effort: it never fails, and nothing reads it.
     */
    readonly commit: (task: TaskDefinition, nextOffsets: ReadonlyArray<bigint>) => Effect.Effect<void>
  }
>()("telemetra/source/EventLog") {}
