/** A page's title, in the document and for whoever has just come to it. */
import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"

let isFirstPage = true

export const Heading = ({ children, title }: { readonly title: string; readonly children: ComponentChildren }) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Telemetra`
  }, [title])
  useEffect(() => {
    // a page that has just been opened starts at its beginning; one that is gone on to, here
    if (!isFirstPage && document.activeElement?.getAttribute("type") !== "search") heading.current?.focus()
    isFirstPage = false
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
