/** Receives what happens to the tasks of a member. The worker reports it; a replay counts it. */
import { Context, Effect, Layer } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { Flush } from "../domain/Flush.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import type { CommitOutcome } from "../sink/ResultStore.ts"
import type { Assignment } from "../source/EventLog.ts"

/** Rows that a flush left out, and the first one with the reason. */
export type Refused = Pick<
  Extract<CommitOutcome, { readonly _tag: "Committed" }>,
  "refusedRows" | "refusal" | "droppedDeadLetters"
>

interface Methods {
  /** Receives every assignment of the log. */
  readonly onAssign: (assignment: Assignment) => Effect.Effect<void>
  /**
   * Receives the checkpoint of a task that has been taken over, and the end of each input's log.
   */
  readonly onStart: (checkpoint: Checkpoint, ends: ReadonlyArray<bigint>) => Effect.Effect<void>
  /**
   * Receives every durable flush, the rows that PostgreSQL refused, and the duration of its
   * transaction.
   */
  readonly onCommit: (flush: Flush, refused: Refused, tookMs: number) => Effect.Effect<void>
  /**
   * Receives every task that this member no longer runs. `fenced`: another member has taken it
   * over.
   */
  readonly onEnd: (task: TaskDefinition, fenced: boolean) => Effect.Effect<void>
}

export class TaskObserver extends Context.Service<TaskObserver, Methods>()("telemetra/pipeline/TaskObserver") {
  /** Observes some events and ignores the others. */
  static readonly layer = (methods: Partial<Methods>) =>
    Layer.succeed(TaskObserver, {
      onAssign: () => Effect.void,
      onStart: () => Effect.void,
      onCommit: () => Effect.void,
      onEnd: () => Effect.void,
      ...methods
    })
}
