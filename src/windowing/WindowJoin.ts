/** Joins the halves of a task's inputs into rows. A row is given once the task's watermark has reached its window's end. */
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import type { WindowSummary } from "../domain/SummaryRow.ts"
import { countOf, type Half, join, topEmotes } from "./Half.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"
import type { ClosedHalf } from "./WindowOperator.ts"

export class WindowJoin {
  readonly #windows: SlidingWindows
  readonly #topEmotes: number
  readonly #pending = new Map<number, Map<string, Half>>()

  constructor(windows: SlidingWindows, topEmotes: number) {
    this.#windows = windows
    this.#topEmotes = topEmotes
  }

  /** Takes a half, which belongs to the join from now on. */
  add({ stream, endMs, half }: ClosedHalf): void {
    let streams = this.#pending.get(endMs)
    if (streams === undefined) this.#pending.set(endMs, (streams = new Map()))
    const other = streams.get(stream)
    if (other === undefined) streams.set(stream, half)
    else join(other, half)
  }

  /** The windows that end at or before `watermarkMs` (closed bound), in order of (end, stream by code unit). Every input must have closed them. */
  emit(watermarkMs: number, isComplete: (startMs: number, endMs: number) => boolean): ReadonlyArray<WindowSummary> {
    const ends = [...this.#pending.keys()].filter((endMs) => endMs <= watermarkMs).sort((a, b) => a - b)
    return ends.flatMap((endMs) => {
      const streams = this.#pending.get(endMs) ?? new Map<string, Half>()
      this.#pending.delete(endMs)
      const complete = isComplete(endMs - this.#windows.sizeMs, endMs)
      return [...streams]
        .sort(([a], [b]) => byCodeUnit(a, b))
        .map(([stream, half]) => this.#summarise(stream, endMs, half, complete))
    })
  }

  /** End of the last window that waits for the task's watermark; `-Infinity` when none does. */
  lastPendingEnd(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const endMs of this.#pending.keys()) last = Math.max(last, endMs)
    return last
  }

  /** Each quotient is one division of two exact integers. */
  #summarise(stream: string, endMs: number, half: Half, complete: boolean): WindowSummary {
    return {
      stream,
      startMs: EventTimeMs(endMs - this.#windows.sizeMs),
      endMs: EventTimeMs(endMs),
      chatCount: half.chatCount,
      uniqueChatters: countOf(half.chatters),
      avgSentiment: half.chatCount === 0 ? null : half.scoreMicro / (half.chatCount * 1_000_000),
      positiveCount: half.positive,
      negativeCount: half.negative,
      chatRate: (half.chatCount * 1000) / this.#windows.sizeMs,
      avgViewers: half.viewerSamples === 0 ? null : half.viewerSum / half.viewerSamples,
      topEmotes: half.emotes instanceof Map ? topEmotes(half.emotes, this.#topEmotes) : half.emotes,
      complete
    }
  }
}
