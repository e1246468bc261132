/**
 * What a replay writes into tables that stand: the windows wholly inside its range, and the moments that begin and end in it. Everything else stays as it is: windows
 * at its edges hold events from outside, and of a moment that reaches across an edge only a part was seen.
 */
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import type { Moment, MomentType } from "../domain/Moment.ts"
import type { WindowSettings } from "../domain/Settings.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"

/** Event time, in ms since the epoch; infinite where a side is unbounded. */
export interface RepairRange {
  /** Windows that start at or after it (closed bound) ... */
  readonly fromMs: number
  /** ... and end at or before it (closed bound). */
  readonly toMs: number
}

/** What names a moment in its task. */
export interface MomentKey {
  readonly stream: string
  readonly type: MomentType
  readonly timestampMs: EventTimeMs
}

/** A window of a stream of which it is known by now whether a moment ended with it. */
export interface SettledWindow {
  readonly stream: string
  readonly endMs: EventTimeMs
}

/** One transaction's worth. Writing it twice changes nothing more. */
export interface Repair {
  readonly sourcePartition: number
  readonly range: RepairRange
  /** Each window once, in order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<SummaryRow>
  /** Moments that have ended, whole. */
  readonly moments: ReadonlyArray<Moment>
  /** A moment of the tables whose timestamp is at or after `momentsFromMs` (closed bound) and whose last window is one of these is no more, unless `found` names it. */
  readonly settled: ReadonlyArray<SettledWindow>
  readonly momentsFromMs: number
  readonly found: ReadonlyArray<MomentKey>
  readonly deadLetters: ReadonlyArray<DeadLetter>
}

const keyOf = ({ stream, timestampMs, type }: MomentKey): string => JSON.stringify([stream, type, timestampMs])

/** Turns the flushes of a task into repairs, in their order. Owns what it has seen and not settled: at most a slide's windows, and the moments that go on. */
export class Repairs {
  readonly #range: RepairRange
  readonly #window: WindowSettings
  /** As after the last of their windows. */
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
    // whether a moment goes on is seen in the window after its last one: that must be in the range, too
    const settledToMs = Math.min(checkpoint.watermarkMs, toMs) - slideMs
    const momentsFromMs = fromMs + sizeMs - slideMs

    for (const moment of moments) this.#open.set(keyOf(moment), moment)
    const found = [...this.#open.values()]
    const ended = found.filter(({ endedAtMs }) => endedAtMs <= settledToMs)
    for (const moment of ended) this.#open.delete(keyOf(moment))

    const windows = [...this.#unsettled, ...rows]
    this.#unsettled = windows.filter(({ endMs }) => endMs > settledToMs).map(({ endMs, stream }) => ({ endMs, stream }))
    return {
      sourcePartition: checkpoint.sourcePartition,
      range: this.#range,
      rows,
      moments: ended.filter(({ timestampMs }) => timestampMs >= momentsFromMs),
      settled: windows.filter(({ endMs }) => endMs <= settledToMs),
      momentsFromMs,
      found,
      deadLetters
    }
  }
}
