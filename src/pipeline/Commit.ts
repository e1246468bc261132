/**
 * Stage "commit": writes each flush in one transaction, as often as it takes, then reports its
 * offsets to the log.
 */
import { Duration, Effect, Stream } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { Flush } from "../domain/Flush.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import { backoff, retryTransient } from "../retry/Retry.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import { DeadLetterTopic } from "../source/DeadLetterTopic.ts"
import { EventLog, type EventLogError } from "../source/EventLog.ts"
import { ResultTopics } from "../source/ResultTopics.ts"
import type { TaskActivity } from "./TaskActivity.ts"
import { TaskError } from "./TaskError.ts"
import { TaskObserver } from "./TaskObserver.ts"

export interface CommitOptions {
  readonly activity: Pick<TaskActivity, "awaitingLog" | "task">
  /**
   * Records that the log holds beyond a checkpoint, from memory, without a request; `null` =
   * unknown.
   */
  readonly knownLag: (checkpoint: Checkpoint) => number | null
}

/**
 * Publishes dead letters and results before the commit: a crash between the two publishes again,
 * and loses nothing.
 */
const publish = Effect.fnUntraced(function* (flush: Flush, { activity }: CommitOptions) {
  const persist = (publishing: Effect.Effect<void, EventLogError>) =>
    publishing.pipe(
      Effect.tapError((error) => Effect.logError(error.message)),
      Effect.retry(backoff),
      (published) => activity.awaitingLog(published)
    )
  const { deadLetters, moments, rows } = flush
  if (deadLetters.length > 0) yield* persist((yield* DeadLetterTopic).publish(deadLetters))
  if (moments.length + rows.length > 0) yield* persist((yield* ResultTopics).publish(flush))
})

/**
 * The flush with the status that is known only at its commit. `sinceMs` is the time of the flush
 * before.
 */
const withStatus = (flush: Flush, sinceMs: number, nowMs: number, { knownLag }: CommitOptions): Flush => ({
  ...flush,
  status: {
    ...flush.status,
    lagRecords: knownLag(flush.checkpoint),
    recordsPerSecond: nowMs > sinceMs ? (flush.status.records / (nowMs - sinceMs)) * 1000 : null
  }
})

const commitOne = Effect.fn("Task.commit")(function* (flush: Flush, options: CommitOptions) {
  const { task } = options.activity
  const store = yield* ResultStore
  const log = yield* EventLog
  const observer = yield* TaskObserver
  const { epoch, flushNumber, inputs } = flush.checkpoint
  yield* publish(flush, options)
  const [took, outcome] = yield* retryTransient(
    Effect.timed(store.commit(flush)),
    (attempt, { message }) =>
      `Commit of flush ${flushNumber} of task ${task.sourcePartition} failed, attempt ${attempt}: ${message}`
  )
  if (outcome._tag === "Fenced") {
    return yield* new TaskError({
      reason: "Fenced",
      detail: `Task ${task.sourcePartition} is owned by another worker (epoch ${outcome.epoch}, ours ${epoch}): flush ${flushNumber} was not written`
    })
  }
  yield* log.commit(
    task,
    inputs.map(({ nextOffset }) => nextOffset)
  )
  yield* Effect.logDebug(`Task ${task.sourcePartition} committed flush ${flushNumber}: ${flush.rows.length} rows`)
  yield* observer.onCommit(flush, outcome._tag === "Committed" ? outcome : { refusedRows: 0 }, Duration.toMillis(took))
})

export const commit =
  (options: CommitOptions) =>
  <E, R>(flushes: Stream.Stream<Flush, E, R>) =>
    Stream.unwrap(
      Effect.map(monotonicMs, (startedMs) => {
        let flushedMs = startedMs
        return Stream.mapEffect(
          flushes,
          Effect.fnUntraced(function* (flush) {
            const sinceMs = flushedMs
            flushedMs = yield* monotonicMs
            yield* commitOne(withStatus(flush, sinceMs, flushedMs, options), options)
          })
        )
      })
    )
