/**
 * What has been fetched of one topic partition and not been taken yet. Records go in and out in the order of their offsets, each once.
 */
import type { LogRecord } from "../../domain/Batch.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import type { Committed } from "./Committed.ts"

export interface BufferLimits {
  /** Values' bytes that may wait. */
  readonly bytes: number
  /** Records that may wait. */
  readonly records: number
}

/** A run of records as one fetch gave them. */
interface Run {
  readonly records: ReadonlyArray<LogRecord>
  /** Index of the first record not taken. */
  taken: number
  /** Bytes of the values not taken, as if all were equally long. */
  bytes: number
  /** The first offset behind the run, markers included. */
  nextOffset: bigint
}

/** An open transaction: nothing from its first record on can be read until it ends. */
export interface OpenTransaction {
  /** The offset of its first record. */
  readonly offset: bigint
  /** Records behind it, as last known. */
  readonly records: bigint
  /** Monotonic time at which it was seen first. */
  readonly sinceMs: number
}

/** What was taken at once. */
export type Taken = Pick<Committed, "records" | "nextOffset">

export class PartitionBuffer {
  readonly input: Input
  private readonly limits: BufferLimits
  private readonly runs: Array<Run> = []
  private bytes = 0
  private records = 0
  /** The offset behind what was taken. */
  private position: bigint
  /** The offset to ask the broker for next. */
  fetchOffset: bigint
  /** Why no more can come; what is in the buffer can still be taken. */
  failure: EventLogError | undefined
  /** Set once nobody takes from it any more: a fetch under way throws its answer away. */
  closed = false
  /** Whether a fetch is under way: there is one at a time, so that what it brings continues what is here. */
  fetching = false
  /** The first record that an open transaction holds back, and since when; `undefined` while none is open. */
  private open: OpenTransaction | undefined
  private readonly onChange: () => void

  /** `limits` is looked at anew each time; `onChange` is called when there is more to take, or a failure. */
  constructor(input: Input, position: bigint, limits: BufferLimits, onChange: () => void) {
    this.input = input
    this.position = position
    this.fetchOffset = position
    this.limits = limits
    this.onChange = onChange
  }

  /** Whether to fetch more: below half of both limits. One fetch may overshoot a limit by its own size. */
  get wantsMore(): boolean {
    return (
      this.failure === undefined &&
      !this.closed &&
      !this.fetching &&
      this.bytes * 2 < this.limits.bytes &&
      this.records * 2 < this.limits.records
    )
  }

  /** Whether `take` would give something. */
  get hasMore(): boolean {
    return this.position < this.fetchOffset
  }

  /** The first offset that has not been taken. */
  get nextOffset(): bigint {
    return this.position
  }

  /** The transaction that is open in the partition, as the broker's last answer said. */
  get openTransaction(): OpenTransaction | undefined {
    return this.open
  }

  /** Takes note of how far the log reaches, as a broker's answer said at `nowMs`. */
  learn(highWatermark: bigint, lastStableOffset: bigint, nowMs: number): void {
    const isOpen = lastStableOffset >= 0n && lastStableOffset < highWatermark
    const sinceMs = this.open?.offset === lastStableOffset ? this.open.sinceMs : nowMs
    this.open = isOpen ? { offset: lastStableOffset, records: highWatermark - lastStableOffset, sinceMs } : undefined
  }

  /** Takes in what was fetched at `fetchOffset`. */
  append(fetched: Committed): void {
    if (this.closed || fetched.nextOffset === this.fetchOffset) return
    this.fetchOffset = fetched.nextOffset
    const last = this.runs.at(-1)
    if (fetched.records.length > 0) {
      const { nextOffset, records, valueBytes } = fetched
      this.runs.push({ records, taken: 0, bytes: valueBytes, nextOffset })
      this.records += records.length
      this.bytes += valueBytes
    } else if (last !== undefined) {
      last.nextOffset = fetched.nextOffset
    }
    this.onChange()
  }

  fail(failure: EventLogError): void {
    this.failure ??= failure
    this.onChange()
  }

  /** At most `limit` records, and the offset behind them; without records where only markers were fetched. */
  take(limit: number): Taken {
    const run = this.runs[0]
    if (run === undefined) {
      this.position = this.fetchOffset
      return { records: [], nextOffset: this.position }
    }
    const end = Math.min(run.taken + limit, run.records.length)
    const records = run.records.slice(run.taken, end)
    const last = records.at(-1)
    const bytes = Math.ceil((run.bytes * records.length) / (run.records.length - run.taken))
    run.bytes -= bytes
    this.bytes -= bytes
    this.records -= records.length
    run.taken = end
    if (end === run.records.length || last === undefined) {
      this.runs.shift()
      this.position = run.nextOffset
    } else {
      this.position = last.offset + 1n
    }
    return { records, nextOffset: this.position }
  }
}
