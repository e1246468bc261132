/** Admits a request to its route, or responds in its place. It runs before anything else. */
import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Exposure } from "../Exposure.ts"
import type { Admission } from "./Admission.ts"
import { isForbidden, isPage, pathOf } from "./Caller.ts"
import { localPath } from "./LocalPath.ts"
import { LOGIN_PATH } from "./LoginPage.ts"
import { MONITORING, OPEN } from "./OpenPaths.ts"
import { problem } from "./Problem.ts"

type Request = HttpServerRequest.HttpServerRequest

/** Path and query. */
const MOST_URL_CHARACTERS = 8192

/** `HEAD /` reveals only that the server runs. Health checks written for the Spark job use it. */
const isOpen = (request: Request): boolean => {
  const path = pathOf(request)
  return OPEN.has(path) || (request.method === "HEAD" && path === "/")
}

/**
 * Whether the Host header names this server. Probes and scrapers from other machines may use any
 * name, because they read nothing secret.
 */
const isNamed = (request: Request, { answersTo, loopbackOnly }: Exposure["Service"]): boolean =>
  answersTo(request.headers["host"]) || (!loopbackOnly && MONITORING.has(pathOf(request)))

const unauthorized = (detail: string) =>
  HttpServerResponse.setHeader(problem(401, detail), "www-authenticate", 'Bearer realm="telemetra"')

const tooMany = (retryAfterSeconds: number): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeader(
    problem(429, `Too many wrong tokens came from this network: try again in ${retryAfterSeconds} s`),
    "retry-after",
    String(retryAfterSeconds)
  )

interface Services {
  readonly admission: Admission["Service"]
  readonly exposure: Exposure["Service"]
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

/** Changes of a browser's session, which the server does not store. */
const SESSION_PATHS: ReadonlySet<string> = new Set([LOGIN_PATH, "/logout"])

/** Whether the request may change what the server stores. */
const isChange = (request: Request): boolean => !READS.has(request.method) && !SESSION_PATHS.has(pathOf(request))

/** The response in place of the route's; `undefined` admits the request. */
export const refusal = Effect.fnUntraced(function* (request: Request, { admission, exposure }: Services) {
  if (request.url.length > MOST_URL_CHARACTERS) return problem(414)
  if (!isNamed(request, exposure)) {
    return problem(421, "This server does not serve the requested host name: add it to HTTP_ALLOWED_HOSTS")
  }
  if (isForbidden(request)) return problem(403, "The request comes from another site")
  if (isChange(request) && !exposure.changesTaken) {
    return problem(
      403,
      "Changes are refused: set API_TOKEN, or serve this machine only (HTTP_HOST=127.0.0.1 without HTTP_ALLOWED_HOSTS)"
    )
  }
  if (isOpen(request)) return undefined
  const verdict = yield* admission.judge(request)
  switch (verdict._tag) {
    case "Admitted":
      return undefined
    case "Unknown":
      return isPage(request)
        ? HttpServerResponse.redirect(`${LOGIN_PATH}?next=${encodeURIComponent(localPath(request.url))}`, {
            status: 303
          })
        : unauthorized("Authentication required: send the header Authorization: Bearer <API_TOKEN>")
    case "Wrong":
      return unauthorized("Wrong token")
    case "Braked":
      return tooMany(verdict.retryAfterSeconds)
  }
})
