/** What a request says of where it comes from. */
import { HttpServerRequest } from "effect/http"

type Request = HttpServerRequest.HttpServerRequest

/** The path as it was sent, without what follows it. */
export const pathOf = ({ url }: Request): string => url.replace(/\?.*$/s, "")

/**
 * Whether a browser sends it for another site's page. Browsers say so by Sec-Fetch-Site where the connection is private enough, else by Origin wherever that matters;
 * who says neither is no browser, or old.
 */
const isForeign = ({ headers }: Request): boolean => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const { host, origin } = headers
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}

/** Whether another site's page does more than show a link to here that its reader follows. */
export const isForbidden = (request: Request): boolean => {
  const isLink = request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate"
  return isForeign(request) && !isLink
}

/** Whether a person looks at the answer. */
export const isPage = ({ headers, method }: Request): boolean =>
  (method === "GET" || method === "HEAD") && (headers["accept"] ?? "").includes("text/html")

/** The token that it carries as such. */
export const bearerOf = ({ headers }: Request): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers["authorization"] ?? "")?.[1]

/** Whether the way to the browser is encrypted, as a proxy before this server says. */
export const isHttps = ({ headers }: Request): boolean =>
  (headers["x-forwarded-proto"] ?? "").split(",")[0]?.trim().toLowerCase() === "https"
