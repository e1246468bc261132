/** A receiver of webhooks on this machine, whose behavior tests change while it runs. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Effect, type Scope } from "effect"
import { readBody, startLocalServer } from "./LocalServer.ts"

/** A request, as far as it was received. */
export interface Received {
  readonly path: string
  readonly id: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
  /** The status that was sent; `undefined` = none was. */
  readonly status: number | undefined
}

/**
 * A status; `silent` receives and never responds; `cut` closes the connection after it has received
 * the request; `endless` accepts, and never ends its response.
 */
export type Behavior =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly afterMs?: number }
  | "silent"
  | "cut"
  | "endless"

export interface WebhookServer {
  readonly url: (path: string) => string
  readonly received: ReadonlyArray<Received>
  /** Sets the behavior from now on. `request`: how many came before, on the same path. */
  readonly behave: (next: (path: string, request: number) => Behavior) => void
  /** Stops listening and closes all connections: further ones are refused. */
  readonly stop: Effect.Effect<void>
  /** Listens on the same port again. */
  readonly start: Effect.Effect<void>
}

const ACCEPT = (_path: string, _request: number): Behavior => ({ status: 204 })

/** Starts it on a free port, for the scope. Accepts everything until `behave` is called. */
export const startWebhookServer: Effect.Effect<WebhookServer, never, Scope.Scope> = Effect.gen(function* () {
  const received: Array<Received> = []
  let behavior = ACCEPT

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ""
    const body = await readBody(request)
    const next = behavior(path, received.filter((one) => one.path === path).length)
    const status = next === "endless" ? 200 : typeof next === "string" ? undefined : next.status
    received.push({ path, id: String(request.headers["webhook-id"]), headers: request.headers, body, status })
    if (next === "silent") return
    if (next === "cut") {
      request.socket.destroy()
      return
    }
    if (next === "endless") {
      response.writeHead(200)
      const timer = setInterval(() => response.write("x".repeat(1_000)), 5)
      response.once("close", () => clearInterval(timer))
      return
    }
    setTimeout(() => response.writeHead(next.status, next.headers).end("received"), next.afterMs ?? 0)
  }
  const { port, start, stop } = yield* startLocalServer(answer)
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    received,
    behave: (next) => {
      behavior = next
    },
    stop,
    start
  }
})
