/**
 * Lines of the IRC protocol, each with its time: in Twitch's tag tmi-sent-ts, in the tag time, or
 * before the line. Loggers such as rustlog and justlog keep them; irssi and weechat put arrows and
 * times before them.
 *
 *     @id=1;tmi-sent-ts=1769882400000;user-id=7 :ada!ada@ada.tmi.twitch.tv PRIVMSG #xqc :hello
 *     2026-01-31 18:00:00 :ada!ada@host PRIVMSG #xqc :hello
 */
import { DayClock } from "./DayClock.ts"
import { type Format, unusable } from "./Format.ts"
import { ircLine, itemOf } from "./IrcLine.ts"
import { headLines, linePieces } from "./LinePieces.ts"
import { epochLine, type LogTime, timedLine } from "./LogTime.ts"

/** The server's name, as weechat writes it, and the direction. */
const ARROW = /^(?:\S+\s+)?(?:<<|>>|-->|<--|<|>|—|-|\|)\s+(?=[@:A-Z\d])/

/** Commands of the protocol by which the format is recognized. */
const KNOWN =
  /^(?:@\S+ +)?(?::\S+ +)?(?:PRIVMSG|USERNOTICE|CLEARCHAT|CLEARMSG|ROOMSTATE|JOIN|PART|PING|NOTICE|GLOBALUSERSTATE|USERSTATE|CAP|\d{3}) /

/** Servers send at most 8 KiB of tags and 512 bytes. */
const MAX_LINE_BYTES = 64 * 1024

interface TimedMessage {
  readonly time: LogTime | { readonly _tag: "Epoch"; readonly timeMs: number } | undefined
  readonly rest: string
}

const split = (line: string): TimedMessage => {
  const epoch = epochLine(line)
  if (epoch !== undefined) return { time: { _tag: "Epoch", timeMs: epoch.timeMs }, rest: epoch.rest.replace(ARROW, "") }
  const timed = timedLine(line, false)
  return { time: timed?.time, rest: (timed?.rest ?? line).trimStart().replace(ARROW, "") }
}

const isKnown = (line: string): boolean => KNOWN.test(split(line).rest)

export const rawIrc: Format = {
  id: "raw-irc",
  name: "raw IRC lines",
  recognizes: (head) => {
    const lines = headLines(head)
    const known = lines.filter(isKnown)
    return known.some((line) => / (?:PRIVMSG|USERNOTICE) /.test(line)) && known.length * 2 > lines.length
  },
  open: (_head, given) => {
    const days = new DayClock(given)
    return {
      cutter: linePieces(),
      read: ({ bytes }) => {
        if (bytes.length > MAX_LINE_BYTES) return unusable("longer than 64 KiB")
        const { rest, time } = split(Buffer.from(bytes).toString("utf8"))
        const message = ircLine(rest)
        if (message === undefined) return unusable("no line of the IRC protocol")
        const line = time === undefined ? undefined : { ms: time._tag === "Epoch" ? time.timeMs : days.at(time) }
        return itemOf(message, line)
      },
      notes: () => days.notes()
    }
  }
}
