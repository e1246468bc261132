/** Keeps what a component shows fresh while somebody looks. */
import { useEffect, useRef } from "preact/hooks"
import { Throttle } from "./Throttle.ts"

/** A function that asks for `refresh`, which then runs at most every `everyMs`; on a page in the background it waits until the page is looked at. */
export const useRefresh = (refresh: () => void, everyMs: number): (() => void) => {
  const newest = useRef(refresh)
  newest.current = refresh
  const asked = useRef({ isWaiting: false, throttle: new Throttle(() => newest.current(), everyMs) })
  useEffect(() => {
    const { current } = asked
    const look = () => {
      if (document.hidden || !current.isWaiting) return
      current.isWaiting = false
      current.throttle.ask()
    }
    document.addEventListener("visibilitychange", look)
    return () => {
      document.removeEventListener("visibilitychange", look)
      current.throttle.cancel()
    }
  }, [])
  return useRef(() => {
    if (document.hidden) asked.current.isWaiting = true
    else asked.current.throttle.ask()
  }).current
}

/** Asks for it at intervals, too. */
export const useInterval = (run: () => void, everyMs: number): void => {
  const newest = useRef(run)
  newest.current = run
  useEffect(() => {
    const timer = setInterval(() => newest.current(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
}
