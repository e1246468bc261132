/** Collects {@link Records} once, in the order of their offsets. */
import type { LogRecord } from "./Batch.ts"
import { grown } from "./Columns.ts"
import { present } from "./Invariant.ts"
import { Records, TOMBSTONE } from "./Records.ts"

/** Records for which there is room at first. */
const FIRST_COUNT = 64

/** Two pieces of a buffer become one if at most so many bytes lie between them. */
const MAX_GAP = 4096

/** Records keep a buffer in memory, instead of a copy, only if they fill this part of it. */
const LEAST_SHARE = 1 / 8

/** Bytes of a buffer, from `from` (closed) to `to` (open). */
interface Piece {
  readonly buffer: ArrayBufferLike
  readonly from: number
  to: number
}

export class RecordsBuilder {
  #count = 0
  #baseOffset: bigint | undefined
  /** The bytes of the records, one piece after the other. */
  readonly #pieces: Array<Piece> = []
  #byteLength = 0
  #offsetDeltas = new Float64Array(FIRST_COUNT)
  #timestampsMs = new Float64Array(FIRST_COUNT)
  #starts = new Int32Array(FIRST_COUNT)
  #ends = new Int32Array(FIRST_COUNT)

  static of(records: Iterable<LogRecord>): Records {
    const builder = new RecordsBuilder()
    for (const record of records) builder.push(record)
    return builder.finish()
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** The delta of an offset. The first offset is the base of the records. */
  deltaOf(offset: bigint): number {
    this.#baseOffset ??= offset
    return Number(offset - this.#baseOffset)
  }

  /**
   * Begins to add bytes, from index `from` on. Returns the difference between the index of a byte
   * in {@link Records.bytes} and in these. They must not change before {@link finish}, nor after.
   */
  begin(bytes: Uint8Array, from: number): number {
    const { buffer } = bytes
    const at = bytes.byteOffset + from
    const last = this.#pieces.at(-1)
    const gap = last?.buffer === buffer ? at - last.to : -1
    if (last !== undefined && gap >= 0 && gap <= MAX_GAP) {
      last.to = at
      this.#byteLength += gap
    } else {
      this.#pieces.push({ buffer, from: at, to: at })
    }
    return this.#byteLength - from
  }

  /** Adds so many bytes after {@link begin}. */
  extend(byteLength: number): void {
    present(this.#pieces.at(-1), "bytes were begun").to += byteLength
    this.#byteLength += byteLength
  }

  /** Appends a record. `start` and `end` are indices into {@link Records.bytes}. */
  append(offsetDelta: number, timestampMs: number, start: number, end: number): void {
    const index = this.#count
    if (index === this.#starts.length) this.#grow(2 * index)
    this.#offsetDeltas[index] = offsetDelta
    this.#timestampsMs[index] = timestampMs
    this.#starts[index] = start
    this.#ends[index] = end
    this.#count = index + 1
  }

  push({ offset, timestampMs, value }: LogRecord): void {
    const start = value === null ? 0 : this.begin(value, 0)
    if (value !== null) this.extend(value.length)
    this.append(this.deltaOf(offset), timestampMs, start, value === null ? TOMBSTONE : this.#byteLength)
  }

  /** The records. Nothing can be added afterwards. */
  finish(): Records {
    const count = this.#count
    return new Records({
      bytes: this.#bytes(),
      baseOffset: this.#baseOffset ?? 0n,
      offsetDeltas: this.#offsetDeltas.subarray(0, count),
      timestampsMs: this.#timestampsMs.subarray(0, count),
      starts: this.#starts.subarray(0, count),
      ends: this.#ends.subarray(0, count)
    })
  }

  /**
   * The pieces as one. A single piece is not copied, unless it would keep a far larger buffer in
   * memory.
   */
  #bytes(): Uint8Array {
    const [first] = this.#pieces
    const isOne = this.#pieces.length === 1
    if (first !== undefined && isOne && this.#byteLength >= first.buffer.byteLength * LEAST_SHARE) {
      return new Uint8Array(first.buffer, first.from, this.#byteLength)
    }
    const bytes = new Uint8Array(this.#byteLength)
    let at = 0
    for (const { buffer, from, to } of this.#pieces) {
      bytes.set(new Uint8Array(buffer, from, to - from), at)
      at += to - from
    }
    return bytes
  }

  #grow(count: number): void {
    this.#offsetDeltas = grown(this.#offsetDeltas, new Float64Array(count))
    this.#timestampsMs = grown(this.#timestampsMs, new Float64Array(count))
    this.#starts = grown(this.#starts, new Int32Array(count))
    this.#ends = grown(this.#ends, new Int32Array(count))
  }
}
