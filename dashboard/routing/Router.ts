/** The page's address, by the browser's history. */
import { computed, signal } from "@preact/signals"
import { formatRoute, parseRoute, type Route } from "./Routes.ts"

const address = signal({ path: location.pathname, search: location.search })

export const route = computed(() => parseRoute(address.value.path, address.value.search))

const read = () => {
  address.value = { path: location.pathname, search: location.search }
}

/** Navigates to a route; `replace` adds no history entry. */
export const go = (to: Route, how: "push" | "replace" = "push"): void => {
  const url = formatRoute(to)
  if (how === "push" && url !== location.pathname + location.search) history.pushState(null, "", url)
  else history.replaceState(null, "", url)
  read()
}

/** Follows links within the dashboard without reloading the page. */
const follow = (event: MouseEvent): void => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = event.target instanceof Element ? event.target.closest("a") : null
  if (link === null || link.origin !== location.origin || link.target !== "" || link.hash !== "") return
  const to = parseRoute(link.pathname, link.search)
  if (to.page === "unknown") return
  event.preventDefault()
  const isOtherPage = link.pathname !== location.pathname
  go(to)
  // Lists scroll to their own top when another page of them is shown.
  if (isOtherPage) scrollTo(0, 0)
}

export const startRouter = (): void => {
  addEventListener("popstate", read)
  document.addEventListener("click", follow)
}
