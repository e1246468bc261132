/**
 * The records that were events before wrapped values, seconds, microseconds and other zones were
 * accepted. A checkpoint of such a release has counted only these, so a re-read takes no others.
 */
import { isJsonObject } from "../domain/Wrapping.ts"
import { EARLIEST_MS, LATEST_MS } from "./Timestamp.ts"

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::\d\d)?)?$/

const isPlainTime = (time: unknown): boolean =>
  typeof time === "number"
    ? Math.trunc(time) >= EARLIEST_MS && time < LATEST_MS
    : typeof time === "string" && ISO.test(time)

/** Whether the bytes of an event have the plain form. Never throws. */
export const isPlain = (value: Uint8Array): boolean => {
  try {
    const json: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8"))
    return isJsonObject(json) && isPlainTime(json["timestamp"])
  } catch {
    return false
  }
}
