/**
 * The JSON document of TwitchDownloader: one object with the streamer, the video and all comments.
 *
 *     {"streamer": {"name": "xQc", "id": 71092938}, "video": {...}, "comments": [
 *       {"_id": "...", "created_at": "2026-01-31T18:00:00.5Z", "content_offset_seconds": 12,
 *        "commenter": {"display_name": "Ada", "_id": "7", "name": "ada"},
 *        "message": {"body": "hello Kappa", "bits_spent": 0,
 *          "user_badges": [{"_id": "vip", "version": "1"}],
 *          "fragments": [{"text": "hello ", "emoticon": null},
 *                        {"text": "Kappa", "emoticon": {"emoticon_id": "25"}}]}}
 *     ], "embeddedData": {...}}
 *
 * The emotes are those that the file marks: Twitch's own. Those of other providers are pictures
 * behind the comments.
 */
import { parseTimestamp } from "../../decode/Timestamp.ts"
import { type Format, type Item, skipped, unusable } from "./Format.ts"
import { at, countAt, idAt, isObject, type Json, listAt, numberAt, parsed, textAt } from "./Json.ts"
import { headValues, jsonPieces } from "./JsonPieces.ts"

const COMMENTS = "comments"
const MEMBERS = { entered: new Set([COMMENTS]), kept: new Set(["streamer", "video"]) }

/** The account is deleted. */
export const NO_AUTHOR = "no author"

const isComment = (value: Json): boolean =>
  isObject(value["message"]) && ("commenter" in value || "content_offset_seconds" in value)

const emotesOf = (message: unknown): ReadonlyArray<string> => {
  const fragments = listAt(message, "fragments")
  if (fragments.length > 0) {
    return fragments.flatMap((fragment) =>
      isObject(at(fragment, "emoticon")) ? (textAt(fragment, "text")?.trim() ?? []) : []
    )
  }
  const body = textAt(message, "body") ?? ""
  return listAt(message, "emoticons").flatMap((range) => {
    const [begin, end] = [numberAt(range, "begin"), numberAt(range, "end")]
    return begin === undefined || end === undefined ? [] : body.slice(begin, end + 1) || []
  })
}

const badgesOf = (message: unknown): ReadonlyArray<string> =>
  listAt(message, "user_badges").flatMap((badge) => {
    const version = idAt(badge, "version")
    const id = idAt(badge, "_id")
    return id === undefined ? [] : version === undefined ? id : `${id}/${version}`
  })

interface Video {
  readonly stream: string | undefined
  /** The time of offset 0. */
  readonly startMs: number | undefined
}

const itemOf = (comment: Json, { startMs, stream }: Video): ReadonlyArray<Item> => {
  const message = at(comment, "message")
  if (!isObject(message)) return unusable("no message")
  const fragments = listAt(message, "fragments").map((fragment) => textAt(fragment, "text") ?? "")
  const text = textAt(message, "body") ?? fragments.join("")
  if (text === "") return skipped("messages without text")
  const offset = numberAt(comment, "content_offset_seconds")
  const created = parseTimestamp(at(comment, "created_at"))
  if (created === undefined && offset === undefined) return unusable("no time")
  const user = textAt(comment, "commenter", "name") ?? textAt(comment, "commenter", "display_name")
  if (user === undefined) return unusable(NO_AUTHOR)
  return [
    {
      _tag: "Message",
      stream,
      timeMs:
        created ?? (startMs === undefined || offset === undefined ? undefined : startMs + Math.round(offset * 1000)),
      id: idAt(comment, "_id"),
      user,
      userId: idAt(comment, "commenter", "_id"),
      text,
      emotes: emotesOf(message),
      badges: badgesOf(message),
      bits: countAt(message, "bits_spent")
    }
  ]
}

export const twitchDownloader: Format = {
  id: "twitchdownloader",
  name: "TwitchDownloader's JSON",
  recognizes: (head) => {
    const values = headValues(head, MEMBERS)
    const comments = values.filter(({ name }) => name === COMMENTS)
    const names = new Set(values.map(({ name }) => name))
    return comments.length === 0
      ? names.has("streamer") && names.has("video")
      : comments.some(({ value }) => isComment(value))
  },
  open: (head, { start }) => {
    // The streamer and the video come before the comments, unless another tool has sorted them.
    let stream: string | undefined
    let startMs: number | undefined = start?.timeMs
    const learn = (name: string, value: unknown): void => {
      if (name === "streamer") stream = (textAt(value, "login") ?? textAt(value, "name"))?.toLowerCase()
      if (name === "video") startMs ??= parseTimestamp(at(value, "created_at"))
    }
    for (const { name, value } of headValues(head, MEMBERS)) learn(name, value)
    return {
      cutter: jsonPieces(head, MEMBERS),
      read: ({ bytes, name }) => {
        const value = parsed(bytes)
        if (name === COMMENTS) return isObject(value) ? itemOf(value, { stream, startMs }) : unusable("no JSON object")
        learn(name, value)
        return []
      },
      notes: () => []
    }
  }
}
