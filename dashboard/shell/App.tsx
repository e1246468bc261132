/** The frame around every page. */
import { type Resource, useResource } from "../api/Resource.ts"
import type { PipelineStatus } from "../api/Wire.ts"
import { useInterval, useRefresh } from "../api/Refresh.ts"
import { connection, loadPipeline, pipeline } from "../live/Live.ts"
import { OverviewPage } from "../overview/OverviewPage.tsx"
import { PipelinePage } from "../pipeline/PipelinePage.tsx"
import { route } from "../routing/Router.ts"
import { MomentPage } from "../stream/MomentPage.tsx"
import { StreamPage } from "../stream/StreamPage.tsx"
import { ConnectionPill } from "./ConnectionPill.tsx"
import { Heading } from "./Heading.tsx"
import { Logo, Moon, Sun } from "./Icons.tsx"
import { Notice } from "./Notice.tsx"
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

const Page = () => {
  const status = usePipeline()
  const current = route.value
  switch (current.page) {
    case "overview":
      return <OverviewPage route={current} />
    case "stream":
      return <StreamPage key={current.stream} route={current} />
    case "moment":
      return <MomentPage key={current.id} route={current} />
    case "pipeline":
      return <PipelinePage loading={status} />
    case "unknown":
      return (
        <>
          <Heading title="Not found">Not found</Heading>
          <Notice title="There is no such page.">
            <p>
              <a href="/">See the live streams</a>
            </p>
          </Notice>
        </>
      )
  }
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
        <nav aria-label="Pages">
          <a href="/" aria-current={page === "overview" ? "page" : undefined}>
            Streams
          </a>
          <a href="/pipeline" aria-current={page === "pipeline" ? "page" : undefined}>
            Pipeline
          </a>
          <a href="/api/v1/docs">API</a>
        </nav>
        <SearchBox />
        <ConnectionPill />
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        <Problems />
        <Page />
      </main>
    </>
  )
}
