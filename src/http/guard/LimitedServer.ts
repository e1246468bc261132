/**
 * Node's server with limits on slow clients, large requests and the number of connections. Node
 * itself responds with 431 or 408, or closes the connection.
 */
import { type IncomingMessage, Server, type ServerOptions, type ServerResponse } from "node:http"
import { Effect } from "effect"
import type { CloseReason } from "../../observability/Metrics.ts"
import { type ConnectionLimits, Connections } from "./Connections.ts"
import { openFiles } from "./OpenFiles.ts"
import { PROBES } from "./OpenPaths.ts"

/** A resuming client of the live updates sends an id that names every task. */
const MOST_HEADER_BYTES = 128 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECKING_INTERVAL_MS = 5_000
/**
 * A client that neither sends nor reads for this long is disconnected, or never reads its response.
 * Live updates send more often.
 */
const SILENCE_TIMEOUT_MS = 120_000
/** Twice the limit of live clients, so that other requests have room. */
const MOST_CONNECTIONS = 2_000
const RESERVED_CONNECTIONS = 100
/** Browsers send one request at a time on a connection. */
const MOST_PIPELINED = 16

const BUSY = JSON.stringify({
  type: "about:blank",
  title: "Service Unavailable",
  status: 503,
  detail: "Too many connections, in total or from this network: only health probes are answered; try again later"
})

/** The response to a request in the reserve that is not a probe. */
const respondBusy = (response: ServerResponse): void => {
  response.writeHead(503, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "retry-after": "10",
    "x-content-type-options": "nosniff"
  })
  response.end(BUSY)
}

/** Node's server with its connections limited by {@link Connections}. */
class BoundedServer extends Server {
  readonly #connections: Connections

  constructor(options: ServerOptions, connections: Connections) {
    super(options)
    this.#connections = connections
    this.on("connection", (socket) => connections.add(socket))
  }

  override emit(event: string, ...args: Array<unknown>): boolean {
    // Node emits `request` with these two arguments.
    return event === "request"
      ? this.#request(...(args as [IncomingMessage, ServerResponse]))
      : super.emit(event, ...args)
  }

  #request(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    if (this.#connections.isReserve(socket)) {
      response.shouldKeepAlive = false
      if (PROBES.has(request.url?.replace(/\?.*$/s, "") ?? "")) return super.emit("request", request, response)
      respondBusy(response)
      return true
    }
    if (!this.#connections.begin(socket)) return true
    response.once("close", () => this.#connections.end(socket))
    return super.emit("request", request, response)
  }
}

/**
 * Holds requests that arrive before a handler is registered: Node would drop them, and clients
 * would wait forever.
 */
const holdEarly = (server: Server): void => {
  const early: Array<readonly [IncomingMessage, ServerResponse]> = []
  const hold = (request: IncomingMessage, response: ServerResponse): void => void early.push([request, response])
  const release = (event: string | symbol): void => {
    if (event !== "request") return
    server.off("request", hold).off("newListener", release)
    // Node emits `newListener` before it adds the listener.
    queueMicrotask(() => early.forEach(([request, response]) => server.emit("request", request, response)))
  }
  server.on("request", hold).on("newListener", release)
}

/**
 * Closes the server: idle connections at once, all others after `graceMs`. Node's own list of
 * connections lacks those that requested an upgrade.
 */
const closing = (server: Server, connections: Connections, graceMs: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const cut = setTimeout(() => connections.closeAll(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resume(Effect.void)
    })
  })

export interface LimitedServer {
  readonly server: Server
  /** Completes when no connection is left, whatever clients do. */
  readonly close: Effect.Effect<void>
}

/**
 * The limits of connections for a process that may open this many files; `undefined` = unlimited.
 * Half of the files are left to Kafka, PostgreSQL and disks.
 */
export const connectionsFor = (files = Number.POSITIVE_INFINITY): Pick<ConnectionLimits, "total" | "reserve"> => {
  const half = Math.floor(files / 2)
  const reserve = Math.min(RESERVED_CONNECTIONS, Math.ceil(half / 5))
  return { total: Math.min(MOST_CONNECTIONS, half - reserve), reserve }
}

export interface ServerLimits {
  readonly connections?: Partial<ConnectionLimits>
  /** Called when a connection is closed because a limit was reached. */
  readonly onClose?: (reason: CloseReason, network: string) => void
}

/**
 * A server that does not listen yet. `close` waits `closeGraceMs` for responses in flight. A
 * download that takes longer is cut off.
 */
export const limitedServer = (
  closeGraceMs: number,
  { connections: limits, onClose = () => {} }: ServerLimits = {}
): LimitedServer => {
  const { reserve, total } = connectionsFor(openFiles())
  const connections = new Connections(
    { total, perNetwork: total, reserve, pipelined: MOST_PIPELINED, ...limits },
    onClose
  )
  const server = new BoundedServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECKING_INTERVAL_MS
    },
    connections
  )
  server.timeout = SILENCE_TIMEOUT_MS
  // Never reached: `connections` closes others first.
  server.maxConnections = total + 2 * reserve
  holdEarly(server)
  return { server, close: closing(server, connections, closeGraceMs) }
}
