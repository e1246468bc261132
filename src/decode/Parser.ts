/**
 * Decodes bytes into events with `JSON.parse` and the schemas. Accepts every form of an event,
 * wrapped and mapped ones included, and checks neither size nor the future. Other bytes become a
 * {@link Rejection} with the first reason that applies.
 */
import "effect/schema/SchemaJITCompiler/enable"
import { Result, Schema, type SchemaIssue } from "effect"
import type { DeadLetterReason, Rejection } from "../domain/DeadLetter.ts"
import type { Event } from "../domain/Event.ts"
import type { FieldMap, FieldName } from "../domain/FieldMap.ts"
import { MAX_EMOTES_PER_EVENT } from "../domain/Limits.ts"
import type { InputKind } from "../domain/Task.ts"
import { utf8Of } from "../domain/Utf8.ts"
import { isJsonObject, type Json, unwrapped, withoutPrefix } from "../domain/Wrapping.ts"
import { type Shape, shapeOf } from "./Shape.ts"
import { ChatEventSchema, ViewerEventSchema } from "./WireEvent.ts"

/** Fields by their names in the schemas, but the time. */
const FIELDS: ReadonlyArray<FieldName> = ["stream", "id", "user", "text", "emotes", "viewers"]

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

const rejectIssue = (json: Json, shape: Shape, issue: SchemaIssue.Issue): Rejection => {
  const [name = "$", index] = pathOf(issue).map(String)
  const field = FIELDS.find((known) => known === name)
  if (name === "timeMs") return { reason: "invalid-timestamp", path: shape.pathOf(json, "time", undefined) }
  return { reason: "invalid-event", path: field === undefined ? name : shape.pathOf(json, field, index) }
}

const reject = (reason: DeadLetterReason, path: string | null): Result.Result<never, Rejection> =>
  Result.fail({ reason, path })

/** Never throws. `map` has the mapped fields of the kind. */
export const parseEvent = (kind: InputKind, value: Uint8Array, map?: FieldMap): Result.Result<Event, Rejection> => {
  const shape = shapeOf(kind, map)
  let json: unknown
  try {
    json = unwrapped(JSON.parse(utf8.decode(withoutPrefix(value))), shape.keepsEnvelope)
  } catch {
    return reject("invalid-json", null)
  }
  if (!isJsonObject(json)) return reject("invalid-event", "$")
  return kind === "chat"
    ? Result.mapBoth(decodeChat(shape.resolve(json)), {
        onSuccess: ({ emotes, stream, text, timeMs, user }): Event => ({
          _tag: "chat",
          stream: utf8Of(stream),
          timeMs,
          user: utf8Of(user),
          text: utf8Of(text),
          emotes: emotes.slice(0, MAX_EMOTES_PER_EVENT).map(utf8Of),
          cutEmotes: Math.max(0, emotes.length - MAX_EMOTES_PER_EVENT)
        }),
        onFailure: (error) => rejectIssue(json, shape, error.issue)
      })
    : Result.mapBoth(decodeViewer(shape.resolve(json)), {
        onSuccess: ({ stream, timeMs, viewers }): Event => ({
          _tag: "viewer",
          stream: utf8Of(stream),
          timeMs,
          viewers
        }),
        onFailure: (error) => rejectIssue(json, shape, error.issue)
      })
}
