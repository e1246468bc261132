/** Why a partition cannot be read from a position, as failures for operators. */
import type { Input } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import type { UnpackedSizeError } from "./Codecs.ts"
import type { RecordBatch } from "./RecordBatch.ts"
import type { RecordBatchError } from "./RecordCursor.ts"

/** The batch at `offset` is damaged or has an unknown format. */
export const unreadable = (input: Input, offset: bigint, thrown: RecordBatchError): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail: `Kafka topic ${partitionLabel(input)}: cannot read the batch at offset ${offset}: ${thrown.message}. Nothing was skipped. Write the topic with compression none, gzip, snappy, lz4 or zstd. Or delete the records up to that batch as docs/runbook.md, "A batch can't be read", describes`,
    cause: thrown
  })

/** The batch decompresses to more than the limit: its records from `position` on are skipped. */
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

/**
 * The log holds `start` (closed) to `end` (open): a failure if `offset` is neither in it nor its
 * end.
 */
export const outOfRange = (input: Input, offset: bigint, start: bigint, end: bigint): EventLogError | undefined => {
  if (offset >= start && offset <= end) return undefined
  const { partition, topic } = input
  const cause =
    offset < start
      ? `was deleted: the log starts at ${start}; ${start - offset} offsets were lost to retention (retention.ms, retention.bytes)`
      : `is beyond the log's end ${end}: the topic was recreated or lost records; start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
  return new EventLogError({
    reason: "OffsetOutOfRange",
    range: { topic, partition, expected: offset, start, end },
    detail: `Kafka topic ${partitionLabel(input)}: offset ${offset} ${cause}`
  })
}
