/**
 * The verdicts on the records of one input when they were counted for the first time. Each was
 * judged under the settings of the worker whose flush made that durable.
 */
import type { LogRecord } from "../../../src/domain/Batch.ts"
import type { DeadLetter } from "../../../src/domain/DeadLetter.ts"
import type { ReadSettings } from "../../../src/domain/Settings.ts"
import type { Input } from "../../../src/domain/Task.ts"
import { decode } from "../../oracle/Decode.ts"
import type { DurableStep } from "./Tables.ts"

export interface Times {
  /** The least and the greatest that any wall clock has shown while records were read. */
  readonly leastMs: number
  readonly greatestMs: number
}

/** An accepted event. */
interface Accepted {
  readonly offset: bigint
  readonly timeMs: number
  /** The greatest time of this event and of those before. */
  readonly greatestMs: number
}

export interface Reading {
  readonly accepted: ReadonlyArray<Accepted>
  /** The input's own watermark after each durable step. */
  readonly ownMs: ReadonlyArray<number>
  /** Offsets of records that only the clock can have declared dead. */
  readonly deadByClock: ReadonlySet<bigint>
  /** Which settings were in force from which offset on. */
  readonly settingsFrom: ReadonlyArray<{ readonly fromOffset: bigint; readonly settings: ReadSettings }>
  /** Decisions that no clock can have taken. */
  readonly findings: ReadonlyArray<string>
}

/** `records`: those that were counted, `letters`: their dead letters. */
export const readingOf = (
  input: Input,
  index: number,
  records: ReadonlyArray<LogRecord>,
  letters: ReadonlyArray<DeadLetter>,
  steps: ReadonlyArray<DurableStep>,
  times: Times
): Reading => {
  const accepted: Array<Accepted> = []
  const ownMs: Array<number> = []
  const deadByClock = new Set<bigint>()
  const settingsFrom: Array<{ readonly fromOffset: bigint; readonly settings: ReadSettings }> = []
  const findings: Array<string> = []
  const future = new Set(letters.filter(({ reason }) => reason === "future-timestamp").map(({ offset }) => offset))

  /** The record's event time, if it was accepted. */
  const judge = ({ offset, timestampMs, value }: LogRecord, read: ReadSettings): number | undefined => {
    if (value === null) return undefined
    const event = decode(input.kind, value, read.maxEventBytes, read.fields)
    if (event.kind === "dead") return undefined
    const aheadMs = event.timeMs - read.maxFutureSkewMs
    if (read.futureReference === "record" && timestampMs >= 0 && aheadMs > timestampMs) return undefined
    if (future.has(offset)) {
      deadByClock.add(offset)
      if (aheadMs <= times.leastMs) findings.push(`${input.topic} ${offset} is dead, but by no clock`)
      return undefined
    }
    if (aheadMs > times.greatestMs) findings.push(`${input.topic} ${offset} is dead by any clock`)
    return event.timeMs
  }

  let next = 0
  let greatestMs = Number.NEGATIVE_INFINITY
  let own = Number.NEGATIVE_INFINITY
  for (const { after, before, settings } of steps) {
    const { read } = settings
    const toOffset = after.inputs[index]?.nextOffset ?? 0n
    settingsFrom.push({ fromOffset: before.inputs[index]?.nextOffset ?? 0n, settings: read })
    own = Math.max(own, greatestMs - read.watermarkDelayMs)
    for (let record = records[next]; record !== undefined && record.offset < toOffset; record = records[++next]) {
      const timeMs = judge(record, read)
      if (timeMs === undefined) continue
      greatestMs = Math.max(greatestMs, timeMs)
      accepted.push({ offset: record.offset, timeMs, greatestMs })
      own = Math.max(own, greatestMs - read.watermarkDelayMs)
    }
    ownMs.push(own)
  }
  return { accepted, ownMs, deadByClock, settingsFrom, findings }
}
