/** Node's server, bounded against clients that send slowly or too much, or come in crowds. Node answers these by itself: 431, 408, or a closed connection. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { Effect } from "effect"

/** A client of the live updates comes back with an id that names every task. */
const MOST_HEADER_BYTES = 128 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECKING_INTERVAL_MS = 5_000
/** Twice as many as may follow the live updates: there is room for others. */
const MOST_CONNECTIONS = 2_000

/** Keeps requests that come before there is anybody to answer them: Node would forget them, and their clients wait for ever. */
const holdEarly = (server: Server): void => {
  const early: Array<readonly [IncomingMessage, ServerResponse]> = []
  const hold = (request: IncomingMessage, response: ServerResponse): void => void early.push([request, response])
  const release = (event: string | symbol): void => {
    if (event !== "request") return
    server.off("request", hold).off("newListener", release)
    // told of before the listener is there
    queueMicrotask(() => early.forEach(([request, response]) => server.emit("request", request, response)))
  }
  server.on("request", hold).on("newListener", release)
}

/**
 * Closes the server: idle connections at once, every other one after `graceMs`. Node's own list of connections is not enough: it lacks those whose request asked for an upgrade.
 */
const closing = (server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resume(Effect.void)
    })
  })

export interface LimitedServer {
  readonly server: Server
  /** Ends with no connection left, whatever clients do. */
  readonly close: Effect.Effect<void>
}

/** `closeGraceMs`: how long `close` waits for the answers to requests in flight, in milliseconds. A download that takes longer is cut. */
export const limitedServer = (closeGraceMs: number): LimitedServer => {
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS
  })
  server.maxConnections = MOST_CONNECTIONS
  holdEarly(server)
  const sockets = new Set<Socket>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  return { server, close: closing(server, sockets, closeGraceMs) }
}
