/**
 * The pages and their addresses: an address that is copied brings back what it was copied from.
 * Pure.
 */
import type { MomentType, StreamOrder } from "../api/Wire.ts"
import { isMomentType, isStreamOrder } from "../format/Labels.ts"
import { LIVE, parseView, type View, viewParameters } from "./View.ts"

export interface OverviewRoute {
  readonly page: "overview"
  /** Part of a stream's name; empty = all. */
  readonly search: string
  readonly sort: StreamOrder
  /** Where the page of the ranking starts; `undefined` = at the top. */
  readonly cursor: string | undefined
  /** The only moments to be shown. */
  readonly moments: MomentType | undefined
}

export interface StreamRoute {
  readonly page: "stream"
  readonly stream: string
  readonly view: View
  /** Id of the moment that is explained. */
  readonly moment: string | undefined
}

export interface MomentRoute {
  readonly page: "moment"
  readonly id: string
  /** `undefined` = the moment's surroundings. */
  readonly view: View | undefined
}

export type Route =
  | OverviewRoute
  | StreamRoute
  | MomentRoute
  | { readonly page: "pipeline" }
  | { readonly page: "unknown" }

export const OVERVIEW: OverviewRoute = {
  page: "overview",
  search: "",
  sort: "chat_count",
  cursor: undefined,
  moments: undefined
}

const withParameters = (path: string, parameters: ReadonlyArray<readonly [string, string]>): string =>
  parameters.length === 0
    ? path
    : `${path}?${new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]))}`

/**
 * The address of a page; of a stream called `.` or `..`, which no address can name, the overview
 * that finds it.
 */
export const formatRoute = (route: Route): string => {
  switch (route.page) {
    case "overview": {
      const parameters: Array<readonly [string, string]> = []
      if (route.search !== "") parameters.push(["search", route.search])
      if (route.sort !== OVERVIEW.sort) parameters.push(["sort", route.sort])
      if (route.cursor !== undefined) parameters.push(["cursor", route.cursor])
      if (route.moments !== undefined) parameters.push(["moments", route.moments])
      return withParameters("/", parameters)
    }
    case "stream": {
      if (/^\.\.?$/.test(route.stream)) return formatRoute({ ...OVERVIEW, search: route.stream })
      const moment = route.moment === undefined ? [] : [["moment", route.moment] as const]
      return withParameters(`/streams/${encodeURIComponent(route.stream)}`, [...viewParameters(route.view), ...moment])
    }
    case "moment":
      return withParameters(`/moments/${route.id}`, route.view === undefined ? [] : viewParameters(route.view))
    case "pipeline":
      return "/pipeline"
    case "unknown":
      return "/"
  }
}

const ID = /^\d{1,19}$/

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const parseRoute = (path: string, search: string): Route => {
  const parameters = new URLSearchParams(search)
  if (path === "/") {
    const sort = parameters.get("sort") ?? ""
    const moments = parameters.get("moments") ?? ""
    return {
      page: "overview",
      search: parameters.get("search") ?? "",
      sort: isStreamOrder(sort) ? sort : OVERVIEW.sort,
      cursor: parameters.get("cursor") ?? undefined,
      moments: isMomentType(moments) ? moments : undefined
    }
  }
  if (path === "/pipeline") return { page: "pipeline" }
  const [, folder, name = "", ...rest] = path.split("/")
  const decoded = decode(name)
  if (rest.length > 0 || decoded === undefined || decoded === "") return { page: "unknown" }
  const view = parseView(parameters)
  if (folder === "streams") {
    const moment = parameters.get("moment") ?? ""
    return { page: "stream", stream: decoded, view: view ?? LIVE, moment: ID.test(moment) ? moment : undefined }
  }
  if (folder === "moments" && ID.test(decoded)) {
    return { page: "moment", id: decoded, view: view?.kind === "fixed" ? view : undefined }
  }
  return { page: "unknown" }
}
