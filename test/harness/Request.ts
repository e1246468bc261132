/** HTTP requests whose responses are read whole. */
import { request as httpRequest } from "node:http"
import { Effect } from "effect"

export interface Answer<Body> {
  readonly status: number
  /** Its media type, without parameters. */
  readonly type: string
  readonly headers: Headers
  readonly text: string
  /** The text parsed as JSON. Read it only if the response is JSON. */
  readonly body: Body
}

export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
  /** A list of windows has neither this nor a position. */
  readonly previous?: string | null
  readonly position?: { readonly first: number | null; readonly total: number | null } | null
}

/** Dies if no response arrives. */
export const request = <Body = unknown>(url: string, init: RequestInit = {}): Effect.Effect<Answer<Body>> =>
  Effect.promise(async (signal) => {
    const response = await fetch(url, { signal, ...init })
    const text = await response.text()
    return {
      status: response.status,
      type: (response.headers.get("content-type") ?? "").replace(/;.*/s, ""),
      headers: response.headers,
      text,
      get body(): Body {
        return JSON.parse(text)
      }
    }
  })

const withCursor = (url: string, cursor: string | null): string => {
  const page = new URL(url)
  if (cursor !== null) page.searchParams.set("cursor", cursor)
  return page.href
}

const MOST_PAGES = 10_000

/** The pages of a list, to its end. `between` runs before each page but the first. */
export const pagesOf = <Item, E, R>(
  url: string,
  between: Effect.Effect<unknown, E, R>
): Effect.Effect<ReadonlyArray<ReadonlyArray<Item>>, E, R> =>
  Effect.gen(function* () {
    const pages: Array<ReadonlyArray<Item>> = []
    let cursor: string | null = null
    do {
      if (pages.length > 0) yield* between
      const answer: Answer<Page<Item>> = yield* request<Page<Item>>(withCursor(url, cursor))
      if (answer.status !== 200) return yield* Effect.die(new Error(`${url}: ${answer.status} ${answer.text}`))
      pages.push(answer.body.items)
      cursor = answer.body.next
      if (pages.length > MOST_PAGES) return yield* Effect.die(new Error(`${url} has no end`))
    } while (cursor !== null)
    return pages
  })

/** All items of a list, page by page. */
export const itemsOf = <Item>(url: string): Effect.Effect<ReadonlyArray<Item>> =>
  Effect.map(pagesOf<Item, never, never>(url, Effect.void), (pages) => pages.flat())

/** Requests the path exactly as given: `fetch` would resolve its dots. */
export const requestPath = (
  port: number,
  path: string,
  method = "GET"
): Effect.Effect<{ readonly status: number; readonly text: string }> =>
  Effect.callback((resume) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path, method }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => (text += chunk))
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, text })))
    })
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end()
    return Effect.sync(() => void sent.destroy())
  })
