/** Node's server, bounded against clients that send slowly or too much, or come in crowds. Node answers these by itself: 431, 408, or a closed connection. */
import { type IncomingMessage, Server, type ServerOptions, type ServerResponse } from "node:http"
import { Effect } from "effect"
import type { CloseReason } from "../../observability/Metrics.ts"
import { type ConnectionLimits, Connections } from "./Connections.ts"
import { openFiles } from "./OpenFiles.ts"
import { PROBES } from "./OpenPaths.ts"

/** A client of the live updates comes back with an id that names every task. */
const MOST_HEADER_BYTES = 128 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECKING_INTERVAL_MS = 5_000
/** A client that neither sends nor reads for so long is gone, or never reads its answer. Live updates send more often. */
const SILENCE_TIMEOUT_MS = 120_000
/** Twice as many as may follow the live updates: there is room for others. */
const MOST_CONNECTIONS = 2_000
const RESERVED_CONNECTIONS = 100
/** Browsers never have more than one. */
const MOST_PIPELINED = 16

const BUSY = JSON.stringify({
  type: "about:blank",
  title: "Service Unavailable",
  status: 503,
  detail: "Too many connections, in total or from this network: only health probes are answered; try again later"
})

/** Answers on a connection of the reserve, unless it is a probe. */
const answerBusy = (response: ServerResponse): void => {
  response.writeHead(503, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "retry-after": "10",
    "x-content-type-options": "nosniff"
  })
  response.end(BUSY)
}

/** Node's server, whose requests pass {@link Connections} first. */
class BoundedServer extends Server {
  readonly #connections: Connections

  constructor(options: ServerOptions, connections: Connections) {
    super(options)
    this.#connections = connections
    this.on("connection", (socket) => connections.add(socket))
  }

  override emit(event: string, ...args: Array<unknown>): boolean {
    // Node emits it with these two
    return event === "request"
      ? this.#request(...(args as [IncomingMessage, ServerResponse]))
      : super.emit(event, ...args)
  }

  #request(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    if (this.#connections.isReserve(socket)) {
      response.shouldKeepAlive = false
      if (PROBES.has(request.url?.replace(/\?.*$/s, "") ?? "")) return super.emit("request", request, response)
      answerBusy(response)
      return true
    }
    if (!this.#connections.begin(socket)) return true
    response.once("close", () => this.#connections.end(socket))
    return super.emit("request", request, response)
  }
}

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
  /** Ends with no connection left, whatever clients do. */
  readonly close: Effect.Effect<void>
}

/** What the server may have in all, by the files that the process may open: half of them are left to Kafka, PostgreSQL and disks. `undefined` = unlimited. */
export const connectionsFor = (files = Number.POSITIVE_INFINITY): Pick<ConnectionLimits, "total" | "reserve"> => {
  const half = Math.floor(files / 2)
  const reserve = Math.min(RESERVED_CONNECTIONS, Math.ceil(half / 5))
  return { total: Math.min(MOST_CONNECTIONS, half - reserve), reserve }
}

export interface ServerLimits {
  readonly connections?: Partial<ConnectionLimits>
  /** A connection was closed because a limit was reached. */
  readonly onClose?: (reason: CloseReason, network: string) => void
}

/**
 * A server that is not listening yet. `closeGraceMs`: how long `close` waits for the answers to requests in flight, in milliseconds. A download that takes longer is cut.
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
