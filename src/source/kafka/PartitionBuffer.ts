/**
 * What has been fetched of one topic partition and not been taken yet. Answers wait as they came; batches are unpacked one at a time, as their records are taken.
 * Records go out in the order of their offsets, each once.
 */
import type { LogRecord } from "../../domain/Batch.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import { tooLarge, unreadable } from "./BatchFailures.ts"
import { UnpackedSizeError } from "./Codecs.ts"
import type { Committed } from "./Committed.ts"
import type { MemoryUser, ReadMemory } from "./ReadMemory.ts"
import type { RecordBatch } from "./RecordBatch.ts"
import { RecordBatchError, type RecordCursor } from "./RecordCursor.ts"

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
export interface Taken {
  readonly records: ReadonlyArray<LogRecord>
  /** The first offset that has not been taken, markers and the like passed over. */
  readonly nextOffset: bigint
}

export class PartitionBuffer implements MemoryUser {
  readonly input: Input
  readonly #memory: ReadMemory
  readonly #onChange: () => void
  /** Answers with records that have not been taken. */
  #fetched: Array<Committed> = []
  #fetchedBytes = 0
  /** The batch whose records are being taken, and its records while it is unpacked. */
  #batch: RecordBatch | undefined
  #cursor: RecordCursor | undefined
  #unpackedBytes = 0
  /** What the batch unpacks to, once that is known. */
  #knownBytes: number | undefined
  /** The offset behind what was taken. */
  #position: bigint
  #isDemanded = true
  /** Whether the next batch waits for room to be unpacked. */
  #isWaiting = false
  /** Whether the next batch can't be read. */
  #isStuck = false
  #openTransaction: OpenTransaction | undefined
  /** The offset to ask the broker for next. */
  fetchOffset: bigint
  /** Why no more can come; what is in the buffer can still be taken. */
  failure: EventLogError | undefined
  /** Whether a fetch is under way: there is one at a time, so that what it brings continues what is here. */
  fetching = false
  #isClosed = false

  /** `onChange` is called when there is more to take, or a failure. */
  constructor(input: Input, position: bigint, memory: ReadMemory, onChange: () => void) {
    this.input = input
    this.#position = position
    this.fetchOffset = position
    this.#memory = memory
    this.#onChange = onChange
    memory.join(this)
  }

  /** Whether to fetch more: below half of its share. An input that is not demanded fetches ahead only while memory is plenty. */
  get wantsMore(): boolean {
    return (
      this.failure === undefined &&
      !this.#isClosed &&
      !this.fetching &&
      this.#fetchedBytes * 2 < this.#memory.share &&
      (this.#isDemanded || this.#memory.isPlenty)
    )
  }

  /** Whether `take` may give something. */
  get hasMore(): boolean {
    return this.#position < this.fetchOffset && !this.#isWaiting && !this.#isStuck
  }

  /** The first offset that has not been taken. */
  get nextOffset(): bigint {
    return this.#position
  }

  get isDemanded(): boolean {
    return this.#isDemanded
  }

  set isDemanded(isDemanded: boolean) {
    this.#isDemanded = isDemanded
    if (!isDemanded && this.#isWaiting) {
      this.#isWaiting = false
      this.#memory.stopWaiting(this)
    }
  }

  get fetchedBytes(): number {
    return this.#fetchedBytes
  }

  get unpackedBytes(): number {
    return this.#unpackedBytes
  }

  /** The transaction that is open in the partition, as the broker's last answer said. */
  get openTransaction(): OpenTransaction | undefined {
    return this.#openTransaction
  }

  /** Takes note of how far the log reaches, as a broker's answer said at `nowMs`. */
  learn(highWatermark: bigint, lastStableOffset: bigint, nowMs: number): void {
    const before = this.#openTransaction
    const isOpen = lastStableOffset >= 0n && lastStableOffset < highWatermark
    const sinceMs = before?.offset === lastStableOffset ? before.sinceMs : nowMs
    this.#openTransaction = isOpen
      ? { offset: lastStableOffset, records: highWatermark - lastStableOffset, sinceMs }
      : undefined
  }

  /** Takes in what was fetched at `fetchedAt`; what does not continue what is here is thrown away. */
  append(fetched: Committed, fetchedAt: bigint): void {
    if (this.#isClosed || fetchedAt !== this.fetchOffset || fetched.nextOffset === fetchedAt) return
    this.fetchOffset = fetched.nextOffset
    this.#fetched.push(fetched)
    this.#fetchedBytes += fetched.byteLength
    this.#memory.holdFetched(fetched.byteLength)
    this.#onChange()
  }

  fail(failure: EventLogError): void {
    this.failure ??= failure
    this.#onChange()
  }

  /**
   * At most `limit` records, and the offset behind them; without records if only markers were fetched. `undefined` if nothing can be taken now: the next batch waits
   * for room, or can't be read, which is a failure from then on.
   */
  take(limit: number): Taken | undefined {
    const before = this.#position
    const records: Array<LogRecord> = []
    let thrown: unknown
    try {
      this.#fill(records, limit)
    } catch (error) {
      // once more from where it failed, after what came before it has been given
      this.pack()
      thrown = error
    }
    const last = records.at(-1)
    if (last !== undefined) this.#reach(last.offset + 1n)
    if (this.#position === before) {
      if (thrown !== undefined) this.#failAt(thrown)
      return undefined
    }
    if (this.#position === this.fetchOffset) this.drop() // nothing is left in it
    return { records, nextOffset: this.#position }
  }

  /** Reads on until there are `limit` records, or as many bytes as are taken at once, or no more. */
  #fill(records: Array<LogRecord>, limit: number): void {
    let bytes = this.#memory.perTake
    while (records.length < limit && bytes > 0) {
      const cursor = this.#cursor ?? this.#unpack()
      if (cursor === undefined) {
        if (this.#isWaiting || !this.#finishAnswer()) return
        continue
      }
      const read = cursor.read(records, limit - records.length, bytes)
      bytes -= read
      if (read === 0) this.#finishBatch()
    }
  }

  #reach(offset: bigint): void {
    if (offset > this.#position) this.#position = offset
  }

  /** The records of the next batch of the first answer, from the position on. */
  #unpack(): RecordCursor | undefined {
    const batch = (this.#batch ??= this.#fetched[0]?.next())
    if (batch === undefined) return undefined
    // not less than its bytes in the log; how much more, only unpacking tells
    if (!this.#hold(this.#knownBytes ?? (batch.isCompressed ? batch.byteLength : 0))) return undefined
    const cursor = batch.unpack(this.#memory.limits.maxBatchBytes, this.#position)
    if (batch.isCompressed && this.#knownBytes === undefined) {
      this.#knownBytes = cursor.byteLength
      this.pack()
      if (!this.#hold(cursor.byteLength)) return undefined
    }
    this.#cursor = cursor
    return cursor
  }

  #hold(bytes: number): boolean {
    this.#isWaiting = !this.#memory.holdUnpacked(this, bytes)
    if (!this.#isWaiting) this.#unpackedBytes = bytes
    return !this.#isWaiting
  }

  #finishBatch(): void {
    if (this.#batch !== undefined) this.#reach(this.#batch.nextOffset)
    this.pack()
    this.#batch = undefined
    this.#knownBytes = undefined
  }

  #finishAnswer(): boolean {
    const done = this.#fetched.shift()
    if (done === undefined) return false
    this.#reach(done.nextOffset)
    this.#free(done.byteLength)
    return true
  }

  #failAt(thrown: unknown): void {
    const batch = this.#batch
    if (batch !== undefined && thrown instanceof UnpackedSizeError) {
      this.failure = tooLarge(this.input, this.#position, batch, thrown)
    } else if (thrown instanceof RecordBatchError) {
      this.failure = unreadable(this.input, this.#position, thrown)
    } else {
      throw thrown
    }
    this.#isStuck = true
  }

  retry(): void {
    this.#isWaiting = false
    this.#onChange()
  }

  pack(): void {
    const bytes = this.#unpackedBytes
    this.#cursor = undefined
    this.#unpackedBytes = 0
    if (bytes > 0) this.#memory.freeUnpacked(bytes)
  }

  drop(): void {
    this.pack()
    this.#batch = undefined
    this.#knownBytes = undefined
    this.#fetched = []
    this.fetchOffset = this.#position
    this.#free(this.#fetchedBytes)
  }

  /** Gives its memory back, for good: a fetch under way throws its answer away. */
  close(): void {
    this.#isClosed = true
    this.drop()
    this.#memory.leave(this)
  }

  #free(bytes: number): void {
    this.#fetchedBytes -= bytes
    this.#memory.freeFetched(bytes)
  }
}
