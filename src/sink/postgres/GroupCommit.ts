/**
 * Commits the small flushes of many tasks in few transactions. In a process with hundreds of quiet
 * tasks, the transaction of a flush costs more than the flush's content.
 */
import { Cause, Deferred, Effect, Exit, Latch, Option, Queue, type Scope } from "effect"
import type { Flush } from "../../domain/Flush.ts"
import type { CommitOutcome, ResultStoreError } from "../ResultStore.ts"

/** How long a flush without rows waits for other flushes. No reader waits for a position. */
const POSITIONS_WAIT = "100 millis"
/** How long a flush with rows waits. It is short, because the windows of many tasks end at once. */
const ROWS_WAIT = "10 millis"

/** The most flushes of one transaction. */
const MAX_FLUSHES = 100

type Commit = (flush: Flush) => Effect.Effect<CommitOutcome, ResultStoreError>

export interface GroupCommitOptions {
  /** Commits flushes in one transaction. Returns the outcomes of the durable ones. */
  readonly together: (
    flushes: ReadonlyArray<Flush>
  ) => Effect.Effect<ReadonlyMap<Flush, CommitOutcome>, ResultStoreError>
  readonly alone: Commit
}

interface Waiting {
  readonly flush: Flush
  /** Its outcome; `undefined` if the flush must be committed alone. */
  readonly done: Deferred.Deferred<CommitOutcome | undefined, ResultStoreError>
}

/**
 * Returns the commit of a small flush.
 *
 * - It commits at once if no other task has committed since the task's last flush. So a process
 *   with a single task never waits.
 * - A flush that the group did not commit is committed alone, so that it cannot block the others.
 * - If the group fails with a retryable error, each caller gets the error. Its retry commits alone.
 * - If a caller is interrupted while it waits, its flush may still become durable, as after a lost
 *   reply.
 */
export const make = ({ alone, together }: GroupCommitOptions): Effect.Effect<Commit, never, Scope.Scope> =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Waiting>()
    const hasRows = Latch.makeUnsafe()
    const failed = new WeakSet<Flush>()
    /** The task of the last flush. */
    let lastTask: number | undefined

    const commitGroup = Effect.fnUntraced(function* (group: ReadonlyArray<Waiting>) {
      const exit = yield* Effect.exit(together(group.map(({ flush }) => flush)))
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
      for (const { done, flush } of group) {
        if (error?.isRetryable === true) {
          failed.add(flush)
          Deferred.doneUnsafe(done, Effect.fail(error))
        } else {
          Deferred.doneUnsafe(done, Effect.succeed(Exit.isSuccess(exit) ? exit.value.get(flush) : undefined))
        }
      }
    })

    yield* Effect.gen(function* () {
      const first = yield* Queue.take(queue)
      yield* Effect.raceFirst(Effect.andThen(hasRows.await, Effect.sleep(ROWS_WAIT)), Effect.sleep(POSITIONS_WAIT))
      hasRows.closeUnsafe()
      const all = [first, ...(yield* Queue.clear(queue))]
      for (let from = 0; from < all.length; from += MAX_FLUSHES) {
        yield* commitGroup(all.slice(from, from + MAX_FLUSHES))
      }
    }).pipe(Effect.forever, Effect.forkScoped)

    return Effect.fnUntraced(function* (flush: Flush) {
      const task = flush.checkpoint.sourcePartition
      // No other task has committed since its last flush, so none is worth waiting for.
      const isOnly = lastTask === task
      lastTask = task
      if (isOnly || failed.has(flush)) return yield* alone(flush)
      const done = Deferred.makeUnsafe<CommitOutcome | undefined, ResultStoreError>()
      Queue.offerUnsafe(queue, { flush, done })
      if (flush.rows.length > 0) hasRows.openUnsafe()
      return (yield* Deferred.await(done)) ?? (yield* alone(flush))
    })
  })
