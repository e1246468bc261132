/**
 * Login and logout of browsers. The session cookie is HttpOnly, same-site, and expires after a
 * week.
 */
import { Effect, Layer, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse, UrlParams } from "effect/http"
import { Admission, COOKIE } from "./Admission.ts"
import { isHttps } from "./Caller.ts"
import { localPath } from "./LocalPath.ts"
import { LOGIN_PATH, LOGIN_STYLE_PATH, loginPage, loginStyle } from "./LoginPage.ts"
import { SESSION_SECONDS } from "./Token.ts"

const to = (path: string) => HttpServerResponse.redirect(path, { status: 303 })

const withCookie = (
  response: HttpServerResponse.HttpServerResponse,
  request: HttpServerRequest.HttpServerRequest,
  value: string,
  maxAgeSeconds: number
) =>
  HttpServerResponse.setCookieUnsafe(response, COOKIE, value, {
    httpOnly: true,
    sameSite: "strict",
    path: "/",
    maxAge: `${maxAgeSeconds} seconds`,
    secure: isHttps(request)
  })

const single = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0]

const page = Effect.gen(function* () {
  const next = localPath(single((yield* HttpServerRequest.ParsedSearchParams)["next"]))
  const { session } = yield* Admission
  return (yield* session) === undefined ? to(next) : loginPage(next)
})

const logIn = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const admission = yield* Admission
  const form = yield* request.urlParamsBody
  const field = (name: string) => Option.getOrUndefined(UrlParams.getFirst(form, name))
  const next = localPath(field("next"))
  const verdict = yield* admission.judgeToken(request, field("token") ?? "")
  switch (verdict._tag) {
    case "Admitted": {
      const session = yield* admission.session
      return session === undefined ? to(next) : withCookie(to(next), request, session, SESSION_SECONDS)
    }
    case "Braked": {
      const { retryAfterSeconds } = verdict
      return loginPage(next, {
        status: 429,
        text: `Wrong token. Too many wrong tokens came from your network: try again in ${retryAfterSeconds} s.`
      }).pipe(HttpServerResponse.setHeader("retry-after", String(retryAfterSeconds)))
    }
    case "Unknown":
    case "Wrong":
      return loginPage(next, { status: 401, text: "Wrong token." })
  }
})

const logOut = Effect.map(HttpServerRequest.HttpServerRequest, (request) => withCookie(to(LOGIN_PATH), request, "", 0))

export const layer = Layer.mergeAll(
  HttpRouter.add("GET", LOGIN_PATH, page),
  HttpRouter.add("POST", LOGIN_PATH, logIn),
  HttpRouter.add("POST", "/logout", logOut),
  HttpRouter.add("GET", LOGIN_STYLE_PATH, loginStyle)
)
