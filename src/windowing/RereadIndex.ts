/**
 * Where one input must be read again after a failure: the lowest offset that is counted in a window
 * not yet emitted.
 */
import type { EventColumns } from "../domain/EventColumns.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"

export interface RereadPoint {
  readonly offset: bigint
  /** Greatest event time accepted before `offset`: the input's watermark starts from it again. */
  readonly maxTimeBeforeMs: EventTimeMs
}

export class RereadIndex {
  readonly #windows: SlidingWindows
  /** The first record counted in each pane: offsets grow, so none counted later is lower. */
  readonly #firstOfPane = new Map<number, RereadPoint>()

  /** The pane noted last, which is usually that of the next record. */
  #notedPane = Number.NaN

  constructor(windows: SlidingWindows) {
    this.#windows = windows
  }

  /**
   * Notes a counted event of a pane. `maxTimeBeforeMs` is the greatest event time accepted before
   * it, `BEFORE_ALL` when it is the first.
   */
  note(pane: number, events: EventColumns, event: number, maxTimeBeforeMs: EventTimeMs): void {
    if (pane === this.#notedPane) return
    this.#notedPane = pane
    if (!this.#firstOfPane.has(pane)) this.#firstOfPane.set(pane, { offset: events.offsetAt(event), maxTimeBeforeMs })
  }

  /**
   * The re-read point under the task's watermark, or `next` where no counted record is needed any
   * more. Forgets the panes of emitted windows; costs the number of open panes.
   */
  at(watermarkMs: EventTimeMs, next: RereadPoint): RereadPoint {
    let lowest = next
    for (const [pane, point] of this.#firstOfPane) {
      if (this.#windows.lastEndOfPane(pane) <= watermarkMs) this.#firstOfPane.delete(pane)
      else if (point.offset < lowest.offset) lowest = point
    }
    return lowest
  }
}
