/**
 * Serves the built dashboard from memory: the page under each of its paths, and
 * its files under /assets/ with names that change with their content. The files hold no data of
 * streams: the page requests that from the API.
 */
import { readdir, readFile } from "node:fs/promises"
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { isPage, pathOf } from "./guard/Caller.ts"
import { problem } from "./guard/Problem.ts"
import { type HttpServerRequest, HttpRouter, HttpServerResponse } from "effect/http"

/** Next to the bundle; for the sources, in the folder to which the bundle is built. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../dist/dashboard/" : "./dashboard/", import.meta.url)

/** The page's paths. The page interprets the rest of each path. Add a path for a new page. */
const PAGES = ["/", "/streams/*", "/moments/*", "/broadcasts/*", "/pipeline"] as const

/** Unknown paths under these prefixes have a problem document, whatever the client accepts. */
const NOT_PAGES = /^\/(?:api|assets|health|metrics)(?:\/|$)/

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml"
}

/**
 * The page loads nothing from other servers, contains no inline script or style, and cannot be
 * framed.
 */
export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer"
} as const

const FOREVER = "public, max-age=31536000, immutable"
/** The page names the other files, so browsers revalidate it: the response is usually 304. */
const EVERY_TIME = "no-cache"

/** The encodings of each built file, smallest first, with the endings of the file names. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"]
] as const

interface Asset {
  readonly type: string
  readonly etag: string
  readonly plain: Uint8Array
  readonly encoded: ReadonlyArray<readonly [encoding: string, content: Uint8Array]>
}

const accepts = (header: string, encoding: string): boolean =>
  header.split(",").some((item) => {
    const [name, ...parameters] = item.split(";").map((part) => part.trim().toLowerCase())
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })

const respond = (
  { headers }: HttpServerRequest.HttpServerRequest,
  { encoded, etag, plain, type }: Asset,
  cacheControl: string,
  status = 200
): HttpServerResponse.HttpServerResponse => {
  const common = { ...SECURITY_HEADERS, "cache-control": cacheControl, etag, vary: "accept-encoding" }
  if (status === 200 && headers["if-none-match"] === etag)
    return HttpServerResponse.empty({ status: 304, headers: common })
  const [encoding, content] = encoded.find(([name]) => accepts(headers["accept-encoding"] ?? "", name)) ?? []
  return HttpServerResponse.uint8Array(content ?? plain, {
    status,
    contentType: type,
    headers: encoding === undefined ? common : { ...common, "content-encoding": encoding }
  })
}

const read = async (path: string): Promise<Asset> => {
  const [plain, ...encoded] = await Promise.all(
    ["", ...ENCODINGS.map(([, ending]) => ending)].map((ending) => readFile(new URL(`${path}${ending}`, folder)))
  )
  if (plain === undefined) throw new Error(`${path} does not exist`)
  return {
    type: TYPES[path.replace(/^.*\./, "")] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    plain,
    encoded: ENCODINGS.flatMap(([name], index) => {
      const content = encoded[index]
      return content === undefined ? [] : [[name, content] as const]
    })
  }
}

const isEncoded = (name: string): boolean => ENCODINGS.some(([, ending]) => name.endsWith(ending))

const routes = async () => {
  const page = await read("index.html")
  const names = await readdir(new URL("assets/", folder))
  const assets = await Promise.all(
    names.filter((name) => !isEncoded(name)).map(async (name) => [name, await read(`assets/${name}`)] as const)
  )
  return [
    ...PAGES.map((path) =>
      HttpRouter.route("GET", path, (request) => Effect.succeed(respond(request, page, EVERY_TIME)))
    ),
    // A browser gets the page, which reports that the path is unknown.
    HttpRouter.route("GET", "/*", (request) =>
      Effect.succeed(
        isPage(request) && !NOT_PAGES.test(pathOf(request)) ? respond(request, page, EVERY_TIME, 404) : problem(404)
      )
    ),
    ...assets.map(([name, asset]) =>
      HttpRouter.route("GET", `/assets/${name}`, (request) => Effect.succeed(respond(request, asset, FOREVER)))
    )
  ]
}

const NOT_BUILT = "The dashboard is not built: run `npm run build`.\n"

/** The dashboard's routes. If it is not built, the page is a message that names the remedy. */
export const layer = HttpRouter.addAll(
  Effect.tryPromise(routes).pipe(
    Effect.orElseSucceed(() => [HttpRouter.route("GET", "/", HttpServerResponse.text(NOT_BUILT, { status: 503 }))])
  )
)
