/**
 * Source of a task's Stream: batches of the log with the time at which they were read, ticks
 * between them, and the end.
 */
import { Clock, Deferred, Effect, Stream } from "effect"
import { isReadonlyArrayNonEmpty } from "effect/Array"
import type { Batch } from "../domain/Batch.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { present } from "../domain/Invariant.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import type { TaskInput } from "../domain/TaskInput.ts"
import { EventLog, type EventLogError } from "../source/EventLog.ts"
import { batchRecords } from "./FlushBuilder.ts"
import type { ReadControl } from "./ReadControl.ts"
import type { TaskActivity } from "./TaskActivity.ts"
import { Ticks } from "./Ticks.ts"

const STOP: TaskInput = { _tag: "Stop" }
const END_OF_INPUT: TaskInput = { _tag: "EndOfInput" }

/**
 * Cuts a batch into pieces of at most `size` records, none of which crosses `rereadEnd`. The
 * positions between them are those of the records.
 */
const split = (batch: Batch, size: number, rereadEnd: bigint): ReadonlyArray<Batch> => {
  const { input, nextOffset, records } = batch
  const firstNew = records.indexFrom(rereadEnd)
  const pieces: Array<Batch> = []
  let from = 0
  while (from < records.count) {
    const to = Math.min(from + size, from < firstNew ? firstNew : records.count)
    pieces.push({
      input,
      records: records.slice(from, to),
      nextOffset: to < records.count ? records.offsetAt(to) : nextOffset
    })
    from = to
  }
  return pieces.length === 0 ? [batch] : pieces
}

/** The gap that a loss leaves in one of the task's inputs. */
const gapOf = ({ inputs }: TaskDefinition, loss: NonNullable<EventLogError["loss"]>): TaskInput => ({
  _tag: "Gap",
  input: inputs.findIndex(({ partition, topic }) => topic === loss.topic && partition === loss.partition),
  toOffset: loss.start
})

export interface ReadLogOptions {
  /** Records when the task waits for the log and when it processes what it has pulled. */
  readonly activity: Pick<TaskActivity, "busy" | "pulls" | "task">
  /** The checkpoint that the task continues from. */
  readonly checkpoint: Checkpoint
  readonly control: ReadControl
  readonly settings: PipelineSettings
  /** Once done, the stream ends with `Stop`. */
  readonly stop: Deferred.Deferred<void>
}

export const readLog = (options: ReadLogOptions): Stream.Stream<TaskInput, EventLogError, EventLog> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { activity, checkpoint, control, settings, stop } = options
      const { task } = activity
      const log = yield* EventLog
      const ticks = new Ticks(task, log, control, yield* Effect.scope)

      /** Whether a batch has records, or moves the position of its input. */
      const hasNews = ({ input, nextOffset, records }: Batch): boolean =>
        records.count > 0 || nextOffset !== control.positions()[input]

      const piecesOf = (batch: Batch, clockMs: number): ReadonlyArray<TaskInput> => {
        // Records below the next offset of the checkpoint are re-read.
        const { nextOffset } = present(checkpoint.inputs[batch.input], "a batch belongs to an input of its task")
        return split(batch, batchRecords(settings), nextOffset).map((piece) => ({
          _tag: "Batch",
          batch: piece,
          clockMs
        }))
      }

      const withTime = Effect.fnUntraced(function* (batches: ReadonlyArray<Batch>) {
        const clockMs = yield* Clock.currentTimeMillis
        const nowMs = yield* monotonicMs
        const news = batches.filter(hasNews)
        // A stop takes effect between two elements, so one is due.
        if (news.length > 0 || Deferred.isDoneUnsafe(stop)) ticks.owe()
        const tick = yield* ticks.next(clockMs, nowMs)
        activity.busy(nowMs)
        const inputs = news.flatMap((batch) => piecesOf(batch, clockMs))
        return tick === undefined ? inputs : [...inputs, tick]
      })

      /**
       * The batches of one pull, with time, are one array: its elements share the work of the
       * stages. Pulls that bring nothing are left out.
       */
      const timed = <E, R>(batches: Stream.Stream<Batch, E, R>): Stream.Stream<TaskInput, E, R> =>
        Stream.transformPull(batches, (pull) =>
          Effect.succeed(
            Effect.gen(function* () {
              for (;;) {
                activity.pulls() // for the detection of stalls
                const inputs = yield* withTime(yield* pull)
                if (isReadonlyArrayNonEmpty(inputs)) return inputs
              }
            })
          )
        )

      /** `false` after a loss, which has more records behind it. */
      let hasEnded = false

      /** After a loss the task continues behind it. A task that was revoked flushes and ends. */
      const afterFailure = (error: EventLogError): Stream.Stream<TaskInput, EventLogError> => {
        if (error.reason === "Revoked") return Stream.concat(Stream.succeed(STOP), Stream.fail(error))
        const { loss } = error
        if (loss === undefined) return Stream.fail(error)
        hasEnded = false
        return Stream.fromEffect(Effect.as(Effect.logError(error.message), gapOf(task, loss)))
      }

      /** From the positions of the windows to the end or to a loss. */
      const read = (): Stream.Stream<TaskInput, EventLogError> => {
        hasEnded = true
        ticks.owe() // after a gap
        return log.read(task, control.positions(), () => control.demand()).pipe(timed, Stream.catch(afterFailure))
      }

      /**
       * Readings follow each other and are not nested, so losses do not slow down the reading after
       * them.
       */
      const readings = Stream.unfold(undefined, () =>
        Effect.sync(() => (hasEnded ? undefined : ([read(), undefined] as const)))
      )

      const end = Effect.map(Deferred.isDone(stop), (isStopped) => (isStopped ? STOP : END_OF_INPUT))
      return Stream.flatten(readings).pipe(Stream.haltWhen(Deferred.await(stop)), Stream.concat(Stream.fromEffect(end)))
    })
  )
