/**
 * Why a record is probably no event, in a sentence for operators. It quotes nothing of the record
 * but numbers.
 */
import { Result } from "effect"
import type { DeadLetterReason, Rejection } from "../domain/DeadLetter.ts"
import type { InputKind } from "../domain/Task.ts"
import { parseEvent } from "./Parser.ts"

/** Longer values are judged by their first bytes. Bounds the work per example. */
const MAX_PARSED_BYTES = 65_536

/** The first bytes of values that are not JSON, by format. */
const SIGNATURES: ReadonlyArray<readonly [bytes: ReadonlyArray<number>, cause: string]> = [
  [[0x1f, 0x8b], "the producer compresses values by gzip itself: use Kafka's compression.type instead"],
  [[0x28, 0xb5, 0x2f, 0xfd], "the producer compresses values by zstd itself: use Kafka's compression.type instead"],
  [[0x04, 0x22, 0x4d, 0x18], "the producer compresses values by lz4 itself: use Kafka's compression.type instead"],
  [[0x78, 0x9c], "the producer compresses values by zlib itself: use Kafka's compression.type instead"],
  [[0xac, 0xed, 0x00, 0x05], "the value is a serialized Java object: use a JSON or string serializer"],
  [[0x4f, 0x62, 0x6a, 0x01], "the value is an Avro file: write JSON"],
  [[0xef, 0xbb, 0xbf], "the value begins with a byte order mark: write UTF-8 without it"],
  [[0xff, 0xfe], "the value is UTF-16: write UTF-8"],
  [[0xfe, 0xff], "the value is UTF-16: write UTF-8"],
  [[0x7b, 0x00], "the value is UTF-16: write UTF-8"],
  [[0x00, 0x7b], "the value is UTF-16: write UTF-8"],
  [[0x3c], "the value is XML or HTML: write JSON"]
]

const startsWith = (value: Uint8Array, bytes: ReadonlyArray<number>): boolean =>
  bytes.every((byte, index) => value[index] === byte)

/** The schema's id of Confluent's wire format: a zero byte, then four bytes, big-endian. */
const schemaId = (value: Uint8Array): number | undefined =>
  value.length > 5 && value[0] === 0
    ? new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(1)
    : undefined

const ofBytes = (value: Uint8Array): string | undefined => {
  if (value.length === 0) return "the value is empty: a producer that deletes a key sends null"
  const signature = SIGNATURES.find(([bytes]) => startsWith(value, bytes))
  if (signature !== undefined) return signature[1]
  const id = schemaId(value)
  return id === undefined
    ? undefined
    : `the first byte is 0 and bytes 2 to 5 are schema id ${id}, the prefix of a schema registry's serializer: write plain JSON`
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const ofText = (value: Uint8Array): string => {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8").trim()
  const [line = "", second] = text.split("\n", 2)
  if (second !== undefined && isObject(jsonOf(line)))
    return "the value holds several lines of JSON: write one event per record"
  if (/^\{\s*'/.test(text)) return "keys are in single quotes, as Python prints a dict: write JSON"
  if (/^[{[]/.test(text) && !/[}\]]$/.test(text)) return "the value ends early: it was cut off on its way"
  return /^[{["]/.test(text)
    ? "the value is no valid JSON in UTF-8"
    : "the value is no JSON: another serializer wrote it (Avro, Protobuf, MessagePack, text)"
}

/** Keys by which tools wrap the event, and how to unwrap it. */
const ENVELOPES: ReadonlyArray<readonly [keys: ReadonlyArray<string>, cause: string]> = [
  [["schema", "payload"], "Kafka Connect wraps the event: set value.converter.schemas.enable=false"],
  [["op", "after"], "Debezium wraps the event: unwrap it by the transform ExtractNewRecordState"],
  [["specversion", "data"], "CloudEvents wraps the event: use the binary content mode"]
]

const ofShape = (kind: InputKind, value: Uint8Array): string | undefined => {
  const other: InputKind = kind === "chat" ? "viewer" : "chat"
  if (Result.isSuccess(parseEvent(other, value))) {
    return `it is a valid ${other} event: CHAT_TOPIC and VIEWER_TOPIC may be swapped, or a producer writes to the wrong topic`
  }
  const json = jsonOf(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8"))
  if (Array.isArray(json)) return "the value is a JSON array: write one event per record"
  if (typeof json === "string") {
    return isObject(jsonOf(json)) ? "the event is encoded as JSON twice" : "the value is a JSON string, no object"
  }
  if (!isObject(json)) return "the value is no JSON object"
  return ENVELOPES.find(([keys]) => keys.every((key) => json[key] !== undefined))?.[1]
}

/** `undefined` for text that is no number of another unit. */
const ofTimestamp = (value: Uint8Array): string | undefined => {
  const json = jsonOf(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8"))
  const time = isObject(json) ? Number(json["timestamp"]) : Number.NaN
  if (!Number.isFinite(time)) return undefined
  const unit = time < 1e11 ? "seconds" : time > 1e17 ? "nanoseconds" : time > 1e14 ? "microseconds" : undefined
  return unit === undefined ? undefined : `the timestamp is in ${unit}: write milliseconds since 1970, or ISO 8601`
}

const BY_REASON: Readonly<Record<DeadLetterReason, string>> = {
  "too-large": "the value is longer than MAX_EVENT_BYTES",
  "invalid-json": "the value is no JSON: another serializer wrote it",
  "invalid-event": "a field is missing, or has another type",
  "invalid-timestamp": "the timestamp is in another format: write milliseconds since 1970, or ISO 8601",
  "future-timestamp":
    "the event time is more than MAX_FUTURE_SKEW ahead: the producer's clock is ahead, or this machine's is behind"
}

/** The likely cause of a rejection. Decodes at most {@link MAX_PARSED_BYTES}. */
export const likelyCause = (kind: InputKind, value: Uint8Array, { reason }: Rejection): string => {
  const isShort = value.length <= MAX_PARSED_BYTES
  const found =
    reason === "invalid-json"
      ? (ofBytes(value) ?? (isShort ? ofText(value) : undefined))
      : reason === "invalid-event" && isShort
        ? ofShape(kind, value)
        : (reason === "invalid-timestamp" || reason === "future-timestamp") && isShort
          ? ofTimestamp(value)
          : undefined
  return found ?? BY_REASON[reason]
}
