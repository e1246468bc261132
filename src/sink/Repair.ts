/**
 * What a replay writes into tables that exist. Everything else stays as it is.
 *
 * **Windows**: those wholly inside the range. Windows at its edges hold events from outside.
 *
 * **Moments**: those of which the replay has seen every slide that can change them.
 *
 *     range        |--------------------------------------------------|
 *     a rise            |=====|.........|                               slides from the first one to 90 s after its end, when no part can join any more
 *     a silence               |=====|#                                  its row comes with the slide in which the chat is back
 *     a loss                    |=========#                             its row comes with its last slide, two minutes or more after the first
 *     reaches across    |=======================================|............|      stays as it is
 *
 * So a moment counts when its first slide is inside the range, and its last slide ({@link lastSlideEnd}) lies {@link momentsReachMs} before the range's end and before
 * the watermark. From then on it is *settled*. Falls are final sooner, but wait as well: one rule for all.
 *
 * A moment in the tables is deleted when its first slide is inside the range, its last slide is a window of its stream that the replay has computed and that is settled, and the replay has found
 * no moment of its key. It names what it has found in that window or before: a moment that goes on beyond it is found, though not settled. A moment without such a window stays. That protects the
 * moments of other files: all files are one task.
 *
 * Tables that hold what the replay computes stay unchanged: each settled moment is there, equal, and each moment whose last slide is settled is found.
 */
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import { type Moment, type MomentKey, momentsReachMs } from "../domain/Moment.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"

/** Event time, in ms since the epoch; infinite where a side is unbounded. */
export interface RepairRange {
  /** Windows that start at or after it (closed bound) ... */
  readonly fromMs: number
  /** ... and end at or before it (closed bound). */
  readonly toMs: number
}

/** End of the last slide that changed a moment. A silence ends one slide before the chat is back. */
export const lastSlideEnd = (
  { endedAtMs, openedAs }: Pick<Moment, "endedAtMs" | "openedAs">,
  slideMs: number
): number => (openedAs === "chat_drop" ? endedAtMs + slideMs : endedAtMs)

/** A window of a stream. Every moment that its slide was the last to change is final. */
export interface SettledWindow {
  readonly stream: string
  readonly endMs: EventTimeMs
}

/** One transaction's worth. Writing it twice changes nothing more. */
export interface Repair {
  readonly sourcePartition: number
  readonly range: RepairRange
  readonly slideMs: number
  /** Each window once, in order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<SummaryRow>
  /** Moments that are settled. */
  readonly moments: ReadonlyArray<Moment>
  /** Moments in the tables are deleted whose timestamp is at or after `momentsFromMs` (closed bound), whose last slide is one of these windows, and which `found` does not name. */
  readonly settled: ReadonlyArray<SettledWindow>
  readonly momentsFromMs: number
  readonly found: ReadonlyArray<MomentKey>
  readonly deadLetters: ReadonlyArray<DeadLetter>
}

const keyOf = ({ openedAs, stream, timestampMs }: MomentKey): string => JSON.stringify([stream, timestampMs, openedAs])

/** Turns the flushes of a task into repairs, in their order. Owns what it has seen and not settled: at most the windows of {@link momentsReachMs}, and the moments that may change. */
export class Repairs {
  readonly #range: RepairRange
  readonly #window: WindowSettings
  /** As after the last slide that changed them. */
  readonly #open = new Map<string, Moment>()
  #unsettled: ReadonlyArray<SettledWindow> = []

  constructor(range: RepairRange, window: WindowSettings) {
    this.#range = range
    this.#window = window
  }

  step({ checkpoint, deadLetters, moments, rows: all }: Flush): Repair {
    const { fromMs, toMs } = this.#range
    const { sizeMs, slideMs } = this.#window
    const rows = all.filter(({ endMs, startMs }) => startMs >= fromMs && endMs <= toMs)
    const settledToMs = Math.min(checkpoint.watermarkMs, toMs) - momentsReachMs(this.#window)
    const momentsFromMs = fromMs + sizeMs - slideMs

    for (const moment of moments) this.#open.set(keyOf(moment), moment)
    const found = [...this.#open.values()]
    const settled = found.filter((moment) => lastSlideEnd(moment, slideMs) <= settledToMs)
    for (const moment of settled) this.#open.delete(keyOf(moment))

    const windows = [...this.#unsettled, ...rows]
    this.#unsettled = windows.filter(({ endMs }) => endMs > settledToMs).map(({ endMs, stream }) => ({ endMs, stream }))
    return {
      sourcePartition: checkpoint.sourcePartition,
      range: this.#range,
      slideMs,
      rows,
      moments: settled.filter(({ timestampMs }) => timestampMs >= momentsFromMs),
      settled: windows.filter(({ endMs }) => endMs <= settledToMs),
      momentsFromMs,
      found,
      deadLetters
    }
  }
}
