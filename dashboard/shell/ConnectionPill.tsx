/** Shows whether the page's data is live. */
import { byServerClock, connection } from "../live/Live.ts"
import { Ago } from "./Time.tsx"

const WORDS = {
  connecting: "Connecting",
  open: "Live",
  lost: "Connection lost",
  stopping: "Worker stopping, reconnecting"
} as const

export const ConnectionPill = () => {
  const { heardAtMs, phase: now } = connection.value
  // A connection that never was cannot be lost: the worker is starting.
  const phase = now === "lost" && heardAtMs === undefined ? "connecting" : now
  return (
    <div class={`pill pill-${phase}`}>
      <span role="status">{WORDS[phase]}</span>
      {(phase === "lost" || phase === "stopping") && heardAtMs !== undefined ? (
        <span class="pill-rest">
          , last update <Ago ms={byServerClock(heardAtMs)} />
        </span>
      ) : null}
    </div>
  )
}
