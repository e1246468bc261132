/** Collects {@link Records}, one after the other. Its own memory is reused for the next ones. */
import type { LogRecord } from "./Batch.ts"
import { grown } from "./Columns.ts"
import { Records, TOMBSTONE } from "./Records.ts"

/** Memory for values beyond this is not kept for the next records. */
const KEPT_BYTES = 1024 * 1024

const FIRST_BYTES = 16 * 1024
const FIRST_COUNT = 128

export class RecordsBuilder {
  #count = 0
  #byteLength = 0
  #baseOffset: bigint | undefined
  #bytes = new Uint8Array(0)
  #offsetDeltas = new Float64Array(0)
  #timestampsMs = new Float64Array(0)
  #starts = new Int32Array(0)
  #ends = new Int32Array(0)

  /** The records, in the order of their offsets. */
  static of(records: Iterable<LogRecord>): Records {
    const builder = new RecordsBuilder()
    for (const record of records) builder.push(record)
    return builder.finish()
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** Bytes so far: the next ones are copied there. */
  get byteLength(): number {
    return this.#byteLength
  }

  /** The delta of an offset. The first offset is the base of the records. */
  deltaOf(offset: bigint): number {
    this.#baseOffset ??= offset
    return Number(offset - this.#baseOffset)
  }

  /** Appends a record. Callers copy the bytes of its value before or after. */
  append(offsetDelta: number, timestampMs: number, start: number, end: number): void {
    const index = this.#count
    if (index === this.#starts.length) this.#grow(index === 0 ? FIRST_COUNT : 2 * index)
    this.#offsetDeltas[index] = offsetDelta
    this.#timestampsMs[index] = timestampMs
    this.#starts[index] = start
    this.#ends[index] = end
    this.#count = index + 1
  }

  /** Appends the bytes from `start` (closed) to `end` (open). */
  copy(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#byteLength
    const length = at + end - start
    if (length > this.#bytes.length) {
      const size = Math.max(FIRST_BYTES, length, Math.min(2 * this.#bytes.length, KEPT_BYTES))
      this.#bytes = grown(this.#bytes, new Uint8Array(size))
    }
    this.#bytes.set(bytes.subarray(start, end), at)
    this.#byteLength = length
  }

  /** Appends a record and copies its value. */
  push({ offset, timestampMs, value }: LogRecord): void {
    const start = this.#byteLength
    if (value !== null) this.copy(value, 0, value.length)
    this.append(this.deltaOf(offset), timestampMs, start, value === null ? TOMBSTONE : this.#byteLength)
  }

  /** The records so far, in memory of their own. The builder is empty afterwards. */
  finish(): Records {
    const count = this.#count
    const made = new Records({
      bytes: this.#bytes.slice(0, this.#byteLength),
      baseOffset: this.#baseOffset ?? 0n,
      offsetDeltas: this.#offsetDeltas.slice(0, count),
      timestampsMs: this.#timestampsMs.slice(0, count),
      starts: this.#starts.slice(0, count),
      ends: this.#ends.slice(0, count)
    })
    this.#count = 0
    this.#byteLength = 0
    this.#baseOffset = undefined
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(0)
    return made
  }

  #grow(count: number): void {
    this.#offsetDeltas = grown(this.#offsetDeltas, new Float64Array(count))
    this.#timestampsMs = grown(this.#timestampsMs, new Float64Array(count))
    this.#starts = grown(this.#starts, new Int32Array(count))
    this.#ends = grown(this.#ends, new Int32Array(count))
  }
}
