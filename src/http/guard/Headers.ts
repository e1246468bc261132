/** Security headers of every response. By default browsers may not render, run or frame it. */
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

/** Defaults for responses without these headers. */
const USUAL = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer"
}

/** The API's documentation: a page with inline scripts. */
const DOCS_PATH = `${API_PATH}/docs`

const scriptHashes = (html: string): string =>
  [...html.replace(/\r\n?/g, "\n").matchAll(/<script>(.*?)<\/script>/gs)]
    .map(([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`)
    .join(" ")

/** Keyed by the page, which stays the same object while the worker runs. */
const docsPolicies = new WeakMap<object, string>()

/** Allows the page's own scripts, the styles that they create, and requests to this server only. */
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
