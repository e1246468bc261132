/** Records that are taken at once. Their values are copied together, so that a few records don't keep a whole batch in memory. */
import type { LogRecord } from "../../domain/Batch.ts"

export class Slice {
  readonly #maxRecords: number
  readonly #maxBytes: number
  readonly #views: Array<LogRecord> = []
  #bytes = 0

  /** Full at so many records, or once their values have so many bytes. */
  constructor(maxRecords: number, maxBytes: number) {
    this.#maxRecords = maxRecords
    this.#maxBytes = maxBytes
  }

  get isFull(): boolean {
    return this.#views.length >= this.#maxRecords || this.#bytes >= this.#maxBytes
  }

  /** The last record's offset. */
  get lastOffset(): bigint | undefined {
    return this.#views.at(-1)?.offset
  }

  push(record: LogRecord): void {
    this.#views.push(record)
    this.#bytes += record.value?.length ?? 0
  }

  /** The records, with memory of their own. */
  copy(): ReadonlyArray<LogRecord> {
    const bytes = new Uint8Array(this.#bytes)
    let at = 0
    return this.#views.map(({ offset, timestampMs, value }) => {
      if (value === null) return { offset, timestampMs, value }
      const start = at
      bytes.set(value, start)
      at += value.length
      return { offset, timestampMs, value: bytes.subarray(start, at) }
    })
  }
}
