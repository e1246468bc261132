/** The addresses of the pages of broadcasts. Pure. */

export interface BroadcastsRoute {
  readonly page: "broadcasts"
  /** Part of a stream's name; empty = all. */
  readonly search: string
  /** One stream alone; `undefined` = all. */
  readonly stream: string | undefined
  /** Start of the page of the list; `undefined` = at the top. */
  readonly cursor: string | undefined
}

export interface BroadcastRoute {
  readonly page: "broadcast"
  readonly id: string
  /** Id of the broadcast to compare with; `undefined` = the stream's broadcast before. */
  readonly other: string | undefined
}

export const BROADCASTS: BroadcastsRoute = { page: "broadcasts", search: "", stream: undefined, cursor: undefined }

const ID = /^[\w-]{1,3000}$/

export const formatBroadcastRoute = (route: BroadcastsRoute | BroadcastRoute): string => {
  const parameters = new URLSearchParams()
  if (route.page === "broadcast") {
    if (route.other !== undefined) parameters.set("with", route.other)
  } else {
    if (route.search !== "") parameters.set("search", route.search)
    if (route.stream !== undefined) parameters.set("stream", route.stream)
    if (route.cursor !== undefined) parameters.set("cursor", route.cursor)
  }
  const path = route.page === "broadcast" ? `/broadcasts/${route.id}` : "/broadcasts"
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

/** Returns `undefined` for other pages. */
export const parseBroadcastRoute = (
  path: string,
  parameters: URLSearchParams
): BroadcastsRoute | BroadcastRoute | undefined => {
  const [, folder, id, ...rest] = path.split("/")
  if (folder !== "broadcasts" || rest.length > 0) return undefined
  if (id === undefined) {
    return {
      page: "broadcasts",
      search: parameters.get("search") ?? "",
      // An empty name is no stream's.
      stream: parameters.get("stream") || undefined,
      cursor: parameters.get("cursor") ?? undefined
    }
  }
  const other = parameters.get("with") ?? ""
  return ID.test(id) ? { page: "broadcast", id, other: ID.test(other) ? other : undefined } : undefined
}
