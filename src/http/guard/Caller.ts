/** The origin of a request, according to its headers. */
import { HttpServerRequest } from "effect/http"

type Request = HttpServerRequest.HttpServerRequest

/** The path as sent, without the query. */
export const pathOf = ({ url }: Request): string => url.replace(/\?.*$/s, "")

/**
 * Whether a browser sends the request for a page of another site. Browsers mark it with
 * Sec-Fetch-Site on trustworthy connections, otherwise with Origin if it matters. A request with
 * neither comes from a program or an old browser.
 */
const isForeign = ({ headers }: Request): boolean => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const { host, origin } = headers
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}

/** Whether the request comes from another site and is not a followed link. */
export const isForbidden = (request: Request): boolean => {
  const isLink = request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate"
  return isForeign(request) && !isLink
}

/** Whether a browser expects HTML. */
export const isPage = ({ headers, method }: Request): boolean =>
  (method === "GET" || method === "HEAD") && (headers["accept"] ?? "").includes("text/html")

/** The bearer token of the request. */
export const bearerOf = ({ headers }: Request): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers["authorization"] ?? "")?.[1]

/** Whether a proxy in front of this server reports an encrypted connection to the browser. */
export const isHttps = ({ headers }: Request): boolean =>
  (headers["x-forwarded-proto"] ?? "").split(",")[0]?.trim().toLowerCase() === "https"
