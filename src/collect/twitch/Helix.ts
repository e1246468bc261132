/**
 * Twitch's API Helix, as far as the collector needs it: which streams are live, with how many
 * viewers. It obeys the API's rate limit.
 */
import { Clock, Duration, Effect, Option, Redacted, Schema } from "effect"
import { type Headers, type HttpClient, HttpClientRequest } from "effect/http"
import { CollectError } from "../CollectError.ts"
import { Rejected, Unavailable } from "./HelixErrors.ts"
import * as HelixToken from "./HelixToken.ts"
import { ACCEPT_JSON, requestJson } from "./Json.ts"

export interface HelixOptions extends HelixToken.Credentials {
  /** The base of the API, without a slash at the end. */
  readonly apiUrl: string
}

/** The live streams among the requested ones. */
export interface LiveStreams {
  /** Viewers by login. */
  readonly viewers: ReadonlyMap<string, number>
  /** Elements of the reply without a login or a number of viewers. */
  readonly unreadable: number
}

export interface Helix {
  /** At most {@link MOST_LOGINS} logins. */
  readonly liveStreams: (
    logins: ReadonlyArray<string>
  ) => Effect.Effect<LiveStreams, Unavailable | Rejected | CollectError, HttpClient.HttpClient>
}

/** The most logins of one request. */
export const MOST_LOGINS = 100

const BOUNDS = { timeout: "10 seconds", maxBytes: 4_194_304 } as const
/** The wait after a status 429 that names no time. */
const LIMITED_MS = 60_000
/** The most that the API may request: a wrong clock must not end the samples. */
const LONGEST_WAIT_MS = 300_000
/**
 * So many rejections in a row of tokens that were just granted mean a wrong client id, if no
 * request has succeeded before.
 */
const MOST_DENIALS = 3

const repliedOf = Schema.decodeUnknownOption(Schema.Struct({ data: Schema.Array(Schema.Unknown) }))
const liveOf = Schema.decodeUnknownOption(
  Schema.Struct({
    user_login: Schema.String,
    type: Schema.optionalKey(Schema.String),
    viewer_count: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
  })
)

/** The viewers of the requested logins. Type "live" is the only one of streams without an error. */
const streamsOf = (data: ReadonlyArray<unknown>, logins: ReadonlySet<string>): LiveStreams => {
  const viewers = new Map<string, number>()
  let unreadable = 0
  for (const element of data) {
    const live = liveOf(element)
    if (Option.isNone(live)) {
      unreadable++
      continue
    }
    const login = live.value.user_login.toLowerCase()
    if (live.value.type !== undefined && live.value.type !== "live") continue
    if (logins.has(login) && !viewers.has(login)) viewers.set(login, live.value.viewer_count)
  }
  return { viewers, unreadable }
}

/**
 * The wait until the limit is reset. The API states it in seconds since the epoch. `undefined` if
 * it states none.
 */
const resetMs = (headers: Headers.Headers, nowMs: number): number | undefined => {
  const reset = headers["ratelimit-reset"]
  if (reset === undefined || !/^\d{1,15}$/.test(reset)) return undefined
  return Math.min(LONGEST_WAIT_MS, Math.max(1_000, Number(reset) * 1000 - nowMs))
}

export const make = (options: HelixOptions): Helix => {
  const token = HelixToken.make(options)
  /** No request before this time: the limit is used up. */
  let notBeforeMs = 0
  let hasWorked = false
  /** Status 401 in a row. */
  let denials = 0

  const denied = Effect.gen(function* () {
    yield* token.discard
    denials++
    if (!hasWorked && denials >= MOST_DENIALS) {
      return yield* new CollectError({
        reason: "Unauthorized",
        detail:
          "Twitch granted tokens and then rejected them with status 401: check TWITCH_CLIENT_ID, and that TWITCH_API_URL and TWITCH_TOKEN_URL belong together"
      })
    }
    return yield* new Unavailable({ why: "status 401" })
  })

  const failed = Effect.fnUntraced(function* (status: number, headers: Headers.Headers) {
    const why = `status ${status}`
    if (status === 401) return yield* denied
    if (status === 429) {
      const afterMs = resetMs(headers, yield* Clock.currentTimeMillis) ?? LIMITED_MS
      return yield* new Unavailable({ why: `${why}, the rate limit is reached`, afterMs })
    }
    if (!hasWorked && HelixToken.isOtherService(status)) {
      return yield* new CollectError({
        reason: "Configuration",
        detail: `TWITCH_API_URL responded ${status} to a request for streams: correct the URL, or unset it to use Twitch's`
      })
    }
    const isTransient = status >= 500 || status === 408 || status === 425
    return yield* isTransient ? new Unavailable({ why }) : new Rejected({ why })
  })

  const send = Effect.fnUntraced(function* (logins: ReadonlyArray<string>) {
    const waitMs = notBeforeMs - (yield* Clock.currentTimeMillis)
    if (waitMs > 0) yield* Effect.sleep(Duration.millis(waitMs))
    const bearer = yield* token.get
    const answer = yield* requestJson(
      HttpClientRequest.get(`${options.apiUrl}/streams`, {
        urlParams: [["first", String(MOST_LOGINS)], ...logins.map((login) => ["user_login", login] as const)],
        headers: {
          ...ACCEPT_JSON,
          authorization: `Bearer ${Redacted.value(bearer)}`,
          "client-id": options.clientId
        }
      }),
      BOUNDS
    )
    if (answer._tag === "NoReply") return yield* new Unavailable({ why: answer.why })
    if (answer.headers["ratelimit-remaining"] === "0") {
      const nowMs = yield* Clock.currentTimeMillis
      notBeforeMs = nowMs + (resetMs(answer.headers, nowMs) ?? 0)
    }
    return answer
  })

  const liveStreams = Effect.fn("helix.liveStreams")(function* (logins: ReadonlyArray<string>) {
    let reply = yield* send(logins)
    if (reply.status === 401 && hasWorked) {
      // Tokens end before their time if the API revokes them.
      yield* token.discard
      reply = yield* send(logins)
    }
    if (reply.status !== 200) return yield* failed(reply.status, reply.headers)
    denials = 0
    const replied = repliedOf(reply.body)
    if (Option.isNone(replied)) return yield* new Unavailable({ why: "the reply is not a list of streams" })
    hasWorked = true
    return streamsOf(replied.value.data, new Set(logins))
  })

  return { liveStreams }
}
