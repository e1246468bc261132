/** A real pgbouncer in front of a test's PostgreSQL. */
import { Effect, Redacted, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import { freePort } from "./FreePort.ts"
import { PostgresHarnessError, unprivileged } from "./Postgres.ts"

const PROGRAM = "/usr/sbin/pgbouncer"

/** Whether Debian's pgbouncer is installed here. */
export const hasPgBouncer = existsSync(PROGRAM)

const untilReady = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = ""
    server.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes("process up")) resolve()
    })
    server.once("error", reject)
    server.once("exit", (code) => reject(new Error(`exit code ${code}: ${output}`)))
  })

/**
 * Starts one with these settings of its section `pgbouncer`. `connectQuery` runs in each session at
 * its start. Gives where it listens; it ends with the scope.
 */
export const startPgBouncer = (
  { database, host, password, port, user }: PostgresConfig,
  settings: Readonly<Record<string, string>>,
  connectQuery?: string
): Effect.Effect<PostgresConfig, PostgresHarnessError, Scope.Scope> =>
  Effect.gen(function* () {
    const listenPort = yield* Effect.promise(freePort)
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "telemetra-pgbouncer-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
    )
    const target = [
      `host=${host} port=${port} dbname=${database} user=${user}`,
      ...(password === undefined ? [] : [`password=${Redacted.value(password)}`]),
      ...(connectQuery === undefined ? [] : [`connect_query='${connectQuery.replaceAll("'", "''")}'`])
    ].join(" ")
    const lines = Object.entries({
      listen_addr: "127.0.0.1",
      listen_port: String(listenPort),
      unix_socket_dir: "",
      auth_type: "any",
      ...settings
    }).map(([name, value]) => `${name} = ${value}`)
    const file = join(folder, "pgbouncer.ini")
    yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          await writeFile(file, ["[databases]", `${database} = ${target}`, "[pgbouncer]", ...lines, ""].join("\n"))
          await chmod(folder, 0o755)
          const server = spawn(PROGRAM, [file], { ...(await unprivileged()), stdio: ["ignore", "ignore", "pipe"] })
          await untilReady(server)
          return server
        },
        catch: (cause) => new PostgresHarnessError({ what: "start pgbouncer", cause })
      }),
      (server) =>
        Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              if (server.exitCode !== null || server.signalCode !== null) return resolve()
              server.once("exit", () => resolve())
              server.kill("SIGTERM")
            })
        )
    )
    return {
      host: "127.0.0.1",
      port: listenPort,
      database,
      user,
      password: undefined,
      sslMode: "disable",
      sslRootCert: undefined
    }
  })
