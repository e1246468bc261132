/** Tests whether the HTTP port is free. */
import { createServer } from "node:net"
import { Effect } from "effect"

/**
 * Listens for a moment (port 0 = any). Returns the port if that works, otherwise the system's error
 * code, for example EADDRINUSE.
 */
export const tryListen = (host: string, port: number): Effect.Effect<number | string> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code ?? error.message)))
    probe.listen(port, host, () => {
      const address = probe.address()
      const free = typeof address === "object" && address !== null ? address.port : port
      probe.close(() => resume(Effect.succeed(free)))
    })
  })
