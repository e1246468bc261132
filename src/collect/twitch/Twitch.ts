/** The platform Twitch: public chat over IRC, anonymously, with viewer counts and emote lists. */
import { Clock, Effect, Queue, Stream } from "effect"
import * as Socket from "effect/socket/Socket"
import { CollectError } from "../CollectError.ts"
import type { Collected, Platform } from "../Platform.ts"
import type { Lost } from "./Connection.ts"
import type { EmoteLists } from "./emotes/EmoteLists.ts"
import { MAX_CHANNELS, runGroup } from "./Group.ts"
import { makeTwitchRate } from "./Rate.ts"
import type { ViewerSource } from "./Viewers.ts"

export interface TwitchOptions {
  /** `ws://` or `wss://`. */
  readonly chatUrl: string
  readonly viewers: ViewerSource
  readonly emotes: EmoteLists
}

/** Items between the connections and the consumer. A full buffer pauses the sockets. */
const BUFFER = 4_096

const NAME = /^[a-z0-9]\w{0,24}$/i

/** `#Name` and `Name` are the channel `name`. */
const normal = (stream: string): string => stream.replace(/^#/, "").toLowerCase()

const nameProblem = (stream: string): string | undefined =>
  NAME.test(normal(stream))
    ? undefined
    : "A Twitch channel has 1 to 25 letters, digits and underscores, as in its address: twitch.tv/NAME."

const urlProblem = (url: string): string | undefined => {
  if (!URL.canParse(url)) return "it is not a URL"
  const { hash, protocol } = new URL(url)
  if (protocol !== "ws:" && protocol !== "wss:") return "it must begin with ws:// or wss://"
  return hash === "" ? undefined : "it must not have a fragment (#)"
}

/** Statuses that pass by themselves. */
const isTemporary = (status: number): boolean => status < 400 || status >= 500 || [408, 425, 429].includes(status)

const groupsOf = (streams: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const all = [...new Set(streams)]
  return Array.from({ length: Math.ceil(all.length / MAX_CHANNELS) }, (_, index) =>
    all.slice(index * MAX_CHANNELS, (index + 1) * MAX_CHANNELS)
  )
}

export const make = Effect.fn("twitch.make")(function* ({ chatUrl, emotes, viewers }: TwitchOptions) {
  const makeWebSocket = yield* Socket.WebSocketConstructor

  const chat = (streams: ReadonlyArray<string>): Stream.Stream<Collected, CollectError> =>
    Stream.callback<Collected, CollectError>(
      Effect.fnUntraced(
        function* (queue) {
          const problem = urlProblem(chatUrl)
          if (problem !== undefined) {
            return yield* new CollectError({
              reason: "Configuration",
              detail: `TWITCH_CHAT_URL cannot be used: ${problem}; unset it to use Twitch's own server`
            })
          }
          const joinRate = yield* makeTwitchRate
          const loginRate = yield* makeTwitchRate
          const startMs = yield* Clock.currentTimeMillis
          let ids = 0
          let hasConnected = false
          return yield* Effect.forEach(
            groupsOf(streams),
            (group) =>
              runGroup({
                url: chatUrl,
                streams: group,
                joinRate,
                loginRate,
                emit: (items) => (items.length === 0 ? Effect.void : Effect.asVoid(Queue.offerAll(queue, items))),
                emotesOf: emotes.namesOf,
                makeId: () => `telemetra-${startMs}-${++ids}`,
                onLost: (lost, wasOpen) => {
                  hasConnected ||= wasOpen
                  const isWrong = lost.status !== undefined && !isTemporary(lost.status)
                  return isWrong && !hasConnected ? Effect.fail(lost) : Effect.void
                }
              }),
            { concurrency: "unbounded", discard: true }
          )
        },
        Effect.catchTag("Lost", (lost: Lost) =>
          Effect.fail(
            new CollectError({
              reason: "Configuration",
              detail: `TWITCH_CHAT_URL names no chat server: HTTP status ${lost.status}; correct it, or unset it to use Twitch's own server`
            })
          )
        ),
        Effect.provideService(Socket.WebSocketConstructor, makeWebSocket)
      ),
      { bufferSize: BUFFER, strategy: "suspend" }
    )

  const platform: Platform = {
    name: "twitch",
    nameProblem,
    normal,
    collect: (streams) => Stream.merge(chat(streams), viewers.samples(streams))
  }
  return platform
})
