/**
 * The live chat of yt-dlp (`--sub-langs live_chat`): YouTube's own actions, one per line. They do
 * not name the channel.
 *
 *     {"replayChatItemAction": {"actions": [{"addChatItemAction": {"item": {
 *       "liveChatTextMessageRenderer": {
 *         "message": {"runs": [
 *           {"text": "hello "}, {"emoji": {"shortcuts": [":_wave:"], "isCustomEmoji": true}}]},
 *         "authorName": {"simpleText": "Ada"}, "authorExternalChannelId": "UC...", "id": "...",
 *         "timestampUsec": "1769882400500000"}}}}], "videoOffsetTimeMsec": "12000"}}
 */
import { parseTimestamp } from "../../decode/Timestamp.ts"
import { type Format, type Item, skipped, unusable } from "./Format.ts"
import { at, idAt, isObject, type Json, listAt, numberAt, parsed, textAt } from "./Json.ts"
import { headValues, jsonPieces } from "./JsonPieces.ts"
import { NO_AUTHOR } from "./TwitchDownloader.ts"

/** Messages of people. The others are the platform's: polls, notices, placeholders. */
const RENDERERS = ["liveChatTextMessageRenderer", "liveChatPaidMessageRenderer", "liveChatMembershipItemRenderer"]

/** Names of what is no message, by a part of YouTube's name. */
const OTHERS: ReadonlyArray<readonly [part: string, what: string]> = [
  ["Ticker", "tickers"],
  ["Deleted", "deletions"],
  ["remove", "deletions"],
  ["PaidSticker", "stickers without text"],
  ["Sponsorships", "gifts of memberships"],
  ["Engagement", "notices of YouTube"],
  ["Banner", "banners"],
  ["Poll", "polls"],
  ["Placeholder", "placeholders"],
  ["replaceChatItem", "replacements"]
]

const nameOf = (key: string): string => OTHERS.find(([part]) => key.includes(part))?.[1] ?? "other actions"

interface Written {
  readonly text: string
  readonly emotes: ReadonlyArray<string>
}

/** A channel's own emote counts as one; a Unicode emoji is text. */
const written = (message: unknown): Written => {
  const emotes: Array<string> = []
  const runs = listAt(message, "runs").map((run) => {
    const emoji = at(run, "emoji")
    if (!isObject(emoji)) return textAt(run, "text") ?? ""
    const isCustom = emoji["isCustomEmoji"] === true
    const name = isCustom
      ? (textAt(emoji, "shortcuts", "0") ?? textAt(emoji, "emojiId") ?? "")
      : (textAt(emoji, "emojiId") ?? textAt(emoji, "shortcuts", "0") ?? "")
    if (isCustom && name !== "") emotes.push(name)
    return name
  })
  return { text: runs.length === 0 ? (textAt(message, "simpleText") ?? "") : runs.join(""), emotes }
}

const badgesOf = (renderer: Json): ReadonlyArray<string> =>
  listAt(renderer, "authorBadges").flatMap((badge) => {
    const found = at(badge, "liveChatAuthorBadgeRenderer")
    return textAt(found, "tooltip") ?? textAt(found, "icon", "iconType") ?? []
  })

const messageOf = (renderer: Json, offset: number | undefined, startMs: number | undefined): ReadonlyArray<Item> => {
  const { emotes, text } = written(renderer["message"])
  if (text === "") return skipped("items without text, such as new memberships")
  const timeMs = parseTimestamp(at(renderer, "timestampUsec"))
  if (timeMs === undefined && offset === undefined) return unusable("no time")
  const { text: name } = written(renderer["authorName"])
  const userId = idAt(renderer, "authorExternalChannelId")
  const user = name === "" ? userId : name
  if (user === undefined) return unusable(NO_AUTHOR)
  return [
    {
      _tag: "Message",
      stream: undefined,
      timeMs: timeMs ?? (startMs === undefined || offset === undefined ? undefined : startMs + offset),
      id: idAt(renderer, "id"),
      user,
      userId,
      text,
      emotes,
      badges: badgesOf(renderer),
      bits: 0
    }
  ]
}

const actionOf = (action: unknown, offset: number | undefined, startMs: number | undefined): ReadonlyArray<Item> => {
  const item = at(action, "addChatItemAction", "item")
  if (!isObject(item)) {
    const [key = ""] = isObject(action) ? Object.keys(action).filter((name) => name !== "clickTrackingParams") : []
    return skipped(nameOf(key))
  }
  const name = RENDERERS.find((each) => isObject(item[each]))
  const renderer = name === undefined ? undefined : item[name]
  return isObject(renderer) ? messageOf(renderer, offset, startMs) : skipped(nameOf(Object.keys(item)[0] ?? ""))
}

const isLine = (value: Json): boolean =>
  isObject(value["replayChatItemAction"]) || isObject(at(value, "addChatItemAction", "item"))

export const youTubeLiveChat: Format = {
  id: "yt-dlp-live-chat",
  name: "yt-dlp's live_chat",
  recognizes: (head) => headValues(head).some(({ value }) => isLine(value)),
  open: (head, { start }) => ({
    cutter: jsonPieces(head),
    read: ({ bytes }) => {
      const value = parsed(bytes)
      if (!isObject(value)) return unusable("no JSON object")
      const replayed = at(value, "replayChatItemAction")
      if (!isObject(replayed)) return actionOf(value, undefined, start?.timeMs)
      const offset = numberAt(replayed, "videoOffsetTimeMsec") ?? numberAt(value, "videoOffsetTimeMsec")
      const actions = listAt(replayed, "actions")
      return actions.length === 0
        ? skipped("lines without an action")
        : actions.flatMap((action) => actionOf(action, offset, start?.timeMs))
    },
    notes: () => []
  })
}
