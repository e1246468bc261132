/** Shows the top of a list after another page of it was chosen. */
import { type RefObject } from "preact"
import { useEffect, useRef } from "preact/hooks"

/**
 * Scrolls when `cursor` changes: to the page's top if the list begins on the first screen,
 * otherwise to the list's top. `inner` is the list's own scrolling box.
 */
export const useTop = (
  cursor: string | undefined,
  list: RefObject<HTMLElement>,
  inner?: RefObject<HTMLElement>
): void => {
  const shown = useRef(cursor)
  useEffect(() => {
    if (shown.current === cursor) return
    shown.current = cursor
    inner?.current?.scrollTo(0, 0)
    const { current } = list
    if (current === null) return
    if (current.offsetTop < innerHeight / 2) scrollTo(0, 0)
    else current.scrollIntoView()
  }, [cursor])
}
