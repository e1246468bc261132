/** Which of the records that a fetch brought a reader of committed records may see. */
import type { LogRecord } from "../../domain/Batch.ts"
import type { FetchedPartition } from "./FetchResponse.ts"
import { RecordBatch, RecordBatchError } from "./RecordBatch.ts"

/** Committed records from the offset asked for on, and the offset at which the next fetch goes on. */
export interface Committed {
  readonly records: ReadonlyArray<LogRecord>
  /** Of the records' values together. */
  readonly valueBytes: number
  /** Above control records, aborted records, and what compaction took from the end of the last batch. */
  readonly nextOffset: bigint
}

/**
 * Picks what is committed, as Kafka's own consumer does (KIP-98): of a producer whose transaction was aborted, everything from the transaction's first offset up to the
 * marker that ends it is left out. Throws a {@link RecordBatchError} only where the first batch can't be read: what comes before a broken one is given.
 */
export const committed = (fetched: FetchedPartition, fetchOffset: bigint): Committed => {
  const aborted = fetched.abortedTransactions.toSorted((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0
  )
  let nextAborted = 0
  const aborting = new Set<bigint>()

  const records: Array<LogRecord> = []
  /** Appends what is committed of the batch and gives its bytes. */
  const append = (batch: RecordBatch): number => {
    for (
      let next = aborted[nextAborted];
      next !== undefined && next.firstOffset < batch.nextOffset;
      next = aborted[nextAborted]
    ) {
      aborting.add(next.producerId)
      nextAborted++
    }
    if (batch.isControl) {
      if (batch.isAbortMarker) aborting.delete(batch.producerId)
      return 0
    }
    if (batch.isTransactional && aborting.has(batch.producerId)) return 0
    return batch.nextOffset > fetchOffset ? batch.appendTo(records, fetchOffset) : 0
  }

  let valueBytes = 0
  let nextOffset = fetchOffset
  let whole = 0
  try {
    for (const batch of batchesOf(fetched.batches)) {
      valueBytes += append(batch)
      whole = records.length
      if (batch.nextOffset > nextOffset) nextOffset = batch.nextOffset
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError) || nextOffset === fetchOffset) throw error
    records.length = whole
  }
  return { records, valueBytes, nextOffset }
}

/** The whole ones: brokers cut an answer where it is long enough, but not within its first batch. */
function* batchesOf(bytes: Buffer): Generator<RecordBatch> {
  let at = 0
  for (let batch = RecordBatch.at(bytes, at); batch !== undefined; batch = RecordBatch.at(bytes, at)) {
    yield batch
    at += batch.byteLength
  }
  if (at === 0 && bytes.length > 0) throw new RecordBatchError(`no batch is whole within ${bytes.length} bytes`)
}
