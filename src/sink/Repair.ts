/**
 * The changes that a replay makes to existing tables. Everything else stays unchanged.
 *
 * **Windows**: those inside the range. Windows at its edges contain events from outside.
 *
 * **Moments**: those for which the replay read every slide that can change them.
 *
 *     range        |--------------------------------------------------|
 *     a rise            |=====|.........|                               slides from its first
 *                                                                       to 90 s after its end,
 *                                                                       when no part can join
 *     a silence               |=====|#                                  its row comes with the
 *                                                                       slide in which the chat
 *                                                                       returns
 *     a loss                    |=========#                             its row comes with its
 *                                                                       last slide, at least two
 *                                                                       minutes after its first
 *     reaches across    |=======================================|............|  stays unchanged
 *
 * A moment is *settled* when two conditions hold. Its first slide is inside the range. Its last
 * slide ({@link lastSlideEnd}) is {@link momentsReachMs} before the range's end and before the
 * watermark. Falls are final sooner, but one rule for all is simpler.
 *
 * A moment in the tables is deleted when all of these hold:
 *
 * - its first slide is inside the range
 * - its last slide is a settled window of its stream that the replay computed
 * - the replay found no moment of its key
 *
 * A moment that continues beyond that window counts as found, though it is not settled. A moment
 * without such a window stays: this protects the moments of other files, because all files are one
 * task.
 *
 * **Broadcasts**: those whose first slide is inside the range and that are over: they ended
 * {@link broadcastsReachMs} before the range's end and before the watermark. One in the tables is
 * deleted if the same holds for it, and the replay found no broadcast of its key. The replay must
 * have computed the window that ends with it.
 *
 * Tables that already hold the replay's results stay unchanged. Each settled moment is present and
 * equal, and each moment whose last slide is settled is found.
 */
import { STORE_SLIDES } from "../domain/Baseline.ts"
import { type Broadcast, type BroadcastKey, broadcastKeyText } from "../domain/Broadcast.ts"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import { type Moment, type MomentKey, momentKeyText, momentsReachMs, withLatestContent } from "../domain/Moment.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"

/** Event time in ms since the epoch; infinite if a side is unbounded. */
export interface RepairRange {
  /** Windows that start at or after it (closed bound) ... */
  readonly fromMs: number
  /** ... and end at or before it (closed bound). */
  readonly toMs: number
}

/**
 * The end of the last slide that changed a moment. A silence ends one slide before the chat
 * returns.
 */
export const lastSlideEnd = (
  { endedAtMs, openedAs }: Pick<Moment, "endedAtMs" | "openedAs">,
  slideMs: number
): number => (openedAs === "chat_drop" ? endedAtMs + slideMs : endedAtMs)

/** A window of a stream. All moments whose last slide is its slide are final. */
export interface SettledWindow {
  readonly stream: string
  readonly endMs: EventTimeMs
}

/** The content of one transaction. Writing it is idempotent. */
export interface Repair {
  readonly sourcePartition: number
  readonly range: RepairRange
  readonly slideMs: number
  /** Each window once, in order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<SummaryRow>
  /** The settled moments. */
  readonly moments: ReadonlyArray<Moment>
  /**
   * Selects the moments to delete: timestamp at or after `momentsFromMs` (closed bound), last slide
   * in one of these windows, key not in `found`.
   */
  readonly settled: ReadonlyArray<SettledWindow>
  readonly momentsFromMs: number
  readonly found: ReadonlyArray<MomentKey>
  /** The settled broadcasts. */
  readonly broadcasts: ReadonlyArray<Broadcast>
  /** Broadcasts of the tables that end at or before this (closed bound) are over. */
  readonly overToMs: number
  /**
   * Selects the broadcasts to delete: start at or after `momentsFromMs` (closed bound), end that of
   * one of these windows, key not in `foundBroadcasts`.
   */
  readonly over: ReadonlyArray<SettledWindow>
  readonly foundBroadcasts: ReadonlyArray<BroadcastKey>
  readonly deadLetters: ReadonlyArray<DeadLetter>
}

/**
 * How long ago a broadcast has ended when no slide can continue it, and the flushes hold its last
 * state (closed bound).
 */
export const broadcastsReachMs = ({ slideMs }: WindowSettings, sessionGapMs: number): number =>
  sessionGapMs + (STORE_SLIDES + 2) * slideMs

/**
 * Turns the flushes of a task into repairs, in order. Owns the unsettled part: at most the windows
 * of {@link momentsReachMs}, and the moments and broadcasts that may change.
 */
export class Repairs {
  readonly #range: RepairRange
  readonly #window: WindowSettings
  /** Each with the state after the last slide that changed it. */
  readonly #open = new Map<string, Moment>()
  /** The latest state of each. */
  readonly #openBroadcasts = new Map<string, Broadcast>()
  readonly #broadcastsReachMs: number
  #unsettled: ReadonlyArray<SettledWindow> = []
  /** The streams of the windows that are not over, by their ends, ascending. */
  readonly #notOver = new Map<EventTimeMs, Array<string>>()

  constructor(range: RepairRange, window: WindowSettings, sessionGapMs: number) {
    this.#broadcastsReachMs = broadcastsReachMs(window, sessionGapMs)
    this.#range = range
    this.#window = window
  }

  step({ broadcasts, checkpoint, deadLetters, moments, rows: all }: Flush): Repair {
    const { fromMs, toMs } = this.#range
    const { sizeMs, slideMs } = this.#window
    const rows = all.filter(({ endMs, startMs }) => startMs >= fromMs && endMs <= toMs)
    const computedToMs = Math.min(checkpoint.watermarkMs, toMs)
    const settledToMs = computedToMs - momentsReachMs(this.#window)
    const momentsFromMs = fromMs + sizeMs - slideMs

    for (const moment of moments) {
      const key = momentKeyText(moment)
      this.#open.set(key, withLatestContent(moment, this.#open.get(key)))
    }
    const found = [...this.#open.values()]
    const settled = found.filter((moment) => lastSlideEnd(moment, slideMs) <= settledToMs)
    for (const moment of settled) this.#open.delete(momentKeyText(moment))

    for (const broadcast of broadcasts) this.#openBroadcasts.set(broadcastKeyText(broadcast), broadcast)
    const foundBroadcasts = [...this.#openBroadcasts.values()]
    const overToMs = computedToMs - this.#broadcastsReachMs
    const ended = foundBroadcasts.filter(({ endedAtMs }) => endedAtMs <= overToMs)
    for (const broadcast of ended) this.#openBroadcasts.delete(broadcastKeyText(broadcast))

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
      broadcasts: ended.filter(({ startedAtMs }) => startedAtMs >= momentsFromMs),
      overToMs,
      over: this.#over(rows, overToMs),
      foundBroadcasts,
      deadLetters
    }
  }

  /** The windows that end at or before `overToMs` (closed bound), each returned once. */
  #over(rows: ReadonlyArray<SettledWindow>, overToMs: number): ReadonlyArray<SettledWindow> {
    for (const { endMs, stream } of rows) {
      const streams = this.#notOver.get(endMs) ?? []
      this.#notOver.set(endMs, streams)
      streams.push(stream)
    }
    const over: Array<SettledWindow> = []
    for (const [endMs, streams] of this.#notOver) {
      if (endMs > overToMs) break
      this.#notOver.delete(endMs)
      for (const stream of streams) over.push({ endMs, stream })
    }
    return over
  }
}
