/** Which of the batches that a fetch brought a reader of committed records may see. */
import type { AbortedTransaction, FetchedPartition } from "./FetchResponse.ts"
import { RecordBatch } from "./RecordBatch.ts"
import { RecordBatchError } from "./RecordCursor.ts"

const byFirstOffset = (a: AbortedTransaction, b: AbortedTransaction): number =>
  a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0

/**
 * Gives the committed batches of one partition's part of an answer, one after the other, as they are in the log. What is committed is decided as Kafka's own consumer does
 * it (KIP-98): of a producer whose transaction was aborted, everything from the transaction's first offset up to the marker that ends it is left out.
 */
export class Committed {
  readonly #bytes: Buffer
  readonly #fetchOffset: bigint
  readonly #aborted: ReadonlyArray<AbortedTransaction>
  /** Producers whose transactions were aborted and have not ended yet. */
  readonly #aborting = new Set<bigint>()
  #nextAborted = 0
  #at = 0
  /** Where the whole batches that can be read end. */
  readonly #end: number
  /** The offset at which the next fetch goes on: above control records, aborted records, and what compaction took from the end of the last batch. */
  readonly nextOffset: bigint

  /** Checks every batch. Throws a {@link RecordBatchError} only if the first one can't be read: what comes before a broken one is given. */
  constructor(fetched: FetchedPartition, fetchOffset: bigint) {
    const { abortedTransactions, batches } = fetched
    this.#bytes = batches
    this.#fetchOffset = fetchOffset
    this.#aborted = abortedTransactions.toSorted(byFirstOffset)
    let [end, nextOffset] = [0, fetchOffset]
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

  /** Bytes that it keeps in memory. */
  get byteLength(): number {
    return this.#bytes.length
  }

  /** The next batch with committed records from the fetch offset on; `undefined` after the last one. */
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
