/** The known formats of saved chat, the most specific first. */
import { chatDownloader } from "./ChatDownloader.ts"
import type { Format, Head } from "./Format.ts"
import { ircClientLog } from "./IrcClientLog.ts"
import { rawIrc } from "./RawIrc.ts"
import { textLog } from "./TextLog.ts"
import { twitchDownloader } from "./TwitchDownloader.ts"
import { youTubeLiveChat } from "./YouTubeLiveChat.ts"

export const FORMATS: ReadonlyArray<Format> = [
  twitchDownloader,
  youTubeLiveChat,
  chatDownloader,
  rawIrc,
  ircClientLog,
  textLog
]

/** For messages about files that are none of them. */
export const KNOWN_FORMS =
  "chat saved by TwitchDownloader (JSON or text), chat-downloader or yt-dlp (live_chat). Text logs such as [2026-01-31 18:00:00] user: text, raw IRC lines with times and logs of IRC clients work too"

/** The format of a file with that beginning. */
export const formatOf = (head: Head): Format | undefined => FORMATS.find((format) => format.recognizes(head))
