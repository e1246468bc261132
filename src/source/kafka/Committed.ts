/** Filters the batches of a fetch down to committed records. */
import type { AbortedTransaction, FetchedPartition } from "./FetchResponse.ts"
import { RecordBatch } from "./RecordBatch.ts"
import { RecordBatchError } from "./RecordCursor.ts"

const byFirstOffset = (a: AbortedTransaction, b: AbortedTransaction): number =>
  a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0

/**
 * The committed batches of one partition in a response, in log order. The rule is that of Kafka's
 * own consumer (KIP-98). It drops a producer's records from the first offset of an aborted
 * transaction up to its end marker.
 */
export class Committed {
  readonly #bytes: Buffer
  readonly #fetchOffset: bigint
  readonly #aborted: ReadonlyArray<AbortedTransaction>
  /** Producers with an aborted transaction that has not ended yet. */
  readonly #aborting = new Set<bigint>()
  #nextAborted = 0
  #at = 0
  /** The index after the last readable whole batch. */
  readonly #end: number
  /**
   * The offset of the next fetch: after control records, aborted records, and records that
   * compaction removed.
   */
  readonly nextOffset: bigint

  /**
   * Checks every batch. Throws a {@link RecordBatchError} only if the first is broken: the batches
   * before a broken one are kept.
   */
  constructor(fetched: FetchedPartition, fetchOffset: bigint) {
    const { abortedTransactions, batches } = fetched
    this.#bytes = batches
    this.#fetchOffset = fetchOffset
    this.#aborted = abortedTransactions.toSorted(byFirstOffset)
    let end = 0
    let nextOffset = fetchOffset
    try {
      for (let batch = RecordBatch.at(batches, 0); batch !== undefined; batch = RecordBatch.at(batches, end)) {
        end += batch.byteLength
        if (batch.nextOffset > nextOffset) nextOffset = batch.nextOffset
      }
    } catch (error) {
      if (!(error instanceof RecordBatchError) || nextOffset === fetchOffset) throw error
    }
    if (end === 0 && batches.length > 0) {
      throw new RecordBatchError(`no complete batch in ${batches.length} bytes`)
    }
    this.#end = end
    this.nextOffset = nextOffset
  }

  /** Bytes that the response occupies. */
  get byteLength(): number {
    return this.#bytes.length
  }

  /**
   * The next batch with committed records from the fetch offset on; `undefined` after the last one.
   */
  next(): RecordBatch | undefined {
    while (this.#at < this.#end) {
      const batch = RecordBatch.checked(this.#bytes, this.#at)
      this.#at += batch.byteLength
      if (this.#isCommitted(batch) && batch.nextOffset > this.#fetchOffset) return batch
    }
    return undefined
  }

  #isCommitted(batch: RecordBatch): boolean {
    for (
      let next = this.#aborted[this.#nextAborted];
      next !== undefined && next.firstOffset < batch.nextOffset;
      next = this.#aborted[this.#nextAborted]
    ) {
      this.#aborting.add(next.producerId)
      this.#nextAborted++
    }
    if (batch.isControl) {
      if (batch.isAbortMarker) this.#aborting.delete(batch.producerId)
      return false
    }
    return !batch.isTransactional || !this.#aborting.has(batch.producerId)
  }
}
