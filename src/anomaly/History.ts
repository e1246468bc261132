/**
 * What later windows are compared with, of all streams of a task: a slice for each start of a window, in it a place for each stream. Flat numbers, since there is one for each live stream and
 * each slide of the look-back: objects would be most of the worker's memory.
 */
import type { PastWindow, WindowValues } from "../domain/SummaryRow.ts"

/** Texts of which a few come again and again, in one run of numbers for each list. */
class Lists {
  readonly #texts: Array<string> = []
  readonly #numbers = new Map<string, number>()
  /** Each list's length, then its texts' numbers. */
  #runs = new Int32Array(16)
  /** The run at 0 is the empty list's. */
  #end = 1

  /** Keeps a list. Returns where. */
  add(texts: ReadonlyArray<string>): number {
    if (texts.length === 0) return 0
    const start = this.#end
    this.#end += 1 + texts.length
    if (this.#end > this.#runs.length) this.#runs = grown(this.#runs, new Int32Array(Math.ceil(this.#end * 1.25)))
    this.#runs[start] = texts.length
    for (const [index, text] of texts.entries()) this.#runs[start + 1 + index] = this.#numberOf(text)
    return start
  }

  at(start: number): ReadonlyArray<string> {
    const first = start + 1
    return Array.from(
      this.#runs.subarray(first, first + (this.#runs[start] ?? 0)),
      (number) => this.#texts[number] ?? ""
    )
  }

  #numberOf(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) this.#numbers.set(text, (number = this.#texts.push(text) - 1))
    return number
  }
}

/** `to` with the numbers of `from`, which are no more. */
const grown = <A extends Int32Array | Float64Array>(from: A, to: A): A => {
  to.set(from)
  return to
}

/** The rows of the windows of one start, by the streams' numbers. */
class Slice {
  /** -1 = no row. */
  #chatCounts: Int32Array
  /** NaN = null, as in the next. */
  #sentiments: Float64Array
  #viewers: Float64Array
  /** Where they stand in `#lists`. */
  #topEmotes: Int32Array
  readonly #lists = new Lists()

  constructor(streams: number) {
    this.#chatCounts = new Int32Array(streams).fill(-1)
    this.#sentiments = new Float64Array(streams)
    this.#viewers = new Float64Array(streams)
    this.#topEmotes = new Int32Array(streams)
  }

  set(stream: number, { avgSentiment, avgViewers, chatCount, topEmotes }: WindowValues): void {
    if (stream >= this.#chatCounts.length) this.#growTo(Math.ceil((stream + 1) * 1.25))
    this.#chatCounts[stream] = chatCount
    this.#sentiments[stream] = avgSentiment ?? Number.NaN
    this.#viewers[stream] = avgViewers ?? Number.NaN
    this.#topEmotes[stream] = this.#lists.add(topEmotes)
  }

  has(stream: number): boolean {
    return (this.#chatCounts[stream] ?? -1) >= 0
  }

  get(stream: number): WindowValues | undefined {
    if (!this.has(stream)) return undefined
    return new PastValues(
      this.#chatCounts[stream] ?? 0,
      orNull(this.#sentiments[stream]),
      orNull(this.#viewers[stream]),
      this.#lists,
      this.#topEmotes[stream] ?? 0
    )
  }

  #growTo(streams: number): void {
    this.#chatCounts = grown(this.#chatCounts, new Int32Array(streams).fill(-1))
    this.#sentiments = grown(this.#sentiments, new Float64Array(streams))
    this.#viewers = grown(this.#viewers, new Float64Array(streams))
    this.#topEmotes = grown(this.#topEmotes, new Int32Array(streams))
  }
}

/** One row again; its emotes only where somebody asks. */
class PastValues implements WindowValues {
  readonly chatCount: number
  readonly avgSentiment: number | null
  readonly avgViewers: number | null
  readonly #lists: Lists
  readonly #topEmotes: number

  constructor(
    chatCount: number,
    avgSentiment: number | null,
    avgViewers: number | null,
    lists: Lists,
    topEmotes: number
  ) {
    this.chatCount = chatCount
    this.avgSentiment = avgSentiment
    this.avgViewers = avgViewers
    this.#lists = lists
    this.#topEmotes = topEmotes
  }

  get topEmotes(): ReadonlyArray<string> {
    return this.#lists.at(this.#topEmotes)
  }
}

const orNull = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value)

/** A stream's number, and the starts of its first and last row. */
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

  /** Adds a row, which starts after all others of its stream, or replaces the last one. */
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

  /** Whether the stream is known: it has rows, or they were dropped since the last sweep. */
  has(stream: string): boolean {
    return this.#spans.has(stream)
  }

  /** Drops the rows that start before `startMs` (open bound). Costs what is dropped. */
  dropBefore(startMs: number): void {
    for (const start of this.#slices.keys()) if (start < startMs) this.#slices.delete(start)
  }

  /** Forgets the streams that have no row from `startMs` on, before which all rows must have been dropped. Costs the number of streams. */
  sweep(startMs: number): void {
    for (const [stream, { lastMs, number }] of this.#spans) {
      if (lastMs >= startMs) continue
      this.#spans.delete(stream)
      this.#free.push(number)
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
