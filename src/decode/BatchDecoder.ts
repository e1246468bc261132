/**
 * Decodes batches of bytes into batches of events with their offsets. Knows which records are
 * re-read: those are not reported as dead letters again, and the clock does not judge them again.
 */
import { Result } from "effect"
import { decodeRecord } from "./Decoder.ts"
import type { EarlierRead } from "../domain/Checkpoint.ts"
import type { Batch } from "../domain/Batch.ts"
import type { DeadLetter, Rejection } from "../domain/DeadLetter.ts"
import type { DecodedBatch } from "../domain/DecodedBatch.ts"
import { EVENT, type EventColumns, SCORE_MICRO } from "../domain/EventColumns.ts"
import { EventColumnsBuilder } from "../domain/EventColumnsBuilder.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { Input } from "../domain/Task.ts"

/** A record that has a value. */
interface Valued {
  readonly timestampMs: number
  readonly value: Uint8Array
}

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
  offset: bigint,
  { timestampMs, value }: Valued,
  rejection: Rejection
): DeadLetter => ({
  topic: input.topic,
  partition: input.partition,
  offset,
  recordTimestampMs: timestampMs < 0 ? null : timestampMs,
  // A copy: the value is a view of its whole batch, which would stay in memory with it.
  payload: value.slice(),
  payloadBytes: value.length,
  ...rejection
})

const settingsAt = (offset: bigint, now: ReadSettings, { earlier }: Reread): ReadSettings =>
  earlier.find(({ untilOffset }) => offset < untilOffset)?.settings ?? now

/** Scores the messages of a batch. */
const score = (events: EventColumns, model: SentimentModel): void => {
  for (let event = 0; event < events.count; event++)
    events.events[event * EVENT + SCORE_MICRO] = model.scoreMicro(events, event)
}

/** Decodes one batch. `clockMs` is the wall clock when it was read. */
export const decodeBatch = (
  input: Input,
  batch: Batch,
  clockMs: number,
  settings: ReadSettings,
  reread: Reread,
  model: SentimentModel
): DecodedBatch => {
  const { records } = batch
  const builder = new EventColumnsBuilder(records.count, records.baseOffset)
  const deadLetters: Array<DeadLetter> = []
  let rereadEvents = 0
  let tombstones = 0
  // Offsets ascend: after the first new record all are new.
  const firstNew = records.indexFrom(reread.untilOffset)
  for (let index = 0; index < records.count; index++) {
    const isReread = index < firstNew
    const value = records.valueAt(index)
    if (value === null) {
      if (!isReread) tombstones++
      continue
    }
    const offset = records.offsetAt(index)
    if (isReread && reread.futureOffsets.has(offset)) continue
    const record = { timestampMs: records.timestampMsAt(index), value }
    const decoded = isReread
      ? decodeRecord(input.kind, record, settingsAt(offset, settings, reread), Number.POSITIVE_INFINITY)
      : decodeRecord(input.kind, record, settings, clockMs)
    if (Result.isSuccess(decoded)) {
      builder.add(decoded.success, offset)
      if (isReread) rereadEvents++
    } else if (!isReread) {
      deadLetters.push(deadLetter(input, offset, record, decoded.failure))
    }
  }
  const events = builder.done()
  if (input.kind === "chat") score(events, model)
  return {
    _tag: "Decoded",
    input: batch.input,
    nextOffset: batch.nextOffset,
    events,
    rereadEvents,
    deadLetters,
    tombstones
  }
}
