/**
 * The committed records of what kafkajs decoded, record by record: slow and plain, for comparison.
 */
import type { LogRecord } from "../../../src/domain/Batch.ts"
import type { KafkajsPartition } from "./KafkajsFrames.ts"

export const committedByRecord = (
  fetched: KafkajsPartition,
  fetchOffset: bigint
): { readonly records: ReadonlyArray<LogRecord>; readonly nextOffset: bigint } => {
  const aborted = fetched.abortedTransactions
    .map(({ firstOffset, producerId }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0))
  const aborting = new Set<string>()
  const records: Array<LogRecord> = []
  let nextOffset = fetchOffset
  for (const { batchContext: context, isControlRecord, key, timestamp, value, ...message } of fetched.messages) {
    const offset = BigInt(message.offset)
    while (aborted[0] !== undefined && aborted[0].firstOffset <= offset) aborting.add(aborted.shift()?.producerId ?? "")
    const end = BigInt(context.firstOffset) + BigInt(context.lastOffsetDelta) + 1n
    if (end > nextOffset) nextOffset = end
    if (isControlRecord) {
      if (key?.readInt16BE(2) === 0) aborting.delete(context.producerId)
    } else if (offset >= fetchOffset && !(context.inTransaction && aborting.has(context.producerId))) {
      records.push({ offset, timestampMs: Number(timestamp), value })
    }
  }
  return { records, nextOffset }
}
