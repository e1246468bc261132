/**
 * The items of chat-downloader: one per line, or an array, on one line or pretty-printed. Times are
 * in microseconds. The items do not name the channel.
 *
 *     {"action_type": "text_message", "message_type": "text_message", "message_id": "...",
 *      "author": {"id": "7", "name": "ada", "display_name": "Ada"}, "message": "hello Kappa",
 *      "timestamp": 1769882400500000, "time_in_seconds": 12,
 *      "emotes": [{"id": "25", "name": "Kappa", "locations": ["6-10"]}]}
 */
import { parseTimestamp } from "../../decode/Timestamp.ts"
import { emotesIn } from "./EmoteRanges.ts"
import { type Format, type Item, skipped, unusable } from "./Format.ts"
import { at, countAt, idAt, isObject, type Json, listAt, numberAt, parsed, textAt } from "./Json.ts"
import { headValues, jsonPieces } from "./JsonPieces.ts"
import { NO_AUTHOR } from "./TwitchDownloader.ts"

const isItem = (value: Json): boolean =>
  ["message_type", "action_type", "time_in_seconds", "time_text"].some((name) => name in value) &&
  ("author" in value || "message" in value || "author_name" in value) &&
  !("stream_id" in value)

/** Actions that add a message. A ticker repeats one; the others delete, ban or set modes. */
const ACTIONS = new Set(["text_message", "add_chat_item", "user_notice"])

/** Messages of the platform itself. */
const OF_PLATFORM = new Set([
  "viewer_engagement_message",
  "placeholder_item",
  "mode_change_message",
  "deleted_message",
  "ban_user",
  "notice",
  "room_state"
])

/** A message has at most 500 characters. */
const MOST_OF_ONE = 500

/** Occurrences of a name in the text, for emotes without places. */
const occurrences = (text: string, name: string): number => text.split(name).length - 1

const emotesOf = (item: Json, text: string): ReadonlyArray<string> => {
  const emotes = listAt(item, "emotes")
    .slice(0, MOST_OF_ONE)
    .filter((emote) => at(emote, "is_custom_emoji") !== false)
  const ranges = emotes.flatMap((emote) => {
    const locations = at(emote, "locations")
    const list = typeof locations === "string" ? locations.split(",") : listAt(emote, "locations")
    return list.filter((range) => typeof range === "string")
  })
  if (ranges.length > 0) return emotesIn(text, ranges)
  return emotes.flatMap((emote) => {
    const name = textAt(emote, "name")
    return name === undefined ? [] : Array.from({ length: Math.min(occurrences(text, name), MOST_OF_ONE) }, () => name)
  })
}

const badgesOf = (item: Json): ReadonlyArray<string> =>
  listAt(item, "author", "badges").flatMap((badge) => {
    const name = textAt(badge, "name") ?? textAt(badge, "title")
    const version = idAt(badge, "version")
    return name === undefined ? [] : version === undefined ? name : `${name}/${version}`
  })

const kindOf = (item: Json): string | undefined => {
  const action = textAt(item, "action_type") ?? "text_message"
  const type = textAt(item, "message_type") ?? "text_message"
  if (type.startsWith("ticker_") || action.includes("ticker")) return "tickers"
  if (!ACTIONS.has(action)) return `items of the action ${action.slice(0, 40)}`
  // Without a message of the member, the text is the platform's.
  if (type === "membership_item" && !("header_primary_text" in item)) return "new memberships"
  return OF_PLATFORM.has(type) ? `items of the type ${type}` : undefined
}

const itemOf = (item: Json, startMs: number | undefined): ReadonlyArray<Item> => {
  const kind = kindOf(item)
  if (kind !== undefined) return skipped(kind)
  const text = textAt(item, "message")
  if (text === undefined) return skipped("items without text")
  const seconds = numberAt(item, "time_in_seconds")
  const timeMs = parseTimestamp(at(item, "timestamp"))
  if (timeMs === undefined && seconds === undefined) return unusable("no time")
  const user = textAt(item, "author", "name") ?? textAt(item, "author", "display_name") ?? textAt(item, "author")
  if (user === undefined) return unusable(NO_AUTHOR)
  return [
    {
      _tag: "Message",
      stream: textAt(item, "channel_name")?.toLowerCase(),
      timeMs:
        timeMs ?? (startMs === undefined || seconds === undefined ? undefined : startMs + Math.round(seconds * 1000)),
      id: idAt(item, "message_id"),
      user,
      userId: idAt(item, "author", "id"),
      text,
      emotes: emotesOf(item, text),
      badges: badgesOf(item),
      bits: countAt(item, "bits")
    }
  ]
}

export const chatDownloader: Format = {
  id: "chat-downloader",
  name: "chat-downloader's JSON",
  recognizes: (head) => headValues(head).some(({ value }) => isItem(value)),
  open: (head, { start }) => ({
    cutter: jsonPieces(head),
    read: ({ bytes }) => {
      const value = parsed(bytes)
      return isObject(value) ? itemOf(value, start?.timeMs) : unusable("no JSON object")
    },
    notes: () => []
  })
}
