/** The meaning of a line of the server. ircv3 parses it; nothing here fails on any text. */
import { type Message as IrcMessage, parseMessage } from "ircv3"
import type { ChatMessage } from "../Platform.ts"
import { emotesOf } from "./Emotes.ts"

/** A message of a chat, without the emotes of other lists. */
export interface Chat extends Omit<ChatMessage, "_tag" | "emotes"> {
  readonly _tag: "Chat"
  /** The channel's number, which names its lists of emotes; "" = unknown. */
  readonly roomId: string
  /** Shared chat mirrors it from another channel, where it counts. */
  readonly isMirrored: boolean
  /** The places of the platform's own emotes. */
  readonly emotesTag: string
}

export type ServerLine =
  | Chat
  | { readonly _tag: "Welcome" }
  | { readonly _tag: "Ping" | "Pong"; readonly text: string }
  | { readonly _tag: "Reconnect" }
  /** The settings of a channel: the first one confirms a join. */
  | { readonly _tag: "RoomState"; readonly stream: string; readonly roomId: string }
  /** A user left a channel: our own name if the server removed us. */
  | { readonly _tag: "Part"; readonly stream: string; readonly nick: string }
  /** `stream` is undefined if it concerns the connection. */
  | { readonly _tag: "Notice"; readonly stream: string | undefined; readonly id: string; readonly text: string }
  /** The server refuses a capability. */
  | { readonly _tag: "NoCapability"; readonly text: string }
  /** A line without a meaning for us. */
  | { readonly _tag: "Other" }
  | { readonly _tag: "Unreadable"; readonly stream: string | undefined }

const OTHER: ServerLine = { _tag: "Other" }
/** ircv3's own classes check the parameters of each command and throw. */
const NO_CLASSES: Parameters<typeof parseMessage>[2] = new Map()

/** The channel's login, from `#Name`; undefined if the parameter names no channel. */
const streamOf = (parameter: string | undefined): string | undefined =>
  parameter !== undefined && parameter.length > 1 && parameter.startsWith("#")
    ? parameter.slice(1).toLowerCase()
    : undefined

const whole = (text: string | undefined): number | undefined => {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

const ACTION = "\u0001ACTION "

/** `/me waves` arrives as `\x01ACTION waves\x01`. Places of emotes do not count the wrapping. */
const unwrapped = (text: string): string => {
  if (!text.startsWith(ACTION)) return text
  return text.slice(ACTION.length, text.endsWith("\u0001") ? -1 : undefined)
}

const chatOf = (
  { tags }: IrcMessage,
  stream: string,
  user: string | undefined,
  text: string,
  nowMs: number,
  makeId: () => string
): ServerLine => {
  if (user === undefined || user === "") return { _tag: "Unreadable", stream }
  const tag = (name: string): string => tags.get(name) ?? ""
  const roomId = tag("room-id")
  const source = tag("source-room-id")
  return {
    _tag: "Chat",
    stream,
    timeMs: whole(tag("tmi-sent-ts")) || nowMs,
    id: tag("id") || makeId(),
    user,
    userId: tag("user-id"),
    text: unwrapped(text),
    badges: tag("badges") === "" ? [] : tag("badges").split(","),
    bits: whole(tag("bits")) ?? 0,
    roomId,
    isMirrored: source !== "" && source !== roomId,
    emotesTag: tag("emotes")
  }
}

/**
 * Returns the meaning of a line. `nowMs` replaces a missing time, `makeId` a missing id. Cost:
 * about 4 us for a usual message.
 */
export const parseLine = (line: string, nowMs: number, makeId: () => string): ServerLine => {
  let message: IrcMessage
  try {
    message = parseMessage(line, undefined, NO_CLASSES)
  } catch {
    // A line without a command.
    return { _tag: "Unreadable", stream: undefined }
  }
  const parameters = message.rawParamValues
  const stream = streamOf(parameters[0])
  const last = parameters.at(-1) ?? ""
  switch (message.command) {
    case "PRIVMSG": {
      if (stream === undefined || parameters[1] === undefined) return { _tag: "Unreadable", stream }
      return chatOf(message, stream, message.prefix?.nick, parameters[1], nowMs, makeId)
    }
    case "USERNOTICE": {
      if (stream === undefined) return { _tag: "Unreadable", stream }
      // A raid or a gift, without words of a person.
      if (parameters[1] === undefined || parameters[1] === "") return OTHER
      return chatOf(message, stream, message.tags.get("login"), parameters[1], nowMs, makeId)
    }
    case "PING":
      return { _tag: "Ping", text: last }
    case "PONG":
      return { _tag: "Pong", text: last }
    case "001":
      return { _tag: "Welcome" }
    case "RECONNECT":
      return { _tag: "Reconnect" }
    case "ROOMSTATE":
      return stream === undefined ? OTHER : { _tag: "RoomState", stream, roomId: message.tags.get("room-id") ?? "" }
    case "PART":
      return stream === undefined ? OTHER : { _tag: "Part", stream, nick: message.prefix?.nick ?? "" }
    case "NOTICE":
      return { _tag: "Notice", stream, id: message.tags.get("msg-id") ?? "", text: last }
    case "CAP":
      return parameters[1]?.toUpperCase() === "NAK" ? { _tag: "NoCapability", text: last } : OTHER
    default:
      return OTHER
  }
}

/** The finished message, with the emotes of other lists. */
export const messageOf = (
  { emotesTag, id, badges, bits, stream, text, timeMs, user, userId }: Chat,
  others: ReadonlySet<string>
): ChatMessage => ({
  _tag: "Message",
  stream,
  timeMs,
  id,
  user,
  userId,
  text,
  emotes: emotesOf(text, emotesTag, others),
  badges,
  bits
})
