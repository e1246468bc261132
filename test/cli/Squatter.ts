/** Another program on a port of 127.0.0.1, until the scope ends. */
import { createServer } from "node:http"
import { Effect, type Scope } from "effect"

export const squatter: Effect.Effect<{ readonly port: number }, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(
    () =>
      new Promise<{ readonly port: number; readonly close: () => void }>((resolve) => {
        const server = createServer((_, answer) => answer.end("hello"))
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          resolve({
            port,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        })
      })
  ),
  ({ close }) => Effect.sync(close)
)
