/**
 * Rows in a replay's range that the replay did not compute. They are from an earlier replay with a
 * longer delay, from the worker with other settings, or from other files.
 *
 *     topics, the replay's size and slide        deleted, with what ends with their last slide
 *     topics, another size or slide              counted: the worker keeps rows of other settings
 *     topics, after a loss that the log reports  counted: lost events may have been in them
 *     topics, before the first event             counted: a log without events proves nothing
 *     files                                      counted: they may be from other files of the task
 */
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { Flush } from "../domain/Flush.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import { FROM_FILES } from "../domain/Task.ts"
import type { Repair } from "./Repair.ts"

/** The key of a row without its task. */
export interface RowKey {
  readonly stream: string
  readonly startMs: number
  readonly endMs: number
}

/** The content of one transaction. */
export interface Sweep {
  /** The repair of the same flush, already written. */
  readonly repair: Repair
  readonly window: WindowSettings
  /** All windows that start after it (open bound) ... */
  readonly afterMs: number
  /** ... and at or before this one (closed bound), inside the repair's range, are computed. */
  readonly toMs: number
  /** The computed windows that have a row. */
  readonly rows: ReadonlyArray<RowKey>
  /** Whether other rows of the same size and slide are deleted. */
  readonly deletes: boolean
}

export interface Swept {
  readonly rowsRemoved: number
  readonly momentsRemoved: number
  readonly broadcastsRemoved: number
  /** Rows that the replay did not compute and that stay. */
  readonly rowsLeft: number
}

export const NOTHING_SWEPT: Swept = { rowsRemoved: 0, momentsRemoved: 0, broadcastsRemoved: 0, rowsLeft: 0 }

/** Turns the flushes of a task into sweeps, in order. Each window start is in one sweep. */
export class Sweeps {
  readonly #window: WindowSettings
  readonly #isOfFiles: boolean
  /**
   * Windows that start at or before it (closed bound) are swept. For files: set by the first row.
   */
  #sweptToMs: number | undefined
  #lastEndMs = Number.NEGATIVE_INFINITY
  #waiting: ReadonlyArray<RowKey> = []
  #isLossy = false
  #hasEvents = false

  constructor({
    sourcePartition,
    watermarkMs,
    window
  }: Pick<Checkpoint, "sourcePartition" | "watermarkMs" | "window">) {
    this.#window = window
    this.#isOfFiles = sourcePartition === FROM_FILES
    this.#sweptToMs = this.#isOfFiles ? undefined : watermarkMs - window.sizeMs
  }

  /** Returns `undefined` if the flush completed no window. */
  step({ checkpoint: { watermarkMs }, gaps, status }: Flush, repair: Repair): Sweep | undefined {
    const { fromMs, toMs: rangeToMs } = repair.range
    if (gaps.length > 0) this.#isLossy = true
    if (status.events + status.late > 0) this.#hasEvents = true
    const rows = [...this.#waiting, ...repair.rows.map(({ endMs, startMs, stream }) => ({ stream, startMs, endMs }))]
    const [first] = rows
    if (first !== undefined) this.#sweptToMs ??= first.startMs - 1
    // Rows are in order of their ends.
    this.#lastEndMs = rows.at(-1)?.endMs ?? this.#lastEndMs
    const completeToMs = Math.min(watermarkMs, this.#isOfFiles ? this.#lastEndMs : rangeToMs)
    this.#waiting = rows.filter(({ endMs }) => endMs > completeToMs)
    // Smaller windows may start after `completeToMs - sizeMs` and still end inside the range.
    const toMs = completeToMs === rangeToMs ? rangeToMs : completeToMs - this.#window.sizeMs
    if (this.#sweptToMs === undefined || toMs <= this.#sweptToMs) return undefined
    const afterMs = Math.max(this.#sweptToMs, fromMs - 1)
    this.#sweptToMs = toMs
    return {
      repair,
      window: this.#window,
      afterMs,
      toMs,
      rows: rows.filter(({ endMs }) => endMs <= completeToMs),
      deletes: !this.#isOfFiles && !this.#isLossy && this.#hasEvents
    }
  }
}
