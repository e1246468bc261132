/**
 * The lines of Twitch's chat server, written by hand from its public documentation
 * (dev.twitch.tv/docs/chat/irc). Without line ends.
 */

/** A chat message as the server sends it, and as a collector should understand it. */
export interface Post {
  /** The channel's login, without #. */
  readonly stream: string
  readonly id: string
  readonly timeMs: number
  /** The author's login. */
  readonly user: string
  readonly userId: string
  readonly text: string
  /**
   * The platform's own emotes in the text: name and first code point of each occurrence.
   */
  readonly emotes: ReadonlyArray<{ readonly name: string; readonly at: number }>
  /** As the tag has them: `moderator/1`. */
  readonly badges: ReadonlyArray<string>
  /** 0 = none. */
  readonly bits: number
  /** Sent by `/me`. */
  readonly isAction?: boolean
  /** A notice with a text, as of a renewed subscription, instead of a plain message. */
  readonly isNotice?: boolean
  /** The room that shared chat mirrors the message from. */
  readonly sourceRoomId?: string
}

const ESCAPES: Readonly<Record<string, string>> = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" }

/** A tag's value, escaped as IRCv3 demands. */
export const escaped = (value: string): string => value.replaceAll(/[; \\\r\n]/g, (one) => ESCAPES[one] ?? one)

/** A stable number of an emote. */
const emoteId = (name: string): number =>
  [...name].reduce((sum, one) => (sum * 31 + (one.codePointAt(0) ?? 0)) % 1e6, 7)

/** `25:0-4,12-16/1902:6-10`: closed ranges of code points, grouped by emote. */
const emoteRanges = ({ emotes }: Post): string => {
  const ranges = new Map<number, Array<string>>()
  for (const { at, name } of emotes) {
    const of = ranges.get(emoteId(name)) ?? []
    of.push(`${at}-${at + [...name].length - 1}`)
    ranges.set(emoteId(name), of)
  }
  return [...ranges].map(([id, of]) => `${id}:${of.join(",")}`).join("/")
}

const rendered = (tags: Readonly<Record<string, string>>): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join(";")

/** The line of a message in the room with this id. */
export const messageLine = (post: Post, roomId: string): string => {
  const badges = post.badges.join(",")
  const tags: Record<string, string> = {
    "badge-info": post.badges.some((badge) => badge.startsWith("subscriber/")) ? "subscriber/8" : "",
    badges,
    ...(post.bits > 0 ? { bits: String(post.bits) } : {}),
    color: "#0D4200",
    "display-name": post.user.charAt(0).toUpperCase() + post.user.slice(1),
    emotes: emoteRanges(post),
    "first-msg": "0",
    flags: "",
    id: post.id,
    ...(post.isNotice === true
      ? { login: post.user, "msg-id": "resub", "msg-param-cumulative-months": "6" }
      : { mod: badges.includes("moderator/") ? "1" : "0", "returning-chatter": "0" }),
    "room-id": roomId,
    ...(post.sourceRoomId === undefined
      ? {}
      : { "source-badges": badges, "source-id": `source-${post.id}`, "source-room-id": post.sourceRoomId }),
    subscriber: badges.includes("subscriber/") ? "1" : "0",
    ...(post.isNotice === true ? { "system-msg": `${post.user} has subscribed for 6 months!` } : {}),
    "tmi-sent-ts": String(post.timeMs),
    turbo: "0",
    "user-id": post.userId,
    "user-type": ""
  }
  const text = post.isAction === true ? `\u0001ACTION ${post.text}\u0001` : post.text
  return post.isNotice === true
    ? `@${rendered(tags)} :tmi.twitch.tv USERNOTICE #${post.stream} :${text}`
    : `@${rendered(tags)} :${post.user}!${post.user}@${post.user}.tmi.twitch.tv PRIVMSG #${post.stream} :${text}`
}

/** The greeting after NICK. */
export const welcome = (nick: string): ReadonlyArray<string> => [
  `:tmi.twitch.tv 001 ${nick} :Welcome, GLHF!`,
  `:tmi.twitch.tv 002 ${nick} :Your host is tmi.twitch.tv`,
  `:tmi.twitch.tv 003 ${nick} :This server is rather new`,
  `:tmi.twitch.tv 004 ${nick} :-`,
  `:tmi.twitch.tv 375 ${nick} :-`,
  `:tmi.twitch.tv 372 ${nick} :You are in a maze of twisty passages.`,
  `:tmi.twitch.tv 376 ${nick} :>`
]

/** The confirmation of a join. */
export const joined = (nick: string, stream: string, roomId: string): ReadonlyArray<string> => [
  `:${nick}!${nick}@${nick}.tmi.twitch.tv JOIN #${stream}`,
  `:${nick}.tmi.twitch.tv 353 ${nick} = #${stream} :${nick}`,
  `:${nick}.tmi.twitch.tv 366 ${nick} #${stream} :End of /NAMES list`,
  `@emote-only=0;followers-only=-1;r9k=0;room-id=${roomId};slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #${stream}`
]

export const parted = (nick: string, stream: string): string => `:${nick}!${nick}@${nick}.tmi.twitch.tv PART #${stream}`

export const suspended = (stream: string): string =>
  `@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #${stream} :This channel does not exist or has been suspended.`

export const banned = (stream: string): string =>
  `@msg-id=msg_banned :tmi.twitch.tv NOTICE #${stream} :You are permanently banned from talking in ${stream}.`

export const RECONNECT = ":tmi.twitch.tv RECONNECT"

export const LOGIN_FAILED = ":tmi.twitch.tv NOTICE * :Login authentication failed"

/** Lines without a chat message: a collector ignores them. */
export const OTHER_LINES = (stream: string, roomId: string): ReadonlyArray<string> => [
  `@ban-duration=350;room-id=${roomId};target-user-id=87654321;tmi-sent-ts=1642719320727 :tmi.twitch.tv CLEARCHAT #${stream} :ronni`,
  `@login=ronni;room-id=;target-msg-id=abc-123-def;tmi-sent-ts=1642720582342 :tmi.twitch.tv CLEARMSG #${stream} :HeyGuys`,
  `@room-id=${roomId};slow=10 :tmi.twitch.tv ROOMSTATE #${stream}`,
  `@badge-info=;badges=;color=#008000;display-name=ronni;emotes=;id=db25007f-7a18-43eb-9379-80131e44d633;login=ronni;msg-id=raid;msg-param-viewerCount=15;room-id=${roomId};system-msg=15\\sraiders\\sfrom\\sTestChannel\\shave\\sjoined\\n!;tmi-sent-ts=1507246572675;user-id=123456 :tmi.twitch.tv USERNOTICE #${stream}`,
  `@emote-only=0;msg-id=slow_off :tmi.twitch.tv NOTICE #${stream} :This room is no longer in slow mode.`,
  `:tmi.twitch.tv HOSTTARGET #${stream} :xyz 10`,
  `:ronni!ronni@ronni.tmi.twitch.tv JOIN #${stream}`,
  ":tmi.twitch.tv 421 you HELLO :Unknown command"
]
