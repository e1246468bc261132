/**
 * Why a record is probably no event, in a sentence for operators. It quotes nothing of the record
 * but numbers.
 */
import { Result } from "effect"
import type { DeadLetterReason, Rejection } from "../domain/DeadLetter.ts"
import { type FieldMap, type FieldMaps, keepsEnvelope, keysOf, valueAt } from "../domain/FieldMap.ts"
import type { InputKind } from "../domain/Task.ts"
import { isJsonObject, unwrapped, withoutPrefix } from "../domain/Wrapping.ts"
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
    : `the first byte is 0 and bytes 2 to 5 are schema id ${id}, a schema registry's prefix, but no JSON follows. Write JSON, not Avro or Protobuf`
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const ofText = (value: Uint8Array): string => {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8").trim()
  const [line = "", second] = text.split("\n", 2)
  if (second !== undefined && isJsonObject(jsonOf(line)))
    return "the value holds several lines of JSON: write one event per record"
  if (/^\{\s*'/.test(text)) return "keys are in single quotes, as Python prints a dict: write JSON"
  if (/^[{[]/.test(text) && !/[}\]]$/.test(text)) return "the value ends early: it was cut off on its way"
  return /^[{["]/.test(text)
    ? "the value is no valid JSON in UTF-8"
    : "the value is no JSON: another serializer wrote it (Avro, Protobuf, MessagePack, text)"
}

/** Keys by which tools wrap the event, and how to unwrap it. */
const ENVELOPES: ReadonlyArray<readonly [keys: ReadonlyArray<string>, cause: (name: string) => string]> = [
  [
    ["op", "after"],
    (name) =>
      `Debezium wraps the event: unwrap it by the transform ExtractNewRecordState, or set ${name} to pointers that begin with /after`
  ],
  [
    ["specversion", "data"],
    (name) =>
      `CloudEvents wraps the event: use the binary content mode, or set ${name} to pointers that begin with /data`
  ],
  [
    ["schema", "payload"],
    (name) =>
      `the envelope has further members than schema and payload: remove them, or set ${name} to pointers that begin with /payload`
  ]
]

const variableOf = (kind: InputKind): string => (kind === "chat" ? "CHAT_FIELDS" : "VIEWER_FIELDS")

/** The value without its wrapping; `undefined` if it is not JSON. */
const contentOf = (value: Uint8Array, map: FieldMap | undefined): unknown => {
  const { buffer, byteLength, byteOffset } = withoutPrefix(value)
  const json = jsonOf(Buffer.from(buffer, byteOffset, byteLength).toString("utf8"))
  return unwrapped(json, map !== undefined && keepsEnvelope(map))
}

/** The fault of a mapped field; `undefined` if the path is not a pointer of the mapping. */
const ofPointer = (kind: InputKind, json: unknown, path: string | null, map: FieldMap): string | undefined => {
  const pointer = Object.values(map).find((one) => path === one || path?.startsWith(`${one}/`))
  if (pointer === undefined) return undefined
  return valueAt(json, keysOf(pointer)) === undefined
    ? `the record has nothing at this pointer of ${variableOf(kind)}: name the place at which the producer writes the field`
    : `the value at this pointer of ${variableOf(kind)} has another type`
}

const ofShape = (kind: InputKind, value: Uint8Array, path: string | null, fields: FieldMaps): string | undefined => {
  const other: InputKind = kind === "chat" ? "viewer" : "chat"
  const map = fields[kind]
  if (Result.isSuccess(parseEvent(other, value, fields[other]))) {
    return `it is a valid ${other} event: CHAT_TOPIC and VIEWER_TOPIC may be swapped, or a producer writes to the wrong topic`
  }
  if (map !== undefined && Result.isSuccess(parseEvent(kind, value))) {
    return `it is a valid event by the built-in names of fields, but ${variableOf(kind)} names other places`
  }
  const json = contentOf(value, map)
  if (Array.isArray(json)) return "the value is a JSON array: write one event per record"
  if (typeof json === "string") {
    return isJsonObject(jsonOf(json))
      ? "the event is encoded as JSON three times"
      : "the value is a JSON string, no object"
  }
  if (!isJsonObject(json)) return "the value is no JSON object"
  return (
    (map === undefined ? undefined : ofPointer(kind, json, path, map)) ??
    ENVELOPES.find(([keys]) => keys.every((key) => json[key] !== undefined))?.[1](variableOf(kind)) ??
    `a field is missing, or has another type: if the producer uses other names, ${variableOf(kind)} maps them`
  )
}

/** `undefined` for text that is not a number. */
const ofTimestamp = (kind: InputKind, value: Uint8Array, map: FieldMap | undefined): string | undefined => {
  const json = contentOf(value, map)
  const pointer = map?.time
  const found = valueAt(json, pointer === undefined ? ["timestamp"] : keysOf(pointer))
  if (found === undefined && pointer !== undefined && map !== undefined) return ofPointer(kind, json, pointer, map)
  const time = typeof found === "number" || typeof found === "string" ? Number(found) : Number.NaN
  if (!Number.isFinite(time) || found === "") return undefined
  return time > 9e17 && time < 5e18
    ? "the timestamp is in nanoseconds: write milliseconds since 1970, or ISO 8601"
    : "the timestamp is a number, but no time from 2000 to 2099: write milliseconds since 1970, or ISO 8601"
}

const BY_REASON: Readonly<Record<DeadLetterReason, string>> = {
  "too-large": "the value is longer than MAX_EVENT_BYTES",
  "invalid-json": "the value is no JSON: another serializer wrote it",
  "invalid-event": "a field is missing, or has another type",
  "invalid-timestamp": "the timestamp is missing or in another format: write milliseconds since 1970, or ISO 8601",
  "future-timestamp":
    "the event time is more than MAX_FUTURE_SKEW ahead: the producer's clock is ahead, or this machine's is behind"
}

/**
 * The likely cause of a rejection under a mapping of fields. Decodes at most {@link
 * MAX_PARSED_BYTES}.
 */
export const likelyCause = (
  kind: InputKind,
  value: Uint8Array,
  { path, reason }: Rejection,
  fields: FieldMaps = {}
): string => {
  const isShort = value.length <= MAX_PARSED_BYTES
  const found =
    reason === "invalid-json"
      ? (ofBytes(value) ?? (isShort ? ofText(value) : undefined))
      : reason === "invalid-event" && isShort
        ? ofShape(kind, value, path, fields)
        : reason === "invalid-timestamp" && isShort
          ? ofTimestamp(kind, value, fields[kind])
          : undefined
  return found ?? BY_REASON[reason]
}
