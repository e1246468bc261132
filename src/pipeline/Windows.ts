/**
 * Stage "windows": events become the rows of closed windows, each with the position that it covers.
 */
import { Deferred, Effect, Stream } from "effect"
import { isArrayNonEmpty } from "effect/Array"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { TaskWindows } from "../windowing/TaskWindows.ts"
import type { WindowInput, WindowOutput } from "../windowing/WindowOutput.ts"
import { maxResults } from "./FlushBuilder.ts"

/** Rows of one element, at most. Bounds the work and the memory between two pulls. */
const PART_ROWS = 1000

export interface WindowsOptions {
  readonly windows: TaskWindows
  readonly settings: PipelineSettings
  /** Once done, all but `Stop` is dropped: the rest is read again after the restart. */
  readonly stop: Deferred.Deferred<void>
}

const isStop = ({ _tag }: WindowInput): boolean => _tag === "Stop"

/**
 * Emits rows one element at a time and pulls the next input only when all rows of the last one are
 * pulled. So rows are computed on demand, and a stop takes effect between two elements. Elements
 * without rows are emitted together with the next one of the same pull.
 */
export const windows =
  ({ settings, stop, windows }: WindowsOptions) =>
  <E, R>(inputs: Stream.Stream<WindowInput, E, R>): Stream.Stream<WindowOutput, E, R> =>
    Stream.transformPull(inputs, (pull) =>
      Effect.sync(() => {
        const maxRows = Math.min(PART_ROWS, maxResults(settings))
        /** Pulled but not yet processed. */
        let waiting: Array<WindowInput> = []
        let input: WindowInput | undefined
        let results: Iterator<WindowOutput | undefined, void> | undefined
        return Effect.gen(function* () {
          const emitted: Array<WindowOutput> = []
          if (Deferred.isDoneUnsafe(stop)) {
            results = undefined
            waiting = waiting.filter(isStop)
          }
          for (;;) {
            if (results === undefined) {
              input = waiting.shift()
              if (input !== undefined) results = windows.results(input, maxRows)
              else if (isArrayNonEmpty(emitted)) return emitted
              else waiting = [...(yield* pull)]
              continue
            }
            const { done, value } = results.next()
            if (done === true) {
              results = undefined
              // The windows have copied what they keep.
              if (input?._tag === "Decoded") input.events.release()
            } else if (value === undefined) yield* Effect.yieldNow
            else {
              emitted.push(value)
              if (value.rows.length > 0 && isArrayNonEmpty(emitted)) return emitted
            }
          }
        })
      })
    )
