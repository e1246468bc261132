/**
 * The current state of the page: the connection, the pipeline, and the time by the server's clock.
 */
import { signal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { apiUrl, get } from "../api/Client.ts"
import type { LiveUpdate, PipelineStatus } from "../api/Wire.ts"
import { connect } from "./Connection.ts"
import { withUpdate } from "./Status.ts"

export interface ConnectionState {
  readonly phase: "connecting" | "open" | "lost" | "stopping"
  /**
   * Time of the server's last message by this machine's clock. The server's clock may be unknown
   * yet.
   */
  readonly heardAtMs: number | undefined
  readonly updates: number
  readonly resyncs: number
  readonly losses: number
}

export const connection = signal<ConnectionState>({
  phase: "connecting",
  heardAtMs: undefined,
  updates: 0,
  resyncs: 0,
  losses: 0
})

/** Whether the page's figures no longer follow: they are of the last message. */
export const isFrozen = ({ phase }: ConnectionState): boolean => phase === "lost" || phase === "stopping"

/** `undefined` until it has been loaded. */
export const pipeline = signal<PipelineStatus | undefined>(undefined)

/** How far the server's clock is ahead of this one's, in milliseconds. */
let skewMs = 0

/** Converts a time of this machine's clock to the server's clock. */
export const byServerClock = (ms: number): number => ms + skewMs

const serverNow = (): number => byServerClock(Date.now())

/** Milliseconds since 1970 by the server's clock; moves every second. */
export const now = signal(serverNow())

const tick = () => {
  now.value = serverNow()
}
setInterval(tick, 1000)
document.addEventListener("visibilitychange", tick)

export const loadPipeline = async (signal: AbortSignal): Promise<PipelineStatus> => {
  const status = await get<PipelineStatus>("/status", {}, signal)
  skewMs = Date.parse(status.now) - Date.now()
  tick()
  pipeline.value = status
  return status
}

const change = (state: Partial<ConnectionState>): void => {
  connection.value = { ...connection.value, ...state }
}

export interface LiveOptions {
  /** Only this stream's windows and moments. */
  readonly stream?: string
  /** The wanted kinds. */
  readonly include: string
  readonly onUpdate: (update: LiveUpdate) => void
  /** The connection is new or missed updates: loaded data may be stale. */
  readonly onResync: () => void
}

/**
 * Receives live updates while the component is mounted. The kinds `status` and `totals` update
 * {@link pipeline}.
 */
export const useLive = ({ include, onUpdate, onResync, stream }: LiveOptions): void => {
  const handlers = useRef({ onUpdate, onResync })
  handlers.current = { onUpdate, onResync }
  useEffect(() => {
    change({ phase: "connecting" })
    return connect({
      url: apiUrl("/live", { include, stream }),
      onAlive: () => change({ phase: "open", heardAtMs: Date.now() }),
      onLost: () => {
        const { losses, phase } = connection.value
        if (phase !== "stopping") change({ phase: "lost", losses: phase === "lost" ? losses : losses + 1 })
      },
      onShutdown: () => change({ phase: "stopping" }),
      onUpdate: (update) => {
        change({ updates: connection.value.updates + 1 })
        const before = pipeline.value
        if (before !== undefined) pipeline.value = withUpdate(before, update)
        handlers.current.onUpdate(update)
      },
      onResync: () => {
        change({ resyncs: connection.value.resyncs + 1 })
        handlers.current.onResync()
      }
    })
  }, [include, stream])
}
