/**
 * The content of a record's bytes, recounted from docs/SEMANTICS.md, "Events". Shares no line with
 * the worker.
 */
import { parseTime } from "./EventTime.ts"

export type DeadReason = "too-large" | "invalid-json" | "invalid-event" | "invalid-timestamp" | "future-timestamp"

/** The fate of one record's value. */
export type Decoded =
  | {
      readonly kind: "chat"
      readonly stream: string
      readonly timeMs: number
      readonly user: string
      readonly text: string
      readonly emotes: ReadonlyArray<string>
    }
  | { readonly kind: "viewer"; readonly stream: string; readonly timeMs: number; readonly viewers: number }
  | { readonly kind: "dead"; readonly reason: DeadReason; readonly path: string | null }

type Kind = "chat" | "viewer"

/** JSON pointers by the name of the field: stream, time, id, user, text, emotes, viewers. */
export type Pointers = Readonly<Partial<Record<string, string>>>

/** The mapped fields of each kind. Absent = the built-in spellings. */
export interface FieldPointers {
  readonly chat?: Pointers
  readonly viewer?: Pointers
}

/** The path of the time field in a dead letter. */
export const timePath = (kind: Kind, fields: FieldPointers = {}): string => fields[kind]?.["time"] ?? "timestamp"

/** A byte order mark stays in the text (ignoreBOM), so that JSON.parse refuses it. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const dead = (reason: DeadReason, path: string | null): Decoded => ({ kind: "dead", reason, path })

/** Everything but the future guard, which needs more than the bytes. */
export const decode = (kind: Kind, bytes: Uint8Array, maxEventBytes: number, fields: FieldPointers = {}): Decoded => {
  if (bytes.length > maxEventBytes) return dead("too-large", null)

  const pointers = fields[kind] ?? {}
  let outer: unknown
  try {
    outer = JSON.parse(utf8.decode(bytes.length > 5 && bytes[0] === 0 ? bytes.subarray(5) : bytes))
  } catch {
    return dead("invalid-json", null)
  }
  const value = unwrapped(outer, pointers)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return dead("invalid-event", "$")

  /** The field at its pointer, else at the first spelling that is neither absent nor `null`. */
  const field = (name: string, ...spellings: ReadonlyArray<string>): Found => {
    const pointer = pointers[name]
    if (pointer !== undefined) return { path: pointer, value: at(value, pointer), element: (i) => `${pointer}/${i}` }
    const used = spellings.find((spelling) => !isMissing(member(value, spelling))) ?? String(spellings[0])
    return { path: used, value: member(value, used), element: (i) => `${used}[${i}]` }
  }

  // The fields in the table's order; the first that is not accepted decides.
  const stream = field("stream", "stream_id", "channel")
  const streamName = textOrInteger(stream.value)
  if (streamName === undefined || !isStreamName(streamName)) return dead("invalid-event", stream.path)

  const time = field("time", "timestamp")
  const timeMs = parseTime(time.value)
  if (timeMs === undefined) return dead("invalid-timestamp", time.path)

  const id = kind === "chat" ? field("id", "event_id", "message_id") : field("id", "event_id")
  if (!isMissing(id.value) && textOrInteger(id.value) === undefined) return dead("invalid-event", id.path)

  if (kind === "viewer") {
    const viewers = field("viewers", "viewer_count")
    const count = viewers.value
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0 || count > 2_147_483_647) {
      return dead("invalid-event", viewers.path)
    }
    return { kind, stream: streamName, timeMs, viewers: count }
  }

  const user = field("user", "user_id", "username")
  const userName = textOrInteger(user.value)
  if (userName === undefined || userName === "" || isTooLong(userName)) return dead("invalid-event", user.path)

  const text = field("text", "message")
  if (typeof text.value !== "string") return dead("invalid-event", text.path)

  const emotes = field("emotes", "emotes")
  const names: Array<string> = []
  if (!isMissing(emotes.value)) {
    if (!Array.isArray(emotes.value)) return dead("invalid-event", emotes.path)
    for (const [index, emote] of emotes.value.entries()) {
      if (typeof emote !== "string" || isTooLong(emote)) return dead("invalid-event", emotes.element(index))
      names.push(clean(emote))
    }
  }
  return { kind, stream: streamName, timeMs, user: clean(userName), text: clean(text.value), emotes: names }
}

interface Found {
  readonly path: string
  readonly value: unknown
  /** The path of an element. */
  readonly element: (index: number) => string
}

/** A text that is JSON, and an envelope, in either order and each at most once. */
const unwrapped = (outer: unknown, pointers: Pointers): unknown => {
  const keepsEnvelope = Object.values(pointers).some((pointer) => /^\/(schema|payload)(\/|$)/.test(String(pointer)))
  let value = outer
  let [texts, envelopes] = [1, keepsEnvelope ? 0 : 1]
  while (true) {
    if (typeof value === "string" && texts-- > 0) {
      try {
        value = JSON.parse(value)
      } catch {
        return value // a text is no object
      }
    } else if (isEnvelope(value) && envelopes-- > 0) value = member(value, "payload")
    else return value
  }
}

const isEnvelope = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).toSorted().join() === "payload,schema"

const member = (value: object, name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value as unknown

/** The value at a JSON pointer of RFC 6901, which is not empty. */
const at = (json: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .map((key) => key.replace(/~[01]/g, (escape) => (escape === "~1" ? "/" : "~")))
    .reduce<unknown>((value, key) => {
      if (Array.isArray(value)) return /^(0|[1-9][0-9]*)$/.test(key) ? value[Number(key)] : undefined
      return typeof value === "object" && value !== null ? member(value, key) : undefined
    }, json)

const isMissing = (value: unknown): boolean => value === undefined || value === null

/** Text as it is; a safe integer as decimal text (`-0` is `0`); `undefined` for anything else. */
const textOrInteger = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? "0" : String(value)
  return undefined
}

/** More than 255 code points; U+0000 and lone surrogates are one each, as U+FFFD is. */
const isTooLong = (name: string): boolean => [...name].length > 255

const isStreamName = (name: string): boolean => {
  const codePoints = [...name].length
  return codePoints >= 1 && codePoints <= 255 && !name.includes("\u0000") && name.isWellFormed()
}

/** U+0000 and lone surrogates become U+FFFD. */
const clean = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\uFFFD")
