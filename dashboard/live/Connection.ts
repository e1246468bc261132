/**
 * One connection to the live updates. It detects silence and reconnects with Last-Event-ID, with
 * longer pauses after repeated failures.
 *
 * It uses `fetch`, because `EventSource` exposes neither the status of a refusal nor the comments
 * that keep a quiet connection alive. A dead connection would be indistinguishable from a quiet
 * one.
 */
import { ApiError, request } from "../api/Client.ts"
import { backoffMs } from "../api/Backoff.ts"
import type { LiveUpdate } from "../api/Wire.ts"
import { EventStreamReader } from "./EventStream.ts"

/** The server sends a comment every 15 s. */
const SILENCE_MS = 40_000

export interface ConnectionOptions {
  readonly url: string
  readonly onUpdate: (update: LiveUpdate) => void
  /** Missed updates will not come: query the lists again. */
  readonly onResync: () => void
  /** The server responded or sent data. */
  readonly onAlive: () => void
  readonly onLost: () => void
  /** The server announced its shutdown; {@link onLost} follows. */
  readonly onShutdown: () => void
}

/**
 * Opens the connection and keeps it open until the returned function is called. Longer than 70
 * lines: all handlers share the state of one connection.
 */
export const connect = (options: ConnectionOptions): (() => void) => {
  const ended = new AbortController()
  let lastEventId = ""
  let failures = 0
  /** Ends the pause before the next attempt. */
  let hurry: (() => void) | undefined

  const take = (name: string, data: string): void => {
    failures = 0
    if (name === "update") options.onUpdate(JSON.parse(data))
    else if (name === "reset") options.onResync()
    else if (name === "shutdown") options.onShutdown()
  }

  /** Reads until the connection ends. The server ends it only when it stops. */
  const attempt = async (): Promise<void> => {
    const silence = new AbortController()
    let watch: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(watch)
      watch = setTimeout(() => silence.abort(), SILENCE_MS)
    }
    heard()
    try {
      const response = await request(options.url, {
        headers: { accept: "text/event-stream", ...(lastEventId === "" ? {} : { "last-event-id": lastEventId }) },
        cache: "no-store",
        signal: AbortSignal.any([ended.signal, silence.signal])
      })
      // Without an id the server cannot send missed updates.
      if (lastEventId === "") options.onResync()
      const events = new EventStreamReader()
      events.lastEventId = lastEventId
      const reader = (response.body ?? new ReadableStream<Uint8Array<ArrayBuffer>>())
        .pipeThrough(new TextDecoderStream())
        .getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        heard()
        const read = events.read(value)
        // A stopping server responds with the event `shutdown`: it is not alive.
        if (read.every(({ name }) => name !== "shutdown")) options.onAlive()
        for (const { data, name } of read) take(name, data)
        lastEventId = events.lastEventId
      }
    } finally {
      clearTimeout(watch)
    }
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        await attempt()
      } catch (error) {
        // A refused id would be refused forever.
        if (error instanceof ApiError && error.status === 400) lastEventId = ""
      }
      if (ended.signal.aborted) return
      options.onLost()
      await pause(backoffMs(failures++, Math.random()))
    }
  }

  const comeBack = () => {
    if (!document.hidden) hurry?.()
  }
  addEventListener("online", comeBack)
  document.addEventListener("visibilitychange", comeBack)
  void run()
  return () => {
    ended.abort()
    hurry?.()
    removeEventListener("online", comeBack)
    document.removeEventListener("visibilitychange", comeBack)
  }
}
