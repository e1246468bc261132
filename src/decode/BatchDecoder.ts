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
import { outside } from "../domain/Invariant.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { Records } from "../domain/Records.ts"
import { NOT_YET_SCORED } from "../domain/Score.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { Input } from "../domain/Task.ts"
import { Kernel, type ScannedPart } from "../kernel/Kernel.ts"

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

/** One kernel for each model's words: a kernel keeps nothing from batch to batch. */
const kernels = new Map<SentimentModel["words"], Kernel>()

const kernelOf = ({ words }: SentimentModel): Kernel => {
  const known = kernels.get(words)
  if (known !== undefined) return known
  const made = new Kernel(words)
  kernels.set(words, made)
  return made
}

/** How some records of a batch are decoded. */
interface Terms {
  readonly settings: ReadSettings
  readonly clockMs: number
  readonly isReread: boolean
}

/** Decodes the records of one batch, in the order of their offsets. */
class Decoding {
  readonly #input: Input
  readonly #kernel: Kernel
  readonly #model: SentimentModel
  readonly #builder: EventColumnsBuilder
  readonly deadLetters: Array<DeadLetter> = []
  rereadEvents = 0
  tombstones = 0
  /** Whether messages have no score yet. */
  #isLeft = false

  constructor(input: Input, records: Records, model: SentimentModel) {
    this.#input = input
    this.#kernel = kernelOf(model)
    this.#model = model
    this.#builder = EventColumnsBuilder.reusing(records.count, records.baseOffset, records.bytes)
  }

  /** Adds records of the batch. */
  add(records: Records, terms: Terms): void {
    const { clockMs, isReread, settings } = terms
    const { kind } = this.#input
    const map = settings.fields?.[kind]
    const limits = {
      maxBytes: settings.maxEventBytes,
      maxSkewMs: settings.maxFutureSkewMs,
      clockMs,
      isByRecord: settings.futureReference === "record"
    }
    const builder = this.#builder
    if (settings.plainOnly === true) {
      // The kernel accepts every form.
      for (let index = 0; index < records.count; index++) this.#addUnusual(records, index, terms)
      return
    }
    for (let from = 0; from < records.count;) {
      const part = this.#kernel.scan(kind, map, records, from, limits, builder.next)
      builder.addLists(part.emotes, part.words, part.texts)
      if (part.left > 0) this.#isLeft = true
      if (isReread) this.rereadEvents += part.count - part.unusual.length
      let next = 0
      for (let index = 0; index < part.unusual.length; index++) {
        const unusual = part.unusual[index] ?? outside()
        this.#addRows(records, part, from, next, unusual)
        this.#addUnusual(records, from + unusual, terms)
        next = unusual + 1
      }
      this.#addRows(records, part, from, next, part.count)
      from += part.count
    }
  }

  /** The events, with their scores. Nothing is added afterwards. */
  done(): EventColumns {
    const events = this.#builder.done()
    if (!this.#isLeft) return events
    for (let event = 0; event < events.count; event++) {
      if (events.of(event, SCORE_MICRO) === NOT_YET_SCORED)
        events.events[event * EVENT + SCORE_MICRO] = this.#model.scoreMicro(events, event)
    }
    return events
  }

  /** Adds the events [start, end) of a part that begins with record `from`. */
  #addRows(records: Records, part: ScannedPart, from: number, start: number, end: number): void {
    if (start === end) return
    this.#builder.addRows(
      part.events.subarray(EVENT * start, EVENT * end),
      records.offsetDeltas.subarray(from + start, from + end),
      part.timesMs.subarray(start, end)
    )
  }

  /** Adds a record that the kernel leaves. */
  #addUnusual(records: Records, index: number, { clockMs, isReread, settings }: Terms): void {
    const value = records.valueAt(index)
    if (value === null) {
      if (!isReread) this.tombstones++
      return
    }
    const offset = records.offsetAt(index)
    const record = { timestampMs: records.timestampMsAt(index), value }
    const decoded = decodeRecord(this.#input.kind, record, settings, clockMs)
    if (Result.isSuccess(decoded)) {
      this.#builder.add(decoded.success, offset, NOT_YET_SCORED)
      this.#isLeft ||= decoded.success._tag === "chat"
      if (isReread) this.rereadEvents++
    } else if (!isReread) {
      this.deadLetters.push(deadLetter(this.#input, offset, record, decoded.failure))
    }
  }
}

/** Adds the records before `end` (open bound), each with the settings that were in force. */
const addReread = (decoding: Decoding, records: Records, end: number, reread: Reread, now: ReadSettings): void => {
  const isRead = (offset: bigint): boolean => !reread.futureOffsets.has(offset)
  let from = 0
  for (const { settings, untilOffset } of [...reread.earlier, { settings: now, untilOffset: reread.untilOffset }]) {
    const to = Math.min(records.indexFrom(untilOffset), end)
    if (to <= from) continue
    // The clock judged them when they were new.
    const terms = { settings, clockMs: Number.POSITIVE_INFINITY, isReread: true }
    decoding.add(records.slice(from, to).filter(isRead), terms)
    from = to
  }
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
  const decoding = new Decoding(input, records, model)
  // Offsets ascend: after the first new record all are new.
  const firstNew = records.indexFrom(reread.untilOffset)
  addReread(decoding, records, firstNew, reread, settings)
  decoding.add(records.slice(firstNew, records.count), { settings, clockMs, isReread: false })
  return {
    _tag: "Decoded",
    input: batch.input,
    nextOffset: batch.nextOffset,
    events: decoding.done(),
    rereadEvents: decoding.rereadEvents,
    deadLetters: decoding.deadLetters,
    tombstones: decoding.tombstones
  }
}
