/**
 * Inputs of one task for the tests of single stages: chat and viewer events of stream names, at
 * seconds of event time.
 */
import type { TaskInput } from "../../src/domain/TaskInput.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { INPUTS, settingsOf, startOf } from "./Script.ts"

export const BASE_MS = Date.UTC(2026, 0, 1)
export const SETTINGS = settingsOf(0, 0, false)
export const START = startOf({ inputs: INPUTS, settings: SETTINGS })

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** One event per stream, in one batch that starts at `offset`. */
export const batch = (input: number, offset: number, second: number, streams: ReadonlyArray<string>): TaskInput => {
  const timestampMs = BASE_MS + second * 1000
  const event = { timestamp: timestampMs, user_id: "u", message: "so", viewer_count: 1 }
  const records = RecordsBuilder.of(
    streams.map((stream, index) => ({
      offset: BigInt(offset + index),
      timestampMs,
      value: encode({ ...event, stream_id: stream })
    }))
  )
  return {
    _tag: "Batch",
    batch: { input, records, nextOffset: BigInt(offset + streams.length) },
    clockMs: timestampMs
  }
}
