/**
 * Decodes batches of bytes into batches of events with their offsets. Knows which records are
 * re-read: those are not reported as dead letters again, and the clock does not judge them again.
 */
import { Result } from "effect"
import { decodeRecord } from "./Decoder.ts"
import type { EarlierRead } from "../domain/Checkpoint.ts"
import type { Batch, LogRecord } from "../domain/Batch.ts"
import type { DeadLetter, Rejection } from "../domain/DeadLetter.ts"
import type { DecodedBatch } from "../domain/DecodedBatch.ts"
import type { Event } from "../domain/Event.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { Input } from "../domain/Task.ts"

/** The part of an input that a recovery reads again, and what the clock decided there. */
export interface Reread {
  /** Records below it (open bound) were counted before. */
  readonly untilOffset: bigint
  /** Settings in force before they were changed, ascending. */
  readonly earlier: ReadonlyArray<EarlierRead>
  /** Re-read records that the future guard had made dead letters. */
  readonly futureOffsets: OffsetRuns
}

const deadLetter = (
  input: Input,
  record: LogRecord & { readonly value: Uint8Array },
  rejection: Rejection
): DeadLetter => ({
  topic: input.topic,
  partition: input.partition,
  offset: record.offset,
  recordTimestampMs: record.timestampMs < 0 ? null : record.timestampMs,
  // A copy: the record is a view of its whole fetched batch, which would stay in memory with it.
  payload: record.value.slice(),
  payloadBytes: record.value.length,
  ...rejection
})

const hasValue = (record: LogRecord): record is LogRecord & { readonly value: Uint8Array } => record.value !== null

const settingsAt = (offset: bigint, now: ReadSettings, { earlier }: Reread): ReadSettings =>
  earlier.find(({ untilOffset }) => offset < untilOffset)?.settings ?? now

/** Decodes one batch. `clockMs` is the wall clock when it was read. */
export const decodeBatch = (
  input: Input,
  batch: Batch,
  clockMs: number,
  settings: ReadSettings,
  reread: Reread
): DecodedBatch => {
  const events: Array<Event> = []
  const offsets: Array<bigint> = []
  const deadLetters: Array<DeadLetter> = []
  let rereadEvents = 0
  let tombstones = 0
  // Offsets ascend: after the first new record all are new.
  let isReread = true
  for (const record of batch.records) {
    isReread &&= record.offset < reread.untilOffset
    if (!hasValue(record)) {
      if (!isReread) tombstones++
      continue
    }
    if (isReread && reread.futureOffsets.has(record.offset)) continue
    const decoded = isReread
      ? decodeRecord(input.kind, record, settingsAt(record.offset, settings, reread), Number.POSITIVE_INFINITY)
      : decodeRecord(input.kind, record, settings, clockMs)
    if (Result.isSuccess(decoded)) {
      events.push(decoded.success)
      offsets.push(record.offset)
      if (isReread) rereadEvents++
    } else if (!isReread) {
      deadLetters.push(deadLetter(input, record, decoded.failure))
    }
  }
  return {
    _tag: "Decoded",
    input: batch.input,
    nextOffset: batch.nextOffset,
    events,
    offsets,
    rereadEvents,
    deadLetters,
    tombstones
  }
}
