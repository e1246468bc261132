/**
 * Logs of IRC clients: irssi, weechat, mIRC, HexChat, ZNC. Some of their lines name the day.
 *
 *     --- Log opened Sat Jan 31 20:00:00 2026        irssi
 *     20:00 <@ada> hello
 *     2026-01-31 20:00:05<tab>@ada<tab>hello         weechat
 *     Session Start: Sat Jan 31 20:00:00 2026        mIRC
 *     Session Ident: #xqc
 *     [20:00:05] <@ada> hello
 *     Jan 31 20:00:05 <ada><tab>hello                HexChat, behind "**** BEGIN LOGGING AT"
 */
import { DayClock } from "./DayClock.ts"
import { type Format, type Item, type Piece, plainMessage, skipped, unusable } from "./Format.ts"
import { headLines, linePieces } from "./LinePieces.ts"
import { clockOf, localMs, monthOf, type TimedLine, timedLine } from "./LogTime.ts"

/** Lines of the logger that begin a day: the date is `Sat Jan 31 [20:00:00] 2026`. */
const DAY =
  /^(?:--- (?:Log opened|Log closed|Day changed)|Session (?:Start|Time|Close):|\*{4} (?:BEGIN|ENDING) LOGGING AT) ?(?:\w{3},? )?([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d\d):(\d\d)(?::(\d\d))? )?(\d{4})\s*$/
const CLOSING = /^(?:--- Log closed|Session Close|\*{4} ENDING)/
const CHANNEL = /^Session Ident: #(\S+)/
const OTHER_HEADER = /^(?:Session (?:Ident|Start|Close|Time)|---|\*{4} )/

/** Colours and styles of mIRC. */
const STYLES = /\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004(?:[0-9a-fA-F]{6})?|[\u0002\u000f\u0011\u0016\u001d\u001e\u001f]/g // oxlint-disable-line no-control-regex -- they are removed

/** `<@ada> hello`, the action `* ada waves`, or weechat's `@ada<tab>hello`. */
const SPOKEN = /^<[ @+%&~!]*([^<>\s]{1,255})>[ \t](.*)$/s
const ACTION = /^ ?\*[ \t]+[@+%&~]?([^\s*]{1,255})[ \t](.*)$/s
const TABBED = /^([^\t]*)\t(.*)$/s
/** mIRC and HexChat write joins, modes and their own lines like actions. */
const OF_CLIENT =
  /^ ?\*[ \t]+(?:(?:Now talking|Topic|Set by|Joins:|Parts:|Quits:|Disconnected|Rejoined|Attempting|Retrieving|Loaded|You|Users)\b|\S+ (?:\([^)]*\) )?(?:has (?:joined|left|quit|changed)|(?:is now|has been) known as|is now known as|sets? mode|sets? channel|was kicked|gives |removes |changes topic|Quit))/

/** weechat's marks of joins, parts, notices and its own lines. */
const MARKS = new Set(["-->", "<--", "--", "==", "=!=", ""])

/** `ada: hello`, as other text logs have it. */
const NAMED = /^ ?[^\s<>*]+: /

interface Spoken {
  readonly user: string
  readonly text: string
}

/** `undefined` for joins, modes and other lines of the client. */
const spoken = ({ form, rest, time }: TimedLine): Spoken | undefined => {
  const match = SPOKEN.exec(rest) ?? (OF_CLIENT.test(rest) ? null : ACTION.exec(rest))
  if (match !== null) return { user: match[1] ?? "", text: match[2] ?? "" }
  const tabbed = form === "bare" && time._tag === "Moment" ? TABBED.exec(rest) : null
  if (tabbed === null) return undefined
  const [, prefix = "", text = ""] = tabbed
  const user = prefix.trim().replace(/^[@+%&~]+/, "")
  if (user === "*") {
    const [, actor = "", action = ""] = /^(\S+) (.*)$/s.exec(text) ?? []
    return actor === "" ? undefined : { user: actor, text: action }
  }
  return MARKS.has(user) || /\s/.test(user) ? undefined : { user, text }
}

const plain = (line: string): string => line.replaceAll(STYLES, "")

const timed = (line: string): TimedLine | undefined => {
  const found = timedLine(line, false)
  return found?.time._tag === "Offset" ? undefined : found
}

export const ircClientLog: Format = {
  id: "irc-client-log",
  name: "an IRC client's log",
  recognizes: (head) => {
    const lines = headLines(head).map(plain)
    const times = lines.map(timed)
    const isOfClient = (line: string, index: number): boolean => times[index] !== undefined || OTHER_HEADER.test(line)
    const messages = times.filter((line) => line !== undefined && spoken(line) !== undefined)
    const others = times.filter((line) => line !== undefined && NAMED.test(line.rest))
    return messages.length > others.length && lines.filter(isOfClient).length * 2 > lines.length
  },
  open: (_head, given) => {
    const days = new DayClock(given)
    let stream: string | undefined
    const read = ({ bytes }: Piece): ReadonlyArray<Item> => {
      const line = plain(Buffer.from(bytes).toString("utf8"))
      const day = DAY.exec(line)
      const month = monthOf(day?.[1] ?? "")
      if (day !== null && month !== undefined) {
        const [, , dayOfMonth, hour, minute, second, year] = day
        const dayMs = localMs(Number(year), month, Number(dayOfMonth))
        if (dayMs !== undefined && !CLOSING.test(line)) days.day(dayMs, clockOf(hour, minute, second))
        return skipped("lines of the logger")
      }
      stream = CHANNEL.exec(line)?.[1]?.toLowerCase() ?? stream
      if (OTHER_HEADER.test(line)) return skipped("lines of the logger")
      const found = timed(line)
      if (found === undefined) return unusable("no time before the line")
      const message = spoken(found)
      if (message === undefined || message.text === "") return skipped("lines of the client, such as joins")
      const { text, user } = message
      return plainMessage({ stream, timeMs: days.at(found.time), user, text })
    }
    return { cutter: linePieces(), read, notes: () => days.notes() }
  }
}
