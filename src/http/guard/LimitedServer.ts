/** Node's server, bounded against clients that send slowly or too much, or come in crowds. Node answers these by itself: 431, 408, or a closed connection. */
import { createServer, type Server } from "node:http"

/** A client of the live updates comes back with an id that names every task. */
const MOST_HEADER_BYTES = 128 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECKING_INTERVAL_MS = 5_000
/** Twice as many as may follow the live updates: there is room for others. */
const MOST_CONNECTIONS = 2_000

export const limitedServer = (): Server => {
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS
  })
  server.maxConnections = MOST_CONNECTIONS
  return server
}
