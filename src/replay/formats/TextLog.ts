/**
 * Text logs: a time, a name and the text on each line. Chatterino, TwitchDownloader, rustlog,
 * justlog, chat-downloader and many small loggers write them.
 *
 *     [20:00:05] ada: hello                          Chatterino: "# Start logging at" names the day
 *     [2026-01-31 20:00:05 UTC] Ada: hello           TwitchDownloader, UTC
 *     [0:12:34] Ada: hello                           TwitchDownloader, since the start
 *     [2026-01-31 20:00:05] #xqc ada: hello          rustlog, justlog
 *     0:12 | (Moderator) Ada: hello                  chat-downloader, since the start
 */
import { DayClock } from "./DayClock.ts"
import { type Format, type Item, type Piece, plainMessage, type Reader, skipped, unusable } from "./Format.ts"
import { headLines, linePieces } from "./LinePieces.ts"
import { clockOf, localMs, timedLine, zoneOf } from "./LogTime.ts"

/** `# Start logging at 2026-01-31 20:00:00 CET`. */
const CHATTERINO = /^# (Start|Stop) logging at (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ?(\S*)$/

/**
 * Badges and an amount before the name, as chat-downloader writes them. A badge may have
 * parentheses: `(Moderator, Member (6 months)) `.
 */
const DECORATION = /^(?:\((?:[^()]|\([^()]{0,80}\)){1,200}\) )?(?:\*[^*]{1,40}\* )?/

const CHANNEL = /^#([^\s#:]{1,255}) /

/**
 * One word, or up to three, up to the first colon with a blank. Longer text before it is a sentence
 * of the system.
 */
const NAME = /^((?:[^\s:]|:(?!\s)){1,255}(?: (?:[^\s:]|:(?!\s)){1,80}){0,2}): (.*)$/s

interface Spoken {
  readonly channel: string | undefined
  readonly user: string
  readonly text: string
}

/** A localized name precedes the login: `夜更かし yofukashi`. */
const loginOf = (words: ReadonlyArray<string>): string | undefined => {
  const [first = "", second = ""] = words
  return words.length === 2 && /[^\u0000-\u007f]/.test(first) && /^[a-z0-9_]{2,25}$/.test(second) // oxlint-disable-line no-control-regex -- ASCII
    ? second
    : undefined
}

/** `undefined` for lines of the system. `isChatterino`: names have no blanks. */
const spoken = (rest: string, form: string, isChatterino: boolean): Spoken | undefined => {
  const line = rest.trimStart()
  const channel = CHANNEL.exec(line)
  const behind = channel === null ? line : line.slice(channel[0].length)
  const match = NAME.exec(form === "bar" ? behind.replace(DECORATION, "") : behind)
  if (match === null) return undefined
  const [, name = "", text = ""] = match
  const words = name.split(" ")
  const user = loginOf(words) ?? (words.length === 1 || !(isChatterino || channel !== null) ? name : undefined)
  return user === undefined || text === "" ? undefined : { channel: channel?.[1]?.toLowerCase(), user, text }
}

/** Whether the file's times are offsets: the hours of the first one have a single digit. */
const hasOffsets = (lines: ReadonlyArray<string>): boolean => {
  const timed = lines.flatMap((line) => timedLine(line, false) ?? [])
  return timed[0]?.time._tag === "Offset"
}

const isSpoken = (line: string): boolean => {
  const timed = timedLine(line, false) ?? timedLine(line, true)
  return timed !== undefined && timed.form !== "bare" && spoken(timed.rest, timed.form, false) !== undefined
}

const reader = (lines: ReadonlyArray<string>, days: DayClock): Reader => {
  const isOffset = hasOffsets(lines)
  let isChatterino = false
  const read = ({ bytes }: Piece): ReadonlyArray<Item> => {
    const line = Buffer.from(bytes).toString("utf8")
    const header = CHATTERINO.exec(line)
    if (header !== null) {
      const [, event, year, month, day, hour, minute, second, zone = ""] = header
      const dayMs = localMs(Number(year), Number(month) - 1, Number(day))
      isChatterino = true
      if (event === "Start" && dayMs !== undefined) {
        days.day(dayMs, clockOf(hour, minute, second), { offsetMs: zoneOf(zone), name: zone })
      }
      return skipped("lines of the logger")
    }
    const timed = timedLine(line, isOffset)
    if (timed === undefined || timed.form === "bare") return unusable("no time before the line")
    const found = spoken(timed.rest, timed.form, isChatterino)
    if (found === undefined) return skipped("lines of the system")
    const { channel, text, user } = found
    return plainMessage({ stream: channel, timeMs: days.at(timed.time), user, text })
  }
  return { cutter: linePieces(), read, notes: () => days.notes() }
}

export const textLog: Format = {
  id: "text-log",
  name: "a text log",
  recognizes: (head) => {
    const lines = headLines(head)
    return lines.filter(isSpoken).length * 2 > lines.filter((line) => !line.startsWith("#")).length
  },
  open: (head, given) => reader(headLines(head), new DayClock(given))
}
