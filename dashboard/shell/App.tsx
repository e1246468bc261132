/** The frame around every page. */
import { type Resource, useResource } from "../api/Resource.ts"
import type { PipelineStatus } from "../api/Wire.ts"
import { useInterval, useRefresh } from "../api/Refresh.ts"
import { connection, isFrozen, loadPipeline, pipeline } from "../live/Live.ts"
import { route } from "../routing/Router.ts"
import { ConnectionPill } from "./ConnectionPill.tsx"
import { Logo, Moon, Sun } from "./Icons.tsx"
import { Navigation } from "./Navigation.tsx"
import { Page } from "./Page.tsx"
import { SearchBox } from "./SearchBox.tsx"
import { theme, toggleTheme } from "./Theme.ts"
import { useEffect } from "preact/hooks"

/** Flushes do not contain problems, gaps and the server's clock: the page loads them this often. */
const STATUS_MS = 15_000

const ThemeButton = () => {
  const isDark = theme.value === "dark"
  const label = isDark ? "Switch to light colours" : "Switch to dark colours"
  return (
    <button type="button" class="button icon-button" aria-label={label} title={label} onClick={toggleTheme}>
      {isDark ? <Sun /> : <Moon />}
    </button>
  )
}

const usePipeline = (): Resource<PipelineStatus> => {
  const status = useResource("pipeline", loadPipeline)
  const refresh = useRefresh(status.reload, STATUS_MS / 2)
  const { resyncs } = connection.value
  useInterval(refresh, STATUS_MS)
  useEffect(() => {
    if (resyncs > 0) status.reload()
  }, [resyncs])
  return status
}

/** Ends the browser's session, if API_TOKEN is set and the browser has one. */
const LogOut = () =>
  pipeline.value?.session === true ? (
    <form method="post" action="/logout">
      <button class="button">Log out</button>
    </form>
  ) : null

/** The problems of the responding worker. */
const Problems = () => {
  const problems = pipeline.value?.problems ?? []
  if (problems.length === 0) return null
  return (
    <div class="problems" role="status">
      <p>The worker reports:</p>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  )
}

export const App = () => {
  const { page } = route.value
  const status = usePipeline()
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href="/" aria-label="Telemetra, live streams">
          <Logo />
          <span>Telemetra</span>
        </a>
        <Navigation current={page} />
        <SearchBox />
        <ConnectionPill />
        <LogOut />
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1} class={isFrozen(connection.value) ? "is-frozen" : ""}>
        <Problems />
        <Page loading={status} />
      </main>
    </>
  )
}
