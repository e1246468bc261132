/**
 * What later windows are compared with, of all streams of a task: a slice for each start of a window, in it a place for each stream. Flat numbers, since there is one for each live stream and
 * each slide of the look-back: objects would be most of the worker's memory.
 */
import type { PastWindow, WindowValues } from "../domain/SummaryRow.ts"

/** The rows of the windows of one start, by the streams' numbers. */
class Slice {
  /** -1 = no row. */
  #chatCounts: Int32Array
  /** NaN = null, as in the next. */
  #sentiments: Float64Array
  #viewers: Float64Array
  readonly #emotes: Array<ReadonlyArray<string> | undefined> = []

  constructor(streams: number) {
    this.#chatCounts = new Int32Array(streams).fill(-1)
    this.#sentiments = new Float64Array(streams)
    this.#viewers = new Float64Array(streams)
  }

  set(stream: number, { avgSentiment, avgViewers, chatCount, topEmotes }: WindowValues): void {
    if (stream >= this.#chatCounts.length) this.#growTo(Math.ceil((stream + 1) * 1.25))
    this.#chatCounts[stream] = chatCount
    this.#sentiments[stream] = avgSentiment ?? Number.NaN
    this.#viewers[stream] = avgViewers ?? Number.NaN
    this.#emotes[stream] = topEmotes.length === 0 ? undefined : topEmotes
  }

  has(stream: number): boolean {
    return (this.#chatCounts[stream] ?? -1) >= 0
  }

  get(stream: number): WindowValues | undefined {
    if (!this.has(stream)) return undefined
    return {
      chatCount: this.#chatCounts[stream] ?? 0,
      avgSentiment: orNull(this.#sentiments[stream]),
      avgViewers: orNull(this.#viewers[stream]),
      topEmotes: this.#emotes[stream] ?? NO_EMOTES
    }
  }

  #growTo(streams: number): void {
    const chatCounts = new Int32Array(streams).fill(-1)
    chatCounts.set(this.#chatCounts)
    this.#chatCounts = chatCounts
    const sentiments = new Float64Array(streams)
    sentiments.set(this.#sentiments)
    this.#sentiments = sentiments
    const viewers = new Float64Array(streams)
    viewers.set(this.#viewers)
    this.#viewers = viewers
  }
}

const NO_EMOTES: ReadonlyArray<string> = []

const orNull = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value)

/** A stream's number, and the starts of its first and last row; a free number has the first after the last. */
interface Span {
  readonly number: number
  firstMs: number
  lastMs: number
}

export class History {
  readonly #slideMs: number
  readonly #slices = new Map<number, Slice>()
  readonly #spans = new Map<string, Span>()
  /** Numbers of streams that were forgotten. */
  readonly #free: Array<number> = []

  constructor(slideMs: number) {
    this.#slideMs = slideMs
  }

  /** Adds a row, which starts after all others of its stream. */
  push(row: PastWindow): void {
    const { startMs, stream } = row
    let span = this.#spans.get(stream)
    if (span === undefined) {
      span = { number: this.#free.pop() ?? this.#spans.size, firstMs: startMs, lastMs: startMs }
      this.#spans.set(stream, span)
    }
    span.lastMs = startMs
    let slice = this.#slices.get(startMs)
    if (slice === undefined) this.#slices.set(startMs, (slice = new Slice(this.#spans.size)))
    slice.set(span.number, row)
  }

  /** Drops the rows that start before `startMs` (open bound). Costs what is dropped. */
  dropBefore(startMs: number): void {
    for (const start of this.#slices.keys()) if (start < startMs) this.#slices.delete(start)
  }

  /** Forgets the streams all of whose rows are dropped, and tells of each. Costs the number of streams. */
  sweep(startMs: number, onForgotten: (stream: string) => void): void {
    for (const [stream, { lastMs, number }] of this.#spans) {
      if (lastMs >= startMs) continue
      this.#spans.delete(stream)
      this.#free.push(number)
      onForgotten(stream)
    }
  }

  /**
   * The rows of a stream that start k strides before `startMs`, k = 1 to at most `windows`, back to its earliest row within that reach, which must not have been dropped. `undefined` where it
   * has none.
   */
  before(stream: string, startMs: number, strideMs: number, windows: number): ReadonlyArray<WindowValues | undefined> {
    const span = this.#spans.get(stream)
    if (span === undefined) return []
    const earliest = this.#firstFrom(span, startMs - windows * strideMs)
    const found: Array<WindowValues | undefined> = []
    for (let start = startMs - strideMs; start >= earliest; start -= strideMs) {
      found.push(this.#slices.get(start)?.get(span.number))
    }
    return found
  }

  /** Start of the stream's first row at or after `startMs` (closed bound); `+Infinity` when there is none. Forward only, a step for each slide. */
  #firstFrom(span: Span, startMs: number): number {
    if (span.lastMs < startMs) return Number.POSITIVE_INFINITY
    if (span.firstMs < startMs) {
      let first = startMs
      while (this.#slices.get(first)?.has(span.number) !== true) first += this.#slideMs
      span.firstMs = first
    }
    return span.firstMs
  }
}
