/**
 * What stands in a replay's range and the replay did not compute: rows of an earlier replay under a longer delay, of the worker under other settings, of other files.
 *
 *     topics, the replay's own size and slide     deleted, with the moments whose last slide they are: the range holds what the replay computed
 *     topics, another size or slide               counted: the worker leaves them when its settings change
 *     topics, after a loss that the log reports   counted: what the log has lost may have been in them
 *     topics, before the first event              counted: without events a log says nothing about the range
 *     files                                       counted: all files are one task, so they may be of other files
 */
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { Flush } from "../domain/Flush.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import { FROM_FILES } from "../domain/Task.ts"
import type { Repair } from "./Repair.ts"

/** The key of a row, but for its task. */
export interface RowKey {
  readonly stream: string
  readonly startMs: number
  readonly endMs: number
}

/** One transaction's worth. */
export interface Sweep {
  /** The repair of the same flush, which was written before. */
  readonly repair: Repair
  readonly window: WindowSettings
  /** All windows that start after it (open bound) ... */
  readonly afterMs: number
  /** ... and at or before this one (closed bound), inside the repair's range, are computed. */
  readonly toMs: number
  /** Those of them that have a row. */
  readonly rows: ReadonlyArray<RowKey>
  /** Whether other rows of the window's size and slide are deleted. */
  readonly deletes: boolean
}

export interface Swept {
  readonly rowsRemoved: number
  readonly momentsRemoved: number
  /** Rows that stay although the replay did not compute them. */
  readonly rowsLeft: number
}

export const NOTHING_SWEPT: Swept = { rowsRemoved: 0, momentsRemoved: 0, rowsLeft: 0 }

/** Turns the flushes of a task into sweeps, in their order: each window start once. */
export class Sweeps {
  readonly #window: WindowSettings
  readonly #isOfFiles: boolean
  /** Windows that start at or before it (closed bound) are swept. Of files, from the first row on. */
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

  /** `undefined` if no window has been completed. */
  step({ checkpoint: { watermarkMs }, gaps, status }: Flush, repair: Repair): Sweep | undefined {
    const { fromMs, toMs: rangeToMs } = repair.range
    if (gaps.length > 0) this.#isLossy = true
    if (status.events + status.late > 0) this.#hasEvents = true
    const rows = [...this.#waiting, ...repair.rows.map(({ endMs, startMs, stream }) => ({ stream, startMs, endMs }))]
    const [first] = rows
    if (first !== undefined) this.#sweptToMs ??= first.startMs - 1
    // in order of their ends
    this.#lastEndMs = rows.at(-1)?.endMs ?? this.#lastEndMs
    const completeToMs = Math.min(watermarkMs, this.#isOfFiles ? this.#lastEndMs : rangeToMs)
    this.#waiting = rows.filter(({ endMs }) => endMs > completeToMs)
    // of another size, more windows begin before the range's end
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
