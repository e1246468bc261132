/** A task's inputs as one Stream: the log's batches with the time at which they were read, ticks among them, and how it ends. */
import { Clock, Deferred, Effect, Stream } from "effect"
import type { Batch } from "../domain/Batch.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import { EventLog, type EventLogError } from "../source/EventLog.ts"
import type { EndOffsets } from "../domain/EndOffsets.ts"
import type { TaskInput } from "../domain/TaskInput.ts"
import type { TaskActivity } from "./TaskActivity.ts"
import type { WindowStage } from "../windowing/TaskWindows.ts"

/** How often time passes for a task, at most. */
const TICK_MS = 100

const STOP: TaskInput = { _tag: "Stop" }
const END_OF_INPUT: TaskInput = { _tag: "EndOfInput" }

/** Cuts a batch into pieces of at most `size` records, none of which reaches across `rereadEnd`; the positions between them are those of the records. */
const split = (batch: Batch, size: number, rereadEnd: bigint): ReadonlyArray<Batch> => {
  const { input, nextOffset, records } = batch
  const reachesAcross = (records[0]?.offset ?? rereadEnd) < rereadEnd && nextOffset > rereadEnd
  if (records.length <= size && !reachesAcross) return [batch]
  const pieces: Array<Batch> = []
  let from = 0
  for (const [index, { offset }] of records.entries()) {
    const isFirstNew = offset >= rereadEnd && (records[index - 1]?.offset ?? rereadEnd) < rereadEnd
    if (index - from < size && !isFirstNew) continue
    pieces.push({ input, records: records.slice(from, index), nextOffset: offset })
    from = index
  }
  pieces.push(from === 0 ? batch : { input, records: records.slice(from), nextOffset })
  return pieces
}

export interface TaskInputsOptions {
  readonly task: TaskDefinition
  /** Says what may be read and from where, and whether end offsets are wanted. */
  readonly windows: Pick<WindowStage, "demand" | "positions" | "wantsEnds">
  /** Knows when the task pulls from the log and when it works on what it has pulled. */
  readonly activity: Pick<TaskActivity, "busy" | "pulls">
  readonly batchRecords: number
  /** Per input, where the re-read ends (open bound). */
  readonly rereadEnds: ReadonlyArray<bigint>
  /** Once done, the stream ends with `Stop`. */
  readonly stop: Deferred.Deferred<void>
}

export const taskInputs = (options: TaskInputsOptions): Stream.Stream<TaskInput, EventLogError, EventLog> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { activity, batchRecords, rereadEnds, stop, task, windows } = options
      const log = yield* EventLog
      const scope = yield* Effect.scope
      let tickedAtMs = Number.NEGATIVE_INFINITY
      let ends: EndOffsets | undefined
      let asking = false
      /** Whether nothing is left to read; a loss has more behind it. */
      let hasEnded = false

      // Asked for beside the stream: a log that doesn't answer must not keep results from being flushed. No answer = nobody becomes idle.
      const askForEnds = (requestedAtMs: number) =>
        log.endOffsets(task).pipe(
          Effect.tap((offsets) => Effect.sync(() => (ends = { requestedAtMs, offsets }))),
          Effect.catch((error) => Effect.logDebug(`end offsets of task ${task.sourcePartition}: ${error.message}`)),
          Effect.ensuring(Effect.sync(() => (asking = false))),
          Effect.forkIn(scope)
        )

      const withTime = Effect.fnUntraced(function* (batch: Batch) {
        const clockMs = yield* Clock.currentTimeMillis
        const nowMs = yield* monotonicMs
        const rereadEnd = rereadEnds[batch.input]
        if (rereadEnd === undefined) throw new RangeError(`the task has no input ${batch.input}`)
        const inputs: Array<TaskInput> = split(batch, batchRecords, rereadEnd).map((piece) => ({
          _tag: "Batch",
          batch: piece,
          clockMs
        }))
        if (nowMs - tickedAtMs >= TICK_MS) {
          inputs.push({
            _tag: "Tick",
            clockMs,
            monotonicMs: nowMs,
            ends,
            openTransactions: yield* log.openTransactions(task)
          })
          tickedAtMs = nowMs
          ends = undefined
          if (!asking && windows.wantsEnds(nowMs)) {
            asking = true
            yield* askForEnds(nowMs)
          }
        }
        activity.busy(nowMs)
        return inputs
      })

      /** What a failed reading means for the task: a loss is gone over, a task that is no longer ours flushes and ends. */
      const afterFailure = (error: EventLogError): Stream.Stream<TaskInput, EventLogError> => {
        if (error.reason === "Revoked") return Stream.concat(Stream.succeed(STOP), Stream.fail(error))
        const { loss } = error
        if (loss === undefined) return Stream.fail(error)
        const input = task.inputs.findIndex(
          ({ partition, topic }) => topic === loss.topic && partition === loss.partition
        )
        const gap: TaskInput = { _tag: "Gap", input, toOffset: loss.start }
        hasEnded = false
        return Stream.fromEffect(Effect.as(Effect.logError(error.message), gap))
      }

      /** From where the task stands to the end or to a loss. */
      const read = (): Stream.Stream<TaskInput, EventLogError> => {
        hasEnded = true
        return log
          .read(task, windows.positions(), () => windows.demand())
          .pipe(
            (batches) =>
              Stream.transformPull(batches, (pull) =>
                Effect.succeed(
                  Effect.andThen(
                    Effect.sync(() => activity.pulls()),
                    pull
                  )
                )
              ),
            Stream.mapEffect(withTime),
            Stream.flattenIterable,
            Stream.catch(afterFailure)
          )
      }

      /** One reading after the other, not within the other: losses do not slow down what is read after them. */
      const readings = Stream.unfold(undefined, () =>
        Effect.sync(() => (hasEnded ? undefined : ([read(), undefined] as const)))
      )

      return Stream.flatten(readings).pipe(
        Stream.haltWhen(Deferred.await(stop)),
        Stream.concat(
          Stream.fromEffect(Effect.map(Deferred.isDone(stop), (stopped) => (stopped ? STOP : END_OF_INPUT)))
        )
      )
    })
  )
