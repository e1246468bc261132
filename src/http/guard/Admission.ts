/** Who is let in: everybody, or who has shown API_TOKEN. */
import { Clock, Context, Effect, Layer, Metric, Option, type Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import * as Metrics from "../../observability/Metrics.ts"
import { Brake } from "./Brake.ts"
import { bearerOf } from "./Caller.ts"
import { networkOf } from "./Network.ts"
import { Occurrences } from "./Occurrences.ts"
import { makeToken, SESSION_SECONDS } from "./Token.ts"
import { number } from "../../domain/Wording.ts"

/** The browser's proof. */
export const COOKIE = "telemetra_session"

export type Verdict =
  | { readonly _tag: "Admitted" }
  /** Nothing was shown. */
  | { readonly _tag: "Unknown" }
  /** What was shown is not the token. */
  | { readonly _tag: "Wrong" }
  /** What was shown is not the token, and too many wrong ones came from that network. */
  | { readonly _tag: "Braked"; readonly retryAfterSeconds: number }

const ADMITTED: Verdict = { _tag: "Admitted" }

export class Admission extends Context.Service<
  Admission,
  {
    /** By the cookie, else by the bearer token. */
    readonly judge: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<Verdict>
    /** By a token that the request brings in its body. */
    readonly judgeToken: (request: HttpServerRequest.HttpServerRequest, offered: string) => Effect.Effect<Verdict>
    /** A cookie's value for who has been admitted; `undefined` where nobody needs one. */
    readonly session: Effect.Effect<string | undefined>
  }
>()("telemetra/http/Admission") {
  /** `undefined` = everybody is let in. */
  static readonly layer = (apiToken: Redacted.Redacted | undefined): Layer.Layer<Admission> =>
    Layer.effect(Admission, apiToken === undefined ? Effect.succeed(open) : make(apiToken))
}

const open: Admission["Service"] = {
  judge: () => Effect.succeed(ADMITTED),
  judgeToken: () => Effect.succeed(ADMITTED),
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
          `Rejected ${number(count)} requests with a token other than API_TOKEN, the last one from ${network}: a client has an old token, or an attacker is guessing; update the client, or block that network`
        )
  }

  const judgeToken: Admission["Service"]["judgeToken"] = Effect.fnUntraced(function* ({ remoteAddress }, offered) {
    // First, and whatever came from there: behind a proxy all clients share one address.
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

  const judge: Admission["Service"]["judge"] = Effect.fnUntraced(function* (request) {
    // a signature can't be guessed: the brake is not for it
    if (token.isSession(request.cookies[COOKIE] ?? "", yield* nowSeconds)) return ADMITTED
    const bearer = bearerOf(request)
    return bearer === undefined ? { _tag: "Unknown" } : yield* judgeToken(request, bearer)
  })

  return Admission.of({
    judge,
    judgeToken,
    session: Effect.map(nowSeconds, (now) => token.session(now + SESSION_SECONDS))
  })
})
