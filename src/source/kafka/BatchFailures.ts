/** Batches that can't be read, as failures for operators. */
import type { Input } from "../../domain/Task.ts"
import { EventLogError } from "../EventLog.ts"
import type { UnpackedSizeError } from "./Codecs.ts"
import type { RecordBatch } from "./RecordBatch.ts"
import type { RecordBatchError } from "./RecordCursor.ts"

const name = ({ partition, topic }: Input): string => `Kafka topic ${topic} partition ${partition}`

/** The batch at `offset` is damaged, or written in a way that is not known. */
export const unreadable = (input: Input, offset: bigint, thrown: RecordBatchError): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail: `${name(input)}: the batch at offset ${offset} can't be read (${thrown.message}); nothing was skipped: write the topic with compression none, gzip, snappy, lz4 or zstd, or delete the records up to that batch by the commands in docs/runbook.md, "A batch can't be read"`,
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
      `${name(input)}: the batch at offset ${batch.baseOffset} holds ${batch.byteLength} bytes of ${thrown.codec} that unpack to more than MAX_BATCH_BYTES (${thrown.maxBytes}). ` +
      `Its offsets ${position} to ${nextOffset - 1n} are left out, and windows that may lack them have complete = false. ` +
      "If a producer writes such batches on purpose, raise MAX_BATCH_BYTES or lower its batch size",
    cause: thrown
  })
}
