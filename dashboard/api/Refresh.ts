/** Refreshes the data of a component while its page is visible. */
import { useEffect, useRef } from "preact/hooks"
import { Throttle } from "./Throttle.ts"

/**
 * Returns a function that requests a refresh. Refreshes run at most every `everyMs`. On a page in
 * the background a refresh waits until the page is visible.
 */
export const useRefresh = (refresh: () => void, everyMs: number): (() => void) => {
  const newest = useRef(refresh)
  newest.current = refresh
  const pending = useRef({ isWaiting: false, throttle: new Throttle(() => newest.current(), everyMs) })
  useEffect(() => {
    const { current } = pending
    const onVisible = () => {
      if (document.hidden || !current.isWaiting) return
      current.isWaiting = false
      current.throttle.request()
    }
    document.addEventListener("visibilitychange", onVisible)
    return () => {
      document.removeEventListener("visibilitychange", onVisible)
      current.throttle.cancel()
    }
  }, [])
  return useRef(() => {
    if (document.hidden) pending.current.isWaiting = true
    else pending.current.throttle.request()
  }).current
}

/** Runs a function at intervals. */
export const useInterval = (run: () => void, everyMs: number): void => {
  const newest = useRef(run)
  newest.current = run
  useEffect(() => {
    const timer = setInterval(() => newest.current(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
}
