/**
 * API_TOKEN, and the sessions of browsers that logged in with it. A session's cookie holds an
 * expiry and its signature, not the token. So every replica with the same token accepts it, and the
 * server stores nothing. The signing key is derived slowly, so that a stolen cookie does not reveal
 * a short token.
 */
import { createHash, createHmac, scrypt, timingSafeEqual } from "node:crypto"
import { Effect, Redacted } from "effect"

/** The lifetime of a session. */
export const SESSION_SECONDS = 7 * 86_400

export interface Token {
  /** Compares in constant time. */
  readonly matches: (offered: string) => boolean
  /** The value of a cookie that expires at this time, in seconds since 1970. */
  readonly session: (untilSeconds: number) => string
  /** Whether {@link session} made the value and it has not expired. */
  readonly isSession: (value: string, nowSeconds: number) => boolean
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Compares texts of any length in constant time. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const derive = (token: string): Effect.Effect<Buffer> =>
  Effect.callback((resume) =>
    scrypt(token, "telemetra session", 32, (error, key) =>
      resume(error === null ? Effect.succeed(key) : Effect.die(error))
    )
  )

export const makeToken = Effect.fn("http.makeToken")(function* (apiToken: Redacted.Redacted) {
  const token = Redacted.value(apiToken)
  const key = yield* derive(token)
  const session = (untilSeconds: number): string =>
    `${untilSeconds}.${createHmac("sha256", key).update(String(untilSeconds)).digest("base64url")}`
  return {
    matches: (offered) => equal(offered, token),
    session,
    isSession: (value, nowSeconds) => {
      const [, until] = /^(\d{1,12})\.[\w-]{43}$/.exec(value) ?? []
      return until !== undefined && equal(value, session(Number(until))) && Number(until) > nowSeconds
    }
  } satisfies Token
})
