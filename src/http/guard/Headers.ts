/** What every answer tells browsers: nothing of it is a page, a script or a frame of anybody's, unless it says so itself. */
import { createHash } from "node:crypto"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { API_PATH } from "../../api/Api.ts"
import { pathOf } from "./Caller.ts"

const ALWAYS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

/** For what has no others of its own. */
const USUAL = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer"
}

/** Where the API's documentation is: a page with its scripts written into it. */
const DOCS_PATH = `${API_PATH}/docs`

const scriptHashes = (html: string): string =>
  [...html.replace(/\r\n?/g, "\n").matchAll(/<script>(.*?)<\/script>/gs)]
    .map(([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`)
    .join(" ")

/** By page, which is one object for as long as the worker runs. */
const docsPolicies = new WeakMap<object, string>()

/** Lets the page's own scripts run, and the styles that they make; they ask nobody but this server. */
const docsPolicy = (html: Uint8Array): string => {
  const known = docsPolicies.get(html)
  if (known !== undefined) return known
  const scripts = scriptHashes(new TextDecoder().decode(html))
  const policy = `default-src 'none'; script-src ${scripts}; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  docsPolicies.set(html, policy)
  return policy
}

export const withHeaders = (
  request: HttpServerRequest.HttpServerRequest,
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  const { body, headers } = response
  const isDocs = pathOf(request) === DOCS_PATH && body._tag === "Uint8Array" && response.status === 200
  const own = isDocs ? { "content-security-policy": docsPolicy(body.body), ...headers } : headers
  return HttpServerResponse.setHeaders(response, { ...USUAL, ...own, ...ALWAYS })
}
