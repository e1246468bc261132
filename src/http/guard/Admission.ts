/** Admits all requests, or only those with API_TOKEN. */
import { Clock, Context, Effect, Layer, Metric, Option, type Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import * as Metrics from "../../observability/Metrics.ts"
import { Brake } from "./Brake.ts"
import { bearerOf } from "./Caller.ts"
import { networkOf } from "./Network.ts"
import { Occurrences } from "./Occurrences.ts"
import { makeToken, SESSION_SECONDS } from "./Token.ts"
import { number } from "../../domain/Wording.ts"

/** The cookie with a browser's session. */
export const COOKIE = "telemetra_session"

export type Verdict =
  | { readonly _tag: "Admitted" }
  /** The request contains no token. */
  | { readonly _tag: "Unknown" }
  /** The request contains a wrong token. */
  | { readonly _tag: "Wrong" }
  /** The request contains a wrong token, and its network has sent too many wrong tokens. */
  | { readonly _tag: "Braked"; readonly retryAfterSeconds: number }

const ADMITTED: Verdict = { _tag: "Admitted" }

export class Admission extends Context.Service<
  Admission,
  {
    /** Judges the cookie, otherwise the bearer token. */
    readonly judge: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Verdict>
    /** Judges a token from the request's body. */
    readonly judgeToken: (request: HttpServerRequest.HttpServerRequest, offered: string) => Effect.Effect<Verdict>
    /** Whether the request contains the cookie of a valid session. */
    readonly hasSession: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<boolean>
    /** The cookie's value for an admitted browser; `undefined` if no token is set. */
    readonly session: Effect.Effect<string | undefined>
  }
>()("telemetra/http/Admission") {
  /** `undefined` admits all requests. */
  static readonly layer = (apiToken: Redacted.Redacted | undefined): Layer.Layer<Admission> =>
    Layer.effect(Admission, apiToken === undefined ? Effect.succeed(open) : make(apiToken))
}

const open: Admission["Service"] = {
  judge: () => Effect.succeed(ADMITTED),
  judgeToken: () => Effect.succeed(ADMITTED),
  hasSession: () => Effect.succeed(false),
  session: Effect.undefined
}

const nowSeconds = Effect.map(Clock.currentTimeMillis, (ms) => Math.floor(ms / 1000))

const make = Effect.fnUntraced(function* (apiToken: Redacted.Redacted) {
  const token = yield* makeToken(apiToken)
  const brake = new Brake()
  const wrong = new Occurrences()

  const report = (network: string, nowMs: number) => {
    const count = wrong.add(nowMs)
    return count === 0
      ? Effect.void
      : Effect.logWarning(
          `Rejected ${number(count)} requests with a token other than API_TOKEN, the last one from ${network}: a client has an old token, or an attacker is guessing. Update the client, or block that network`
        )
  }

  const judgeToken: Admission["Service"]["judgeToken"] = Effect.fnUntraced(function* ({ remoteAddress }, offered) {
    // The right token passes first, without throttling: behind a proxy all clients share one
    // address.
    if (token.matches(offered)) return ADMITTED
    const network = networkOf(Option.getOrElse(remoteAddress, () => ""))
    const nowMs = Number(yield* Clock.monotonicTimeNanos) / 1e6
    yield* Metric.update(Metrics.wrongTokens, 1)
    yield* report(network, nowMs)
    const waitMs = brake.waitMs(network, nowMs)
    if (waitMs > 0) return { _tag: "Braked", retryAfterSeconds: Math.ceil(waitMs / 1000) }
    brake.wrong(network, offered, nowMs)
    return { _tag: "Wrong" }
  })

  const hasSession: Admission["Service"]["hasSession"] = ({ cookies }) =>
    Effect.map(nowSeconds, (now) => token.isSession(cookies[COOKIE] ?? "", now))

  const judge: Admission["Service"]["judge"] = Effect.fnUntraced(function* (request) {
    // Signatures cannot be guessed, so they are not throttled.
    if (yield* hasSession(request)) return ADMITTED
    const bearer = bearerOf(request)
    return bearer === undefined ? { _tag: "Unknown" } : yield* judgeToken(request, bearer)
  })

  return Admission.of({
    judge,
    judgeToken,
    hasSession,
    session: Effect.map(nowSeconds, (now) => token.session(now + SESSION_SECONDS))
  })
})
