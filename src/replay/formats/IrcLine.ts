/** One message of the IRC protocol, as Twitch and IRC servers send it. */
import { parseTimestamp } from "../../decode/Timestamp.ts"
import { emotesIn, rangesOf } from "./EmoteRanges.ts"
import { type Item, skipped, unusable } from "./Format.ts"

interface Message {
  readonly tags: ReadonlyMap<string, string>
  readonly nick: string
  readonly command: string
  readonly target: string
  readonly text: string | undefined
}

const LINE = /^(?:@([^ ]*) +)?(?::([^ ]*) +)?([A-Z]+|\d{3})(?: +([^: ][^ ]*))?(?: +:?(.*))?$/s

const UNESCAPED: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "\r", n: "\n", "\\": "\\" }

const tagsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(";").map((tag) => {
      const [name = "", ...value] = tag.split("=")
      return [name, value.join("=").replaceAll(/\\(.?)/g, (_, char: string) => UNESCAPED[char] ?? char)]
    })
  )

export const ircLine = (line: string): Message | undefined => {
  const match = LINE.exec(line)
  if (match === null) return undefined
  const [, tags, prefix = "", command = "", target = "", text] = match
  return { tags: tagsOf(tags ?? ""), nick: prefix.split("!")[0] ?? "", command, target, text }
}

/** Tags with the time at which a server sent or received the message, the best first. */
const timeOf = (tags: ReadonlyMap<string, string>): number | undefined => {
  for (const name of ["tmi-sent-ts", "rm-received-ts", "time"]) {
    const text = tags.get(name)
    const time = parseTimestamp(text)
    if (time !== undefined) return time
  }
  return undefined
}

/** `/me waves` is sent as an action; its ranges count from the text in it. */
const withoutAction = (text: string): string => /^\u0001ACTION (.*?)\u0001?$/s.exec(text)?.[1] ?? text // oxlint-disable-line no-control-regex -- the protocol's delimiter

/** Commands are shorter. */
const MOST_COMMAND = 20

const isChannel = (target: string): boolean => /^[#&]./.test(target)

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text)

/**
 * The chat message in the protocol's message. `line` = the time before the line, if it has one;
 * without `ms` it needs a day.
 */
export const itemOf = (
  { command, nick, tags, target, text }: Message,
  line: { readonly ms: number | undefined } | undefined
): ReadonlyArray<Item> => {
  if (command !== "PRIVMSG" && command !== "USERNOTICE") return skipped(`lines with ${command.slice(0, MOST_COMMAND)}`)
  if (!isChannel(target)) return skipped("private messages")
  const room = tags.get("room-id")
  const source = tags.get("source-room-id")
  if (room !== undefined && source !== undefined && source !== "" && source !== room)
    return skipped("messages mirrored from another channel")
  if (text === undefined || text === "")
    return skipped(command === "USERNOTICE" ? "notices without text" : "messages without text")
  const user = nonEmpty(tags.get("login")) ?? nonEmpty(nick)
  if (user === undefined) return unusable("no sender")
  const taggedMs = timeOf(tags)
  if (taggedMs === undefined && line === undefined)
    return unusable("no time: neither a tag tmi-sent-ts or time, nor a time before the line")
  const spoken = withoutAction(text)
  return [
    {
      _tag: "Message",
      stream: target.slice(1).toLowerCase(),
      timeMs: taggedMs ?? line?.ms,
      id: nonEmpty(tags.get("id")),
      user: command === "PRIVMSG" ? (nonEmpty(nick) ?? user) : user,
      userId: nonEmpty(tags.get("user-id")),
      text: spoken,
      emotes: emotesIn(
        spoken,
        rangesOf(tags.get("emotes") ?? "").filter((range) => range !== "")
      ),
      badges: (tags.get("badges") ?? "").split(",").filter((badge) => badge !== ""),
      bits: /^\d{1,9}$/.test(tags.get("bits") ?? "") ? Number(tags.get("bits")) : 0
    }
  ]
}
