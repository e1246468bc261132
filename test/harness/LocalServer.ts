/** An HTTP server on this machine. Tests stop it, and start it again. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

export interface LocalServer {
  readonly port: number
  /** Stops listening and closes all connections: further ones are refused. */
  readonly stop: Effect.Effect<void>
  /** Listens on the same port again. */
  readonly start: Effect.Effect<void>
}

export const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString("utf8")
}

/** Listens on a free port, for the scope. A failure of `handle` closes the connection. */
export const startLocalServer = (
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
): Effect.Effect<LocalServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()))
    const listen = (port: number) =>
      Effect.callback<void>((resume) => {
        server.listen(port, "127.0.0.1", () => resume(Effect.void))
      })
    const stop = Effect.callback<void>((resume) => {
      server.closeAllConnections()
      server.close(() => resume(Effect.void))
    })
    yield* Effect.acquireRelease(listen(0), () => stop)
    const { port } = server.address() as AddressInfo // it listens on TCP
    return { port, stop, start: listen(port) }
  })
