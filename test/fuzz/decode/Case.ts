/** One call of the decoder, as plain values: it can be drawn, made smaller and printed. */
import type { Reread } from "../../../src/decode/BatchDecoder.ts"
import type { Batch } from "../../../src/domain/Batch.ts"
import { OffsetRuns } from "../../../src/domain/OffsetRuns.ts"
import { Records, TOMBSTONE } from "../../../src/domain/Records.ts"
import type { SentimentModel } from "../../../src/domain/SentimentModel.ts"
import type { ReadSettings } from "../../../src/domain/Settings.ts"
import type { Input } from "../../../src/domain/Task.ts"
import { bytesOf } from "./Bytes.ts"

/** A record and what is near it. */
export interface CaseRecord {
  /** The bytes between the value before and this one. */
  readonly gap: string
  /** `null` = a tombstone. */
  readonly value: string | null
  readonly offsetDelta: number
  readonly timestampMs: number
  /** Whether its bytes were changed after they had been written. */
  readonly isMutated: boolean
}

export interface Case {
  readonly input: Input
  readonly baseOffset: bigint
  readonly records: ReadonlyArray<CaseRecord>
  /** The bytes behind the last value. */
  readonly tail: string
  /** Where the bytes begin in their buffer. */
  readonly byteOffset: number
  readonly clockMs: number
  readonly settings: ReadSettings
  readonly untilOffset: bigint
  readonly earlier: Reread["earlier"]
  /** Runs [from, to). */
  readonly futureOffsets: ReadonlyArray<readonly [from: bigint, to: bigint]>
  readonly model: SentimentModel
}

/** The arguments of the decoder. */
export interface Call {
  readonly input: Input
  readonly batch: Batch
  readonly clockMs: number
  readonly settings: ReadSettings
  readonly reread: Reread
  readonly model: SentimentModel
}

/** Bytes beyond those of the batch would continue a text. */
const AROUND = 0x61

const recordsOf = ({ baseOffset, byteOffset, records, tail }: Case): Records => {
  const starts = new Int32Array(records.length)
  const ends = new Int32Array(records.length)
  const parts: Array<string> = []
  let length = 0
  for (const [index, { gap, value }] of records.entries()) {
    starts[index] = length + gap.length
    ends[index] = value === null ? TOMBSTONE : length + gap.length + value.length
    parts.push(gap, value ?? "")
    length += gap.length + (value?.length ?? 0)
  }
  const bytes = bytesOf(parts.join("") + tail)
  const buffer = new Uint8Array(byteOffset === 0 ? bytes.length : bytes.length + byteOffset + 32).fill(AROUND)
  buffer.set(bytes, byteOffset)
  return new Records({
    bytes: buffer.subarray(byteOffset, byteOffset + bytes.length),
    baseOffset,
    offsetDeltas: Float64Array.from(records, ({ offsetDelta }) => offsetDelta),
    timestampsMs: Float64Array.from(records, ({ timestampMs }) => timestampMs),
    starts,
    ends
  })
}

export const callOf = (drawn: Case): Call => {
  const records = recordsOf(drawn)
  const futureOffsets = new OffsetRuns()
  for (const [from, to] of drawn.futureOffsets) futureOffsets.append(from, to)
  return {
    input: drawn.input,
    batch: { input: 3, records, nextOffset: drawn.baseOffset + BigInt(drawn.records.at(-1)?.offsetDelta ?? 0) + 1n },
    clockMs: drawn.clockMs,
    settings: drawn.settings,
    reread: { untilOffset: drawn.untilOffset, earlier: drawn.earlier, futureOffsets },
    model: drawn.model
  }
}
