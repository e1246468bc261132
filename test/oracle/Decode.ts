/**
 * The content of a record's bytes, recounted from docs/SEMANTICS.md, "Events". Shares no line with
 * the worker.
 */

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
  | { readonly kind: "dead"; readonly reason: string; readonly path: string | null }

/** Path of the time field; it has one spelling. */
export const TIME_FIELD = "timestamp"

/** 2000-01-01T00:00:00Z (closed) and 2100-01-01T00:00:00Z (open). */
const FIRST_TIME_MS = 946_684_800_000
const TIME_LIMIT_MS = 4_102_444_800_000

/** A byte order mark stays in the text (ignoreBOM), so that JSON.parse refuses it. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const dead = (reason: string, path: string | null): Decoded => ({ kind: "dead", reason, path })

/** Everything but the future guard, which needs more than the bytes. */
export const decode = (kind: "chat" | "viewer", bytes: Uint8Array, maxEventBytes: number): Decoded => {
  if (bytes.length > maxEventBytes) return dead("too-large", null)

  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    return dead("invalid-json", null)
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return dead("invalid-event", "$")
  const fields = new Map<string, unknown>(Object.entries(value))

  // The fields in the table's order; the first that is not accepted decides.
  const stream = field(fields, ["stream_id", "channel"])
  const streamName = textOrInteger(stream.value)
  if (streamName === undefined || !isStreamName(streamName)) return dead("invalid-event", stream.path)

  const time = field(fields, [TIME_FIELD])
  const timeMs = parseTime(time.value)
  if (timeMs === undefined) return dead("invalid-timestamp", time.path)

  const id = field(fields, kind === "chat" ? ["event_id", "message_id"] : ["event_id"])
  if (!isMissing(id.value) && textOrInteger(id.value) === undefined) return dead("invalid-event", id.path)

  if (kind === "viewer") {
    const viewers = field(fields, ["viewer_count"])
    const count = viewers.value
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0 || count > 2_147_483_647) {
      return dead("invalid-event", viewers.path)
    }
    return { kind, stream: streamName, timeMs, viewers: count }
  }

  const user = field(fields, ["user_id", "username"])
  const userName = textOrInteger(user.value)
  if (userName === undefined || userName === "" || isTooLong(userName)) return dead("invalid-event", user.path)

  const text = field(fields, ["message"])
  if (typeof text.value !== "string") return dead("invalid-event", text.path)

  const emotes = field(fields, ["emotes"])
  const names: Array<string> = []
  if (!isMissing(emotes.value)) {
    if (!Array.isArray(emotes.value)) return dead("invalid-event", emotes.path)
    for (const [index, emote] of emotes.value.entries()) {
      if (typeof emote !== "string" || isTooLong(emote)) return dead("invalid-event", `emotes[${index}]`)
      names.push(clean(emote))
    }
  }
  return { kind, stream: streamName, timeMs, user: clean(userName), text: clean(text.value), emotes: names }
}

const isMissing = (value: unknown): boolean => value === undefined || value === null

/**
 * The first spelling that is neither absent nor `null`; else the first spelling, without a value.
 */
const field = (
  fields: ReadonlyMap<string, unknown>,
  spellings: readonly [string, ...Array<string>]
): { readonly path: string; readonly value: unknown } => {
  for (const spelling of spellings) {
    const value = fields.get(spelling)
    if (!isMissing(value)) return { path: spelling, value }
  }
  return { path: spellings[0], value: undefined }
}

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

const TIME_TEXT =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ](?<hour>\d{2}):(?<minute>\d{2})(:(?<second>\d{2})([.,](?<fraction>\d+))?)?(Z|(?<sign>[+-])(?<offsetHour>\d{2})(:(?<offsetMinute>\d{2}))?)?$/

/** Milliseconds since the epoch, or `undefined` where the value is no accepted time. */
export const parseTime = (value: unknown): number | undefined => {
  const timeMs = typeof value === "number" ? Math.trunc(value) : typeof value === "string" ? parseTimeText(value) : NaN
  return timeMs >= FIRST_TIME_MS && timeMs < TIME_LIMIT_MS ? timeMs : undefined
}

/** NaN where the text is not of the form, or names a time that does not exist. */
const parseTimeText = (text: string): number => {
  const parts = TIME_TEXT.exec(text)?.groups
  if (parts === undefined) return NaN
  const number = (name: string): number => Number(parts[name] ?? 0)

  const [hour, minute, second] = [number("hour"), number("minute"), number("second")]
  const [offsetHour, offsetMinute] = [number("offsetHour"), number("offsetMinute")]
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return NaN

  // A month or a day that does not exist makes Date.UTC give another date, and a year below 100
  // another year.
  const midnight = new Date(Date.UTC(number("year"), number("month") - 1, number("day")))
  const date = `${parts["year"]}-${parts["month"]}-${parts["day"]}`
  if (midnight.toISOString().slice(0, 10) !== date) return NaN

  const milliseconds = Number((parts["fraction"] ?? "").padEnd(3, "0").slice(0, 3))
  const local = midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
  const offset = (offsetHour * 60 + offsetMinute) * 60_000
  return parts["sign"] === "-" ? local + offset : local - offset
}
