/** Finds streams by a part of their name, from every page. */
import { useEffect, useRef, useState } from "preact/hooks"
import { OVERVIEW } from "../routing/Routes.ts"
import { go, route } from "../routing/Router.ts"
import { Search } from "./Icons.tsx"

const TYPING_MS = 250

export const SearchBox = () => {
  const input = useRef<HTMLInputElement>(null)
  const current = route.value
  const shown = current.page === "overview" ? current.search : ""
  const [text, setText] = useState(shown)

  useEffect(() => setText(shown), [shown])

  const search = (how: "push" | "replace") => {
    const { value: now } = route
    const before = now.page === "overview" ? now : OVERVIEW
    if (now.page !== "overview" || before.search !== text) go({ ...before, search: text, cursor: undefined }, how)
  }

  useEffect(() => {
    if (current.page !== "overview") return
    const timer = setTimeout(() => search("replace"), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea") !== null
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener("keydown", focus)
    return () => document.removeEventListener("keydown", focus)
  }, [])

  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        search("push")
      }}
    >
      <Search />
      <input
        ref={input}
        type="search"
        aria-label="Search streams by name"
        aria-keyshortcuts="/"
        placeholder="Search streams"
        maxLength={255}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return
          setText("")
          event.currentTarget.blur()
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  )
}
