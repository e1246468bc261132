/**
 * The app access token of Twitch's API, by the client credentials grant. It is kept until it
 * expires or the API rejects it. The client secret travels in the body of a POST, never in a URL.
 */
import { Clock, Effect, Option, Redacted, Schema } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { CollectError } from "../CollectError.ts"
import { Unavailable } from "./HelixErrors.ts"
import { ACCEPT_JSON, requestJson } from "./Json.ts"

/** An application that is registered with Twitch. */
export interface Credentials {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
}

export interface HelixToken {
  /** The current token. Requests one if there is none. */
  readonly get: Effect.Effect<Redacted.Redacted, Unavailable | CollectError, HttpClient.HttpClient>
  /** Forgets the token. */
  readonly discard: Effect.Effect<void>
}

const BOUNDS = { timeout: "10 seconds", maxBytes: 1_048_576 } as const

/** A token is replaced this long before it expires. */
const SPARE_MS = 60_000
/** The validity of a token whose reply names none. */
const DEFAULT_VALIDITY_S = 3_600

/** The token goes into a header, so only printable ASCII may occur in it. */
const Granted = Schema.Struct({
  access_token: Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,4096}$/)),
  expires_in: Schema.optionalKey(Schema.Finite)
})
const grantedOf = Schema.decodeUnknownOption(Granted)

/** The reply of a token endpoint that understands the request and refuses it. */
const Refusal = Schema.Union([
  Schema.Struct({ status: Schema.Literals([400, 401, 403]), message: Schema.String }),
  Schema.Struct({ error: Schema.Literals(["invalid_client", "unauthorized_client"]) })
])
const refusalOf = Schema.decodeUnknownOption(Refusal)

const REMEDY =
  "compare both with the application at https://dev.twitch.tv/console/apps, or unset both to collect without viewer counts"

const refused = (status: number, refusal: typeof Refusal.Type): CollectError => {
  const isSecret = "message" in refusal && /secret/i.test(refusal.message)
  const what = isSecret ? "TWITCH_CLIENT_SECRET" : "TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET"
  return new CollectError({
    reason: "Unauthorized",
    detail: `Twitch rejected ${what} with status ${status}: ${REMEDY}`
  })
}

/** A status by which another service than the expected one replies. */
export const isOtherService = (status: number): boolean =>
  (status >= 300 && status < 400) || status === 404 || status === 405

export const make = ({ clientId, clientSecret, tokenUrl }: Credentials): HelixToken => {
  let current: { readonly token: Redacted.Redacted; readonly untilMs: number } | undefined
  /** Whether the credentials have worked in this process. A refusal may then be temporary. */
  let hasWorked = false

  const request = Effect.gen(function* () {
    const answer = yield* requestJson(
      HttpClientRequest.post(tokenUrl, { headers: ACCEPT_JSON }).pipe(
        HttpClientRequest.bodyUrlParams({
          client_id: clientId,
          client_secret: Redacted.value(clientSecret),
          grant_type: "client_credentials"
        })
      ),
      BOUNDS
    )
    if (answer._tag === "NoReply") return yield* new Unavailable({ why: `token request: ${answer.why}` })
    const { body, status } = answer
    if (!hasWorked && isOtherService(status)) {
      return yield* new CollectError({
        reason: "Configuration",
        detail: `TWITCH_TOKEN_URL responded ${status} to a token request: correct the URL, or unset it to use Twitch's`
      })
    }
    const refusal = refusalOf(body)
    if (status >= 400 && status < 500 && Option.isSome(refusal)) {
      if (!hasWorked) return yield* refused(status, refusal.value)
      return yield* new Unavailable({
        why: `Twitch now rejects TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET (status ${status})`
      })
    }
    const granted = status === 200 ? grantedOf(body) : Option.none()
    if (Option.isNone(granted)) {
      const why = status === 200 ? "the reply has no usable access_token" : `status ${status}`
      return yield* new Unavailable({ why: `token request: ${why}` })
    }
    const { access_token: token, expires_in: validityS = DEFAULT_VALIDITY_S } = granted.value
    hasWorked = true
    const nowMs = yield* Clock.currentTimeMillis
    current = { token: Redacted.make(token), untilMs: nowMs + validityS * 1000 - SPARE_MS }
    return current.token
  })

  return {
    get: Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      if (current !== undefined && nowMs < current.untilMs) return current.token
      return yield* request
    }),
    discard: Effect.sync(() => {
      current = undefined
    })
  }
}
