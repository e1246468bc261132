/** Records to events: what every record goes through, new or read again. Never throws. */
import { Result } from "effect"
import type { LogRecord } from "../domain/Batch.ts"
import type { Rejection } from "../domain/DeadLetter.ts"
import type { Event } from "../domain/Event.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { InputKind } from "../domain/Task.ts"
import { isPlain } from "./Plain.ts"
import { parseEvent } from "./Parser.ts"
import { scanEvent } from "./Scanner.ts"

/**
 * Decodes a record that has a value.
 *
 * `clockMs` is the wall clock when the record was read; `+Infinity` leaves the clock out of the
 * judgement (re-read records, which it has judged already).
 */
export const decodeRecord = (
  kind: InputKind,
  record: { readonly timestampMs: LogRecord["timestampMs"]; readonly value: Uint8Array },
  settings: ReadSettings,
  clockMs: number
): Result.Result<Event, Rejection> => {
  if (record.value.length > settings.maxEventBytes) return Result.fail({ reason: "too-large", path: null })
  const map = settings.fields?.[kind]
  const scanned = map === undefined ? scanEvent(kind, record.value) : undefined
  const decoded = scanned === undefined ? parseEvent(kind, record.value, map) : Result.succeed(scanned)
  if (Result.isFailure(decoded)) return decoded
  // The scanner takes plain forms only.
  if (settings.plainOnly === true && scanned === undefined && !isPlain(record.value)) {
    return Result.fail({ reason: "invalid-event", path: "$" })
  }
  const timeMs = decoded.success.timeMs
  const recordMs =
    settings.futureReference === "record" && record.timestampMs >= 0 ? record.timestampMs : Number.POSITIVE_INFINITY
  return timeMs - settings.maxFutureSkewMs > Math.min(recordMs, clockMs)
    ? Result.fail({ reason: "future-timestamp", path: map?.time ?? "timestamp" })
    : decoded
}
