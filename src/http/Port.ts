/** Whether the HTTP port can be had. */
import { createServer } from "node:net"
import { Effect } from "effect"

/** Tries to listen there for a moment (port 0 = any). The port where that works, else what the system says: EADDRINUSE and the like. */
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
