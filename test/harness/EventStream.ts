/**
 * A client of Server-Sent Events that can do what real ones do: stop reading, vanish, come back
 * with the id of the last event.
 */
import { type ClientRequest, Agent, type IncomingMessage, request } from "node:http"
import { Effect, type Scope } from "effect"

export interface ServerSentEvent {
  /** Empty where the event is only an id. */
  readonly name: string
  readonly data: string
}

export interface EventStream {
  readonly status: number
  readonly contentType: string
  /** The events received so far. Events that only move the id are not among it. */
  readonly events: ReadonlyArray<ServerSentEvent>
  /** The id of the last complete event; a reconnect resumes with it. */
  readonly lastId: () => string | undefined
  readonly comments: () => number
  /** Whether the server has ended it, or the connection is gone. */
  readonly isOver: () => boolean
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /** Cuts the connection, as a laptop that is shut does. */
  readonly vanish: Effect.Effect<void>
}

/** Connections are never shared: one client, one socket. */
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

export interface StreamOptions {
  readonly lastId?: string | undefined
  /** `false` = events are counted, not kept. */
  readonly keep?: boolean
  /**
   * Cuts the connection itself with so many events; what has come behind them is not read any more.
   */
  readonly vanishAfter?: number
}

/** Connects; resolves once the server has answered. Cut off with the scope. */
export const openStream = (url: string, options: StreamOptions = {}): Effect.Effect<EventStream, never, Scope.Scope> =>
  Effect.gen(function* () {
    const events: Array<ServerSentEvent> = []
    let lastId = options.lastId
    let comments = 0
    let isOver = false
    let rest = ""
    const take = (block: string): void => {
      if (events.length === options.vanishAfter) return
      let name = ""
      const data: Array<string> = []
      for (const line of block.split("\n")) {
        if (line.startsWith(":")) comments++
        const [, field, value = ""] = /^(\w+): ?(.*)$/s.exec(line) ?? []
        if (field === "id") lastId = value
        if (field === "event") name = value
        if (field === "data") data.push(value)
      }
      if (name !== "" || data.length > 0) events.push({ name, data: options.keep === false ? "" : data.join("\n") })
    }
    const outgoing = yield* Effect.acquireRelease(
      Effect.sync((): ClientRequest => {
        const headers = {
          accept: "text/event-stream",
          ...(options.lastId === undefined ? {} : { "last-event-id": options.lastId })
        }
        return request(url, { agent, headers })
      }),
      (outgoing) => Effect.sync(() => void outgoing.destroy())
    )
    const response = yield* Effect.callback<IncomingMessage>((resume) => {
      outgoing.on("response", (response) => {
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          const blocks = (rest + chunk).split("\n\n")
          rest = blocks.pop() ?? ""
          blocks.forEach(take)
          if (events.length === options.vanishAfter) outgoing.destroy()
        })
        response.on("close", () => (isOver = true))
        response.on("error", () => (isOver = true))
        resume(Effect.succeed(response))
      })
      outgoing.on("error", (error) => {
        isOver = true
        resume(Effect.die(error))
      })
      outgoing.end()
    })
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers["content-type"] ?? "",
      events,
      lastId: () => lastId,
      comments: () => comments,
      isOver: () => isOver,
      pause: Effect.sync(() => void response.pause()),
      resume: Effect.sync(() => void response.resume()),
      vanish: Effect.sync(() => void outgoing.destroy())
    }
  })
