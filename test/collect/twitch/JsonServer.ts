/** An HTTP server on this machine whose replies tests choose per request, faults included. */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { readBody, startLocalServer } from "../../harness/LocalServer.ts"

export interface Received {
  readonly method: string
  /** The path, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/**
 * `json` is sent as JSON, `text` as it is. `silent` never replies. `cut` closes the connection
 * inside the body. `slow` sends a byte every 20 ms without end, and `endless` megabytes.
 */
export type Reply =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly json?: unknown
      readonly text?: string
    }
  | "silent"
  | "cut"
  | "slow"
  | "endless"

export const FAULTS = ["silent", "cut", "slow", "endless"] as const

export interface JsonServer {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  /** Requests whose reply never ends, and whose connection is open. */
  readonly hanging: () => number
  /** Sets the replies from now on. */
  readonly reply: (next: (request: Received) => Reply) => void
  /** Stops listening and closes all connections: further ones are refused. */
  readonly stop: Effect.Effect<void>
  /** Listens on the same port again. */
  readonly start: Effect.Effect<void>
}

const sendWithoutEnd = (response: ServerResponse, chunk: string, everyMs: number): void => {
  response.writeHead(200, { "content-type": "application/json" })
  const timer = setInterval(() => response.write(chunk), everyMs)
  response.once("close", () => clearInterval(timer))
}

const notFound = (): Reply => ({ status: 404, json: {} })

/** Starts it on a free port, for the scope. It replies 404 until `reply` is called. */
export const startJsonServer: Effect.Effect<JsonServer, never, Scope.Scope> = Effect.gen(function* () {
  const received: Array<Received> = []
  let hanging = 0
  let replyTo: (request: Received) => Reply = notFound

  const hang = (response: ServerResponse, reply: "silent" | "slow" | "endless"): void => {
    hanging++
    response.once("close", () => hanging--)
    if (reply === "slow") sendWithoutEnd(response, "[", 20)
    if (reply === "endless") sendWithoutEnd(response, "[".repeat(1_048_576), 5)
  }
  const send = (response: ServerResponse, reply: Reply): void => {
    if (reply === "silent" || reply === "slow" || reply === "endless") return hang(response, reply)
    if (reply === "cut") {
      response.writeHead(200, { "content-length": "1000" })
      response.write("{", () => response.destroy())
      return
    }
    const { headers = {}, json, status = 200, text } = reply
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text ?? JSON.stringify(json))
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost")
    const one: Received = {
      method: String(request.method),
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: await readBody(request)
    }
    received.push(one)
    send(response, replyTo(one))
  }
  const { port, start, stop } = yield* startLocalServer(handle)
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    hanging: () => hanging,
    reply: (next) => {
      replyTo = next
    },
    stop,
    start
  }
})

export interface WatchedClient {
  readonly client: HttpClient.HttpClient
  /** Requests whose reply has not been read to its end. */
  readonly inFlight: () => number
  /** The most requests in flight so far. */
  readonly most: () => number
}

/** The client of Node, for the scope, that counts its requests. */
export const watchedClient: Effect.Effect<WatchedClient, never, Scope.Scope> = Effect.gen(function* () {
  const context = yield* Layer.build(Layer.fresh(NodeHttpClient.layerNodeHttp))
  let inFlight = 0
  let most = 0
  const ended = Effect.sync(() => inFlight--)
  const client = HttpClient.transform(Context.get(context, HttpClient.HttpClient), (effect) =>
    Effect.suspend(() => {
      most = Math.max(most, ++inFlight)
      return effect.pipe(
        Effect.onExit((exit) => (exit._tag === "Failure" ? ended : Effect.void)),
        Effect.map(
          (response) =>
            new Proxy(response, {
              get: (target, key) =>
                key === "stream" ? Stream.ensuring(target.stream, ended) : Reflect.get(target, key, target)
            })
        )
      )
    })
  )
  return { client, inFlight: () => inFlight, most: () => most }
})

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Waits by the real clock: for I/O in tests whose time is the test clock's. */
export const untilReal = (what: string, holds: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    const endMs = performance.now() + 30_000
    while (!holds()) {
      if (performance.now() > endMs) return yield* Effect.die(`still waiting for ${what}`)
      yield* turn
    }
  })

/** Waits until only replies that never end are in flight. */
export const settled = ({ inFlight }: WatchedClient, { hanging }: JsonServer): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let calm = 0; calm < 3; calm++) {
      yield* turn
      if (inFlight() === hanging()) continue
      calm = 0
      yield* untilReal("replies", () => inFlight() === hanging())
    }
  })

/**
 * Lets virtual time pass until the condition holds, for at most this time. No time passes while a
 * reply is on its way: a slow machine must not look like a slow server. `stepMs` is shorter than
 * the timeout of a request.
 */
export const passing = (client: WatchedClient, server: JsonServer, limitMs: number, stepMs: number) =>
  Effect.fnUntraced(function* (holds: () => boolean) {
    for (let ms = 0; ms < limitMs && !holds(); ms += stepMs) {
      yield* TestClock.adjust(stepMs)
      yield* settled(client, server)
    }
    return holds()
  })
