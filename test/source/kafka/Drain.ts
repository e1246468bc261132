/** All committed records of an answer at once, as a reader that takes them in turn gets them. */
import type { LogRecord } from "../../../src/domain/Batch.ts"
import { RecordsBuilder } from "../../../src/domain/RecordsBuilder.ts"
import { Committed } from "../../../src/source/kafka/Committed.ts"
import type { FetchedPartition } from "../../../src/source/kafka/FetchResponse.ts"

/** The default of MAX_BATCH_BYTES. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024

export const committed = (
  fetched: FetchedPartition,
  fetchOffset: bigint
): { readonly records: ReadonlyArray<LogRecord>; readonly nextOffset: bigint } => {
  const answer = new Committed(fetched, fetchOffset)
  const records = new RecordsBuilder()
  for (let batch = answer.next(); batch !== undefined; batch = answer.next()) {
    const cursor = batch.unpack(MAX_BATCH_BYTES, fetchOffset)
    while (cursor.read(records, 1_000, MAX_BATCH_BYTES) > 0);
  }
  return { records: [...records.finish()], nextOffset: answer.nextOffset }
}
