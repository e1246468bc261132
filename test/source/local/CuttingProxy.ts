/**
 * A proxy in front of PostgreSQL that cuts connections. It can cut between a COMMIT and its reply,
 * so that the client cannot know the outcome.
 */
import { Effect, type Scope } from "effect"
import { connect, createServer, type Socket } from "node:net"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"

/** The reply to COMMIT: CommandComplete with this tag. */
const COMMITTED = "COMMIT\0"

export interface CuttingProxy {
  /** The server through the proxy. */
  readonly postgres: PostgresConfig
  /** The next reply to a COMMIT is lost, with its connection. */
  readonly loseNextCommit: () => void
  /** Commits whose reply was lost. */
  readonly lost: () => number
  /** Cuts all connections. */
  readonly cut: () => void
}

export const startProxy = (postgres: PostgresConfig): Effect.Effect<CuttingProxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    let isArmed = false
    let lost = 0
    const server = createServer((client) => {
      const upstream = connect(postgres.port, postgres.host)
      const end = () => {
        for (const socket of [client, upstream]) {
          socket.destroy()
          sockets.delete(socket)
        }
      }
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.on("error", end).on("close", end)
      }
      client.on("data", (data) => upstream.write(data))
      upstream.on("data", (data) => {
        if (isArmed && data.includes(COMMITTED)) {
          isArmed = false
          lost++
          end()
        } else {
          client.write(data)
        }
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.promise<number>(
        () =>
          new Promise((resolve) =>
            server.listen(0, "127.0.0.1", () => {
              const address = server.address()
              resolve(typeof address === "object" ? (address?.port ?? 0) : 0)
            })
          )
      ),
      () =>
        Effect.sync(() => {
          for (const socket of sockets) socket.destroy()
          server.close()
        })
    )
    return {
      postgres: { ...postgres, host: "127.0.0.1", port },
      loseNextCommit: () => {
        isArmed = true
      },
      lost: () => lost,
      cut: () => {
        for (const socket of sockets) socket.destroy()
      }
    }
  })
