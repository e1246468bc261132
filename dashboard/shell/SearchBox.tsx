/** Finds streams by a part of their name, from every page. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { get } from "../api/Client.ts"
import type { Page, StreamNow } from "../api/Wire.ts"
import { LIVE } from "../routing/View.ts"
import { OVERVIEW } from "../routing/Routes.ts"
import { go, route } from "../routing/Router.ts"
import { Search } from "./Icons.tsx"

const TYPING_MS = 250

/** Later than this the list is read already, and must not be replaced. */
const PATIENCE_MS = 3000

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

  /** Opens the only stream whose name matches; otherwise shows the list of those that match. */
  const submit = async (wanted: string): Promise<void> => {
    // The list has an entry of its own in the history only if it was shown before.
    const isShown = route.value.page === "overview" && route.value.search === wanted
    search(wanted, "push")
    const searched = location.href
    try {
      const { items, next } = await get<Page<StreamNow>>(
        "/streams",
        { search: wanted, limit: 1 },
        AbortSignal.timeout(PATIENCE_MS)
      )
      const [only] = items
      const isUnchanged = location.href === searched
      if (wanted !== "" && only !== undefined && next === null && isUnchanged) {
        input.current?.blur()
        go({ page: "stream", stream: only.stream_id, view: LIVE, moment: undefined }, isShown ? "push" : "replace")
      }
    } catch {
      // The list shows the failure.
    }
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
        void submit(text)
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
