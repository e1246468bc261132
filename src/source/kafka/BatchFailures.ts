/** Batches that can't be read, as failures for operators. */
import type { Input } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import type { UnpackedSizeError } from "./Codecs.ts"
import type { RecordBatch } from "./RecordBatch.ts"
import type { RecordBatchError } from "./RecordCursor.ts"

/** The batch at `offset` is damaged, or written in a way that is not known. */
export const unreadable = (input: Input, offset: bigint, thrown: RecordBatchError): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail: `Kafka topic ${partitionLabel(input)}: cannot read the batch at offset ${offset}: ${thrown.message}. Nothing was skipped; write the topic with compression none, gzip, snappy, lz4 or zstd, or delete the records up to that batch as docs/runbook.md, "A batch can't be read", describes`,
    cause: thrown
  })

/** The batch unpacks to more than it may: its records from `position` on are left out. */
export const tooLarge = (
  input: Input,
  position: bigint,
  batch: RecordBatch,
  thrown: UnpackedSizeError
): EventLogError => {
  const { nextOffset } = batch
  return new EventLogError({
    reason: "BatchTooLarge",
    range: { topic: input.topic, partition: input.partition, expected: position, start: nextOffset, end: nextOffset },
    detail:
      `Kafka topic ${partitionLabel(input)}: skipped offsets ${position} to ${nextOffset - 1n}: the batch at offset ${batch.baseOffset} (${batch.byteLength} bytes of ${thrown.codec}) decompresses to more than MAX_BATCH_BYTES (${thrown.maxBytes}). ` +
      "Windows that may lack these records have complete = false. " +
      "If a producer writes such batches on purpose, raise MAX_BATCH_BYTES or lower its batch size",
    cause: thrown
  })
}
