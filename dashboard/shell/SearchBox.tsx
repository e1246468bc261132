/** Finds streams by a part of their name, from every page. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { OVERVIEW } from "../routing/Routes.ts"
import { go, route } from "../routing/Router.ts"
import { Search } from "./Icons.tsx"

const TYPING_MS = 250

/** Longer than 70 lines: the handlers share the state of one input. */
export const SearchBox = () => {
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>()
  const current = route.value
  /** Typed text that has not been searched for yet. */
  const [typed, setTyped] = useState<string>()
  const text = typed ?? (current.page === "overview" ? current.search : "")

  const forget = () => {
    clearTimeout(timer.current)
    setTyped(undefined)
  }
  useLayoutEffect(() => forget, [current.page])

  const search = (wanted: string, how: "push" | "replace") => {
    forget()
    const { value: now } = route
    const before = now.page === "overview" ? now : OVERVIEW
    if (now.page !== "overview" || before.search !== wanted) go({ ...before, search: wanted, cursor: undefined }, how)
  }

  /** On the overview the list follows the typed text. On other pages Enter opens the overview. */
  const type = (wanted: string) => {
    setTyped(wanted)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      if (route.value.page === "overview") search(wanted, "replace")
    }, TYPING_MS)
  }

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
        search(text, "push")
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
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return
          type("")
          event.currentTarget.blur()
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  )
}
