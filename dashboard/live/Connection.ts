/**
 * One connection to the live updates, for as long as it is wanted: reads, notices silence, comes back with Last-Event-ID, the later the more often it has failed.
 *
 * Made of `fetch` and not of `EventSource`, which tells neither a refusal's status nor the comments that keep a quiet connection alive: a dead one would look like a quiet one for ever.
 */
import { ApiError, request } from "../api/Client.ts"
import { backoffMs } from "../api/Backoff.ts"
import type { LiveFlush } from "../api/Wire.ts"
import { EventStreamReader } from "./EventStream.ts"

/** The server sends a comment every 15 s. */
const SILENCE_MS = 40_000

export interface ConnectionOptions {
  readonly url: string
  readonly onFlush: (flush: LiveFlush) => void
  /** What was missed will not come: the lists are to be asked again. */
  readonly onResync: () => void
  /** The server answers, or has just sent something. */
  readonly onAlive: () => void
  readonly onLost: () => void
  /** The server has announced its end; {@link onLost} follows. */
  readonly onShutdown: () => void
}

/** Opens the connection and keeps it, until the function that it gives is called. */
export const connect = (options: ConnectionOptions): (() => void) => {
  const ended = new AbortController()
  let lastEventId = ""
  let failures = 0
  /** Ends the pause before the next attempt. */
  let hurry: (() => void) | undefined

  const take = (name: string, data: string): void => {
    failures = 0
    if (name === "flush") options.onFlush(JSON.parse(data))
    else if (name === "reset") options.onResync()
    else if (name === "shutdown") options.onShutdown()
  }

  /** Reads until the connection ends, which it never does for good reason. */
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
      // without an id the server can't know what is missing
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
        // a server that stops answers with its end
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
        // an id that the server no longer takes would be refused for ever
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
