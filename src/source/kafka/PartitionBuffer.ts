/**
 * The fetched records of one topic partition that have not been taken. Responses wait compressed;
 * batches are unpacked one at a time, as their records are taken. Records leave in the order of
 * their offsets, each once.
 */
import type { Records } from "../../domain/Records.ts"
import { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import { tooLarge, unreadable } from "./ReadFailures.ts"
import { UnpackedSizeError } from "./Codecs.ts"
import type { Committed } from "./Committed.ts"
import type { MemoryUser, ReadMemory } from "./ReadMemory.ts"
import type { RecordBatch } from "./RecordBatch.ts"
import { RecordBatchError, type RecordCursor } from "./RecordCursor.ts"

/** An open transaction: no record from its first one on can be read until it ends. */
export interface OpenTransaction {
  /** The offset of its first record. */
  readonly offset: bigint
  /** Records from there to the end of the log, by the last response. */
  readonly records: bigint
  /** Monotonic time at which it was first observed. */
  readonly sinceMs: number
}

/** The records of one take. */
export interface Taken {
  readonly records: Records
  /** The first offset that has not been taken, after transaction markers. */
  readonly nextOffset: bigint
}

export class PartitionBuffer implements MemoryUser {
  readonly input: Input
  readonly #memory: ReadMemory
  readonly #onChange: () => void
  /** Responses with records that have not been taken. */
  #fetched: Array<Committed> = []
  #fetchedBytes = 0
  /** The batch whose records are being taken, and its records while it is unpacked. */
  #batch: RecordBatch | undefined
  #cursor: RecordCursor | undefined
  #unpackedBytes = 0
  /** The batch's unpacked size, once it is known. */
  #knownBytes: number | undefined
  /** The offset after the last taken record. */
  #position: bigint
  #isDemanded = true
  /** Whether the next batch waits for memory to be unpacked. */
  #isWaiting = false
  /** Whether the next batch is unreadable. */
  #isStuck = false
  #openTransaction: OpenTransaction | undefined
  /** The offset of the next fetch. */
  fetchOffset: bigint
  /** Why fetching has ended; buffered records can still be taken. */
  failure: EventLogError | undefined
  /**
   * Whether a fetch is in flight. There is one at a time, so that each response continues the one
   * before.
   */
  fetching = false
  #isClosed = false

  /** `onChange` runs when records or a failure arrive. */
  constructor(input: Input, position: bigint, memory: ReadMemory, onChange: () => void) {
    this.input = input
    this.#position = position
    this.fetchOffset = position
    this.#memory = memory
    this.#onChange = onChange
    memory.join(this)
  }

  /**
   * Whether to fetch more: below half of its share. An input without demand fetches ahead only
   * while memory is plentiful.
   */
  get wantsMore(): boolean {
    return (
      this.failure === undefined &&
      !this.#isClosed &&
      !this.fetching &&
      this.#fetchedBytes * 2 < this.#memory.share &&
      (this.#isDemanded || this.#memory.isPlenty)
    )
  }

  /** Whether `take` may return records. */
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

  /** The open transaction of the partition, by the last response. */
  get openTransaction(): OpenTransaction | undefined {
    return this.#openTransaction
  }

  /** Notes the log's ends from a response that arrived at `nowMs`. */
  noteEnds(highWatermark: bigint, lastStableOffset: bigint, nowMs: number): void {
    const before = this.#openTransaction
    const isOpen = lastStableOffset >= 0n && lastStableOffset < highWatermark
    const sinceMs = before?.offset === lastStableOffset ? before.sinceMs : nowMs
    this.#openTransaction = isOpen
      ? { offset: lastStableOffset, records: highWatermark - lastStableOffset, sinceMs }
      : undefined
  }

  /**
   * Appends the response to a fetch from offset `fetchedAt`. Discards it if it does not continue
   * the buffer.
   */
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
   * Takes at most `limit` records, with the offset after them; none if only markers were fetched.
   * `undefined` = nothing can be taken now: the next batch waits for memory, or is unreadable,
   * which sets the failure.
   */
  take(limit: number): Taken | undefined {
    const before = this.#position
    const taken = new RecordsBuilder()
    let thrown: unknown
    try {
      this.#fill(taken, limit)
    } catch (error) {
      // The next take starts at the failure, after the records before it were returned.
      this.pack()
      thrown = error
    }
    const records = taken.finish()
    if (records.count > 0) this.#reach(records.offsetAt(records.count - 1) + 1n)
    if (this.#position === before) {
      if (thrown !== undefined) this.#failAt(thrown)
      return undefined
    }
    if (this.#position === this.fetchOffset) this.drop() // it is empty: drop its responses
    return { records, nextOffset: this.#position }
  }

  /**
   * Reads until there are `limit` records, the bytes of one take are used up, or nothing is left.
   */
  #fill(records: RecordsBuilder, limit: number): void {
    let bytes = this.#memory.perTake
    while (records.count < limit && bytes > 0) {
      const cursor = this.#cursor ?? this.#unpack()
      if (cursor === undefined) {
        if (this.#isWaiting || !this.#finishResponse()) return
        continue
      }
      const read = cursor.read(records, limit - records.count, bytes)
      bytes -= read
      if (read === 0) this.#finishBatch()
    }
  }

  #reach(offset: bigint): void {
    if (offset > this.#position) this.#position = offset
  }

  /** The records of the next batch of the first response, from the position on. */
  #unpack(): RecordCursor | undefined {
    const batch = (this.#batch ??= this.#fetched[0]?.next())
    if (batch === undefined) return undefined
    // Its bytes in the log are a lower bound; only unpacking shows the size.
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

  #finishResponse(): boolean {
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

  /** Returns its memory for good; the response of a fetch in flight is discarded. */
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
