/** A page's title in the document, which receives the focus after navigation. */
import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"

let isFirstPage = true

export const Heading = ({ children, title }: { readonly title: string; readonly children: ComponentChildren }) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Telemetra`
  }, [title])
  useEffect(() => {
    // The first page keeps the focus at its start; after navigation the heading receives it.
    if (!isFirstPage && document.activeElement?.getAttribute("type") !== "search") heading.current?.focus()
    isFirstPage = false
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
