/**
 * The pages and their addresses: an address that is copied brings back what it was copied from.
 * Pure.
 */
import type { MomentType, Order, StreamOrder } from "../api/Wire.ts"
import {
  type BroadcastRoute,
  type BroadcastsRoute,
  formatBroadcastRoute,
  parseBroadcastRoute
} from "../broadcast/BroadcastRoutes.ts"
import { type AgeName, AGES, isMomentType, isOrder, isStreamOrder, STREAM_ORDERS, STRENGTHS } from "../format/Labels.ts"
import { LIVE, parseView, type View, viewParameters } from "./View.ts"

/** The moments in the feed. */
export interface Feed {
  /** The only type; `undefined` = all. */
  readonly type: MomentType | undefined
  /** The least strength. */
  readonly strength: number | undefined
  readonly age: AgeName | undefined
  readonly isStrongestFirst: boolean
  /** Where the page of the feed starts; `undefined` = at the top. */
  readonly cursor: string | undefined
}

export interface OverviewRoute {
  readonly page: "overview"
  /** Part of a stream's name; empty = all. */
  readonly search: string
  readonly sort: StreamOrder
  readonly order: Order
  /** Where the page of the ranking starts; `undefined` = at the top. */
  readonly cursor: string | undefined
  readonly feed: Feed
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
  | BroadcastsRoute
  | BroadcastRoute
  | { readonly page: "pipeline" }
  | { readonly page: "unknown" }

export const FEED: Feed = {
  type: undefined,
  strength: undefined,
  age: undefined,
  isStrongestFirst: false,
  cursor: undefined
}

export const OVERVIEW: OverviewRoute = {
  page: "overview",
  search: "",
  sort: "chat_count",
  order: "desc",
  cursor: undefined,
  feed: FEED
}

const withParameters = (path: string, parameters: ReadonlyArray<readonly [string, string]>): string =>
  parameters.length === 0
    ? path
    : `${path}?${new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]))}`

const feedParameters = ({ age, cursor, isStrongestFirst, strength, type }: Feed) => {
  const parameters: Array<readonly [string, string]> = []
  if (type !== undefined) parameters.push(["moments", type])
  if (strength !== undefined) parameters.push(["strength", String(strength)])
  if (age !== undefined) parameters.push(["since", age])
  if (isStrongestFirst) parameters.push(["moments-by", "strength"])
  if (cursor !== undefined) parameters.push(["moments-cursor", cursor])
  return parameters
}

const parseFeed = (parameters: URLSearchParams): Feed => {
  const type = parameters.get("moments") ?? ""
  const strength = STRENGTHS.find((least) => String(least) === parameters.get("strength"))
  return {
    type: isMomentType(type) ? type : undefined,
    strength,
    age: AGES.find(({ name }) => name === parameters.get("since"))?.name,
    isStrongestFirst: parameters.get("moments-by") === "strength",
    cursor: parameters.get("moments-cursor") ?? undefined
  }
}

const parseOverview = (parameters: URLSearchParams): OverviewRoute => {
  const text = parameters.get("sort") ?? ""
  const sort = isStreamOrder(text) ? text : OVERVIEW.sort
  const order = parameters.get("order") ?? ""
  return {
    page: "overview",
    search: parameters.get("search") ?? "",
    sort,
    order: isOrder(order) ? order : STREAM_ORDERS[sort].first,
    cursor: parameters.get("cursor") ?? undefined,
    feed: parseFeed(parameters)
  }
}

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
      if (route.order !== STREAM_ORDERS[route.sort].first) parameters.push(["order", route.order])
      if (route.cursor !== undefined) parameters.push(["cursor", route.cursor])
      return withParameters("/", [...parameters, ...feedParameters(route.feed)])
    }
    case "stream": {
      if (/^\.\.?$/.test(route.stream)) return formatRoute({ ...OVERVIEW, search: route.stream })
      const moment = route.moment === undefined ? [] : [["moment", route.moment] as const]
      return withParameters(`/streams/${encodeURIComponent(route.stream)}`, [...viewParameters(route.view), ...moment])
    }
    case "moment":
      return withParameters(`/moments/${route.id}`, route.view === undefined ? [] : viewParameters(route.view))
    case "broadcasts":
    case "broadcast":
      return formatBroadcastRoute(route)
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
  if (path === "/") return parseOverview(parameters)
  if (path === "/pipeline") return { page: "pipeline" }
  const broadcasts = parseBroadcastRoute(path, parameters)
  if (broadcasts !== undefined) return broadcasts
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
