/**
 * The records of a batch as columns: one array per field, with an entry per record. A batch of
 * thousands of records is a handful of objects.
 *
 *     bytes         …{"stream_id":"a"…}…{"stream_id":"b"…}…
 *     starts        1                  20
 *     ends          18                 37
 *     offsetDeltas  0                  1                   offset = baseOffset + delta
 */
import type { LogRecord } from "./Batch.ts"
import { outside } from "./Invariant.ts"

/** The end of a record without value. */
export const TOMBSTONE = -1

export interface RecordColumns {
  /** Holds all values, and bytes between them. */
  readonly bytes: Uint8Array
  /** The offset of delta 0: at or before the first record. */
  readonly baseOffset: bigint
  /** Exact integers, ascending, not necessarily without holes. */
  readonly offsetDeltas: Float64Array
  /**
   * The log's own timestamp of each record in milliseconds since the epoch; negative = it has none.
   */
  readonly timestampsMs: Float64Array
  /** Where each value begins in `bytes` (closed bound). */
  readonly starts: Int32Array
  /** Where each value ends in `bytes` (open bound); {@link TOMBSTONE} = it has no value. */
  readonly ends: Int32Array
}

export class Records implements RecordColumns {
  readonly count: number
  readonly bytes: Uint8Array
  readonly baseOffset: bigint
  readonly offsetDeltas: Float64Array
  readonly timestampsMs: Float64Array
  readonly starts: Int32Array
  readonly ends: Int32Array

  static readonly none = new Records({
    bytes: new Uint8Array(0),
    baseOffset: 0n,
    offsetDeltas: new Float64Array(0),
    timestampsMs: new Float64Array(0),
    starts: new Int32Array(0),
    ends: new Int32Array(0)
  })

  /** The columns have the same length. */
  constructor({ baseOffset, bytes, ends, offsetDeltas, starts, timestampsMs }: RecordColumns) {
    this.count = starts.length
    this.bytes = bytes
    this.baseOffset = baseOffset
    this.offsetDeltas = offsetDeltas
    this.timestampsMs = timestampsMs
    this.starts = starts
    this.ends = ends
  }

  offsetAt(index: number): bigint {
    return this.baseOffset + BigInt(this.offsetDeltas[index] ?? outside())
  }

  timestampMsAt(index: number): number {
    return this.timestampsMs[index] ?? outside()
  }

  /** A view of the value; `null` is a tombstone. */
  valueAt(index: number): Uint8Array | null {
    const start = this.starts[index] ?? outside()
    const end = this.ends[index] ?? outside()
    const { bytes } = this
    return end === TOMBSTONE ? null : new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  }

  /** The index of the first record at or after the offset; `count` if there is none. */
  indexFrom(offset: bigint): number {
    const delta = Number(offset - this.baseOffset)
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.offsetDeltas[middle] ?? outside()) < delta) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The records from index `from` (closed) to `to` (open), over the same bytes. */
  slice(from: number, to: number): Records {
    return from === 0 && to >= this.count
      ? this
      : new Records({
          bytes: this.bytes,
          baseOffset: this.baseOffset,
          offsetDeltas: this.offsetDeltas.subarray(from, to),
          timestampsMs: this.timestampsMs.subarray(from, to),
          starts: this.starts.subarray(from, to),
          ends: this.ends.subarray(from, to)
        })
  }

  /** The records whose offsets `keep` accepts, over the same bytes. */
  filter(keep: (offset: bigint) => boolean): Records {
    const isKept = Array.from(this.starts, (_, index) => keep(this.offsetAt(index)))
    const keeps = (_: number, index: number): boolean => isKept[index] === true
    return isKept.every(Boolean)
      ? this
      : new Records({
          bytes: this.bytes,
          baseOffset: this.baseOffset,
          offsetDeltas: this.offsetDeltas.filter(keeps),
          timestampsMs: this.timestampsMs.filter(keeps),
          starts: this.starts.filter(keeps),
          ends: this.ends.filter(keeps)
        })
  }

  /** One object per record, for slow paths. */
  *[Symbol.iterator](): Generator<LogRecord, void> {
    for (let index = 0; index < this.count; index++) {
      yield { offset: this.offsetAt(index), timestampMs: this.timestampMsAt(index), value: this.valueAt(index) }
    }
  }
}
