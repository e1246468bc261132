/**
 * Decodes bytes into events with `JSON.parse` and the schemas. Accepts every form of an event, and
 * checks neither size nor the future. Other bytes become a {@link Rejection} with the first reason
 * that applies.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Result, Schema, type SchemaIssue } from "effect"
import type { DeadLetterReason, Rejection } from "../domain/DeadLetter.ts"
import type { Event } from "../domain/Event.ts"
import { MAX_EMOTES_PER_EVENT } from "../domain/Limits.ts"
import type { InputKind } from "../domain/Task.ts"
import { utf8Of } from "../domain/Utf8.ts"
import { ChatEventSchema, ViewerEventSchema } from "./WireEvent.ts"

type Json = Readonly<Record<string, unknown>>

const isJsonObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A field and its spellings; the first that is neither absent nor null counts. */
type Spellings = Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>>

const CHAT_SPELLINGS: Spellings = {
  stream: ["stream_id", "channel"],
  timeMs: ["timestamp"],
  id: ["event_id", "message_id"],
  user: ["user_id", "username"],
  text: ["message"],
  emotes: ["emotes"]
}

const VIEWER_SPELLINGS: Spellings = {
  stream: ["stream_id", "channel"],
  timeMs: ["timestamp"],
  id: ["event_id"],
  viewers: ["viewer_count"]
}

// The two functions below repeat these tables as straight code, because they run for every record.

const resolveChat = (json: Json): unknown => ({
  _tag: "chat",
  stream: json["stream_id"] ?? json["channel"],
  timeMs: json["timestamp"],
  id: json["event_id"] ?? json["message_id"] ?? undefined,
  user: json["user_id"] ?? json["username"],
  text: json["message"],
  emotes: json["emotes"] ?? []
})

const resolveViewer = (json: Json): unknown => ({
  _tag: "viewer",
  stream: json["stream_id"] ?? json["channel"],
  timeMs: json["timestamp"],
  id: json["event_id"] ?? undefined,
  viewers: json["viewer_count"]
})

const decodeChat = Schema.decodeUnknownResult(ChatEventSchema)
const decodeViewer = Schema.decodeUnknownResult(ViewerEventSchema)

// A byte order mark is kept, so that JSON.parse refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The path of the first issue, from the outside in. */
const pathOf = (issue: SchemaIssue.Issue): ReadonlyArray<PropertyKey> => {
  switch (issue._tag) {
    case "Pointer":
      return [...issue.path, ...pathOf(issue.issue)]
    case "Composite":
      return pathOf(issue.issues[0])
    case "Encoding":
    case "Filter":
      return pathOf(issue.issue)
    default:
      return []
  }
}

const spell = (json: Json, spellings: Spellings, field: string): string => {
  const names = spellings[field] ?? [field]
  return names.find((name) => json[name] !== undefined && json[name] !== null) ?? names[0]
}

const rejectIssue = (json: Json, spellings: Spellings, issue: SchemaIssue.Issue): Rejection => {
  const [field = "$", ...inside] = pathOf(issue).map(String)
  const index = inside.map((key) => `[${key}]`).join("")
  return {
    reason: field === "timeMs" ? "invalid-timestamp" : "invalid-event",
    path: spell(json, spellings, field) + index
  }
}

const reject = (reason: DeadLetterReason, path: string | null): Result.Result<never, Rejection> =>
  Result.fail({ reason, path })

/** Never throws. */
export const parseEvent = (kind: InputKind, value: Uint8Array): Result.Result<Event, Rejection> => {
  let json: unknown
  try {
    json = JSON.parse(utf8.decode(value))
  } catch {
    return reject("invalid-json", null)
  }
  if (!isJsonObject(json)) return reject("invalid-event", "$")
  return kind === "chat"
    ? Result.mapBoth(decodeChat(resolveChat(json)), {
        onSuccess: ({ emotes, stream, text, timeMs, user }): Event => ({
          _tag: "chat",
          stream: utf8Of(stream),
          timeMs,
          user: utf8Of(user),
          text: utf8Of(text),
          emotes: emotes.slice(0, MAX_EMOTES_PER_EVENT).map(utf8Of),
          cutEmotes: Math.max(0, emotes.length - MAX_EMOTES_PER_EVENT)
        }),
        onFailure: (error) => rejectIssue(json, CHAT_SPELLINGS, error.issue)
      })
    : Result.mapBoth(decodeViewer(resolveViewer(json)), {
        onSuccess: ({ stream, timeMs, viewers }): Event => ({
          _tag: "viewer",
          stream: utf8Of(stream),
          timeMs,
          viewers
        }),
        onFailure: (error) => rejectIssue(json, VIEWER_SPELLINGS, error.issue)
      })
}
