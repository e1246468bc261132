/**
 * Set up once per run of the integration tests: a folder in memory for the servers' files, and one
 * Kafka broker that all files share. The broker starts when the first file requests it, and ends
 * with the run.
 */
import { existsSync, statfsSync } from "node:fs"
import { createServer } from "node:http"
import { Effect, Exit, Scope } from "effect"
import { ownBroker, SHARED_BROKER } from "./Kafka.ts"

/** Linux keeps the files of this folder in memory. */
const IN_MEMORY = "/dev/shm"

/** Room for the files of all servers and of the image, in bytes. */
const MEMORY_BYTES = 8 * 2 ** 30

/** Servers create and remove many files, and no test depends on a disk. */
const keepFilesInMemory = (): void => {
  if (process.env["TMPDIR"] !== undefined || !existsSync(IN_MEMORY)) return
  const { bavail, bsize } = statfsSync(IN_MEMORY)
  if (bavail * bsize >= MEMORY_BYTES) process.env["TMPDIR"] = IN_MEMORY
}

/** Its answer to any request is the broker's address. */
const listen = (scope: Scope.Scope): Promise<{ readonly url: string; readonly close: () => void }> => {
  let broker: Promise<string> | undefined
  const server = createServer((_, response) => {
    broker ??= Effect.runPromise(Scope.provide(ownBroker({}), scope)).then(({ bootstrap }) => bootstrap)
    broker.then(
      (bootstrap) => response.end(bootstrap),
      (error) => response.writeHead(500).end(String(error))
    )
  })
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" ? (address?.port ?? 0) : 0
      resolve({ url: `http://127.0.0.1:${port}`, close: () => void server.close() })
    })
  )
}

export default async (): Promise<() => Promise<void>> => {
  keepFilesInMemory()
  const scope = Effect.runSync(Scope.make())
  const { close, url } = await listen(scope)
  process.env[SHARED_BROKER] = url
  return async () => {
    close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
