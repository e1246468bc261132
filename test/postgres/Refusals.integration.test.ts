/** Lasting refusals end the start at once and name the remedy; temporary ones are retried. */
import { createServer as createHttpServer } from "node:http"
import { createServer, type Server, type Socket } from "node:net"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import * as Database from "../../src/postgres/Database.ts"
import type { PostgresError } from "../../src/postgres/PostgresError.ts"
import { telemetra } from "../cli/Command.ts"
import { freePort } from "../harness/FreePort.ts"
import { errorResponse, startImpostor } from "../harness/Impostor.ts"
import * as Postgres from "../harness/Postgres.ts"

const refusal = (postgres: PostgresConfig) =>
  Effect.flip(Effect.scoped(Layer.build(Database.layer({ postgres, store: { schema: "live" } }))))

const assertLasting = (
  error: PostgresError,
  reason: PostgresError["reason"],
  ...words: ReadonlyArray<string>
): void => {
  assert.strictEqual(error.reason, reason, error.message)
  assert.isFalse(error.isRetryable)
  for (const word of words) assert.include(error.message, word)
}

const assertPassing = (error: PostgresError, ...words: ReadonlyArray<string>): void => {
  assert.isTrue(error.isRetryable, error.message)
  for (const word of words) assert.include(error.message, word)
}

/** Gives the server's port. The scope's end closes its connections, too. */
const listening = (server: Server): Effect.Effect<number, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    server.on("connection", (socket) => sockets.add(socket))
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))),
      () =>
        Effect.promise(() => {
          for (const socket of sockets) socket.destroy()
          return new Promise<void>((resolve) => void server.close(() => resolve()))
        })
    )
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("the server has no port")
    return address.port
  })

const at = (port: number, over: Partial<PostgresConfig> = {}): PostgresConfig => ({
  host: "127.0.0.1",
  port,
  database: "chat",
  user: "writer",
  password: undefined,
  sslMode: "prefer",
  sslRootCert: undefined,
  ...over
})

/** Runs statements as the superuser. */
const run = (...statements: ReadonlyArray<string>) =>
  Effect.flatMap(Postgres.Postgres, ({ postgres }) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      for (const statement of statements) yield* sql.unsafe(statement)
    }).pipe(Effect.provide(Database.layer({ postgres, store: { schema: "public" }, access: "inspect" })))
  )

layer(Postgres.layer(), { timeout: "5 minutes", excludeTestServices: true })("a real server", (it) => {
  it.effect.skipIf(!Postgres.isOwnServer)("refuses a role that is not there, may not log in, or has no password", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      yield* run(
        "CREATE ROLE no_login PASSWORD 'x'",
        "CREATE ROLE no_password LOGIN",
        "CREATE ROLE over LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01'"
      )
      for (const user of ["nobody", "no_login", "no_password", "over"]) {
        assertLasting(yield* refusal({ ...postgres, user, password: Redacted.make("x") }), "Unauthorized", user)
      }
      assertLasting(yield* refusal({ ...postgres, password: undefined }), "Unauthorized", "POSTGRES_PASSWORD")
    })
  )

  it.effect("refuses a database that is not there, takes no connections, or not ours", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      yield* run(
        "CREATE DATABASE closed_db ALLOW_CONNECTIONS false",
        "CREATE DATABASE private_db",
        "REVOKE CONNECT ON DATABASE private_db FROM PUBLIC",
        "CREATE ROLE guest LOGIN PASSWORD 'x'"
      )
      assertLasting(yield* refusal({ ...postgres, database: "nowhere" }), "Settings", 'CREATE DATABASE "nowhere"')
      assertLasting(
        yield* refusal({ ...postgres, database: "closed_db" }),
        "Settings",
        'ALTER DATABASE "closed_db" ALLOW_CONNECTIONS true'
      )
      assertLasting(
        yield* refusal({ ...postgres, database: "private_db", user: "guest", password: Redacted.make("x") }),
        "Refused",
        'GRANT CONNECT ON DATABASE "private_db" TO "guest"'
      )
    })
  )

  it.effect("is retried while it has too many connections", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      yield* run("CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
      assertPassing(
        yield* refusal({ ...postgres, user: "crowded", password: Redacted.make("x") }),
        "too many connections"
      )
    })
  )

  it.effect("ends `telemetra migrate` and `run` at once, and so does doctor", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      const env = {
        POSTGRES_URL: `postgresql://127.0.0.1:${postgres.port}/not_here`,
        POSTGRES_USER: postgres.user,
        ...(postgres.password === undefined ? {} : { POSTGRES_PASSWORD: Redacted.value(postgres.password) }),
        SOURCE: "simulator",
        HTTP_PORT: "0"
      }
      for (const command of ["migrate", "run", "doctor"]) {
        const { code, stderr, stdout } = yield* telemetra([command], { env })
        assert.strictEqual(code, 78, `${command}: ${stdout}${stderr}`)
        assert.include(`${stdout}${stderr}`, 'CREATE DATABASE "not_here"')
        assert.notInclude(`${stdout}${stderr}`, "attempt 2")
      }
    })
  )
})

describe("what is not PostgreSQL", () => {
  for (const sslMode of ["disable", "prefer", "verify-full"] as const) {
    it.live(`an HTTP server ends the start at once under ${sslMode}`, () =>
      Effect.gen(function* () {
        const port = yield* listening(createHttpServer((_, response) => response.end()))
        assertLasting(yield* refusal(at(port, { sslMode })), "Settings", "is not PostgreSQL", "HTTP/1.1 400")
      }).pipe(Effect.scoped)
    )

    it.live(`a server that speaks first ends the start at once under ${sslMode}`, () =>
      Effect.gen(function* () {
        const port = yield* listening(
          createServer((socket) => {
            socket.on("error", () => socket.destroy())
            socket.end("SSH-2.0-OpenSSH_9.6\r\n")
          })
        )
        assertLasting(yield* refusal(at(port, { sslMode })), "Settings", "is not PostgreSQL", "SSH-2.0")
      }).pipe(Effect.scoped)
    )

    it.live(
      `one that closes without an answer is retried under ${sslMode}: a proxy does so before its server is there`,
      () =>
        Effect.gen(function* () {
          const port = yield* listening(
            createServer((socket) => {
              socket.on("error", () => socket.destroy())
              socket.once("data", () => socket.end())
            })
          )
          assertPassing(yield* refusal(at(port, { sslMode })), "closed the connection without a reply")
        }).pipe(Effect.scoped)
    )
  }

  it.live("a name that does not resolve, and a port where nothing listens, are retried", () =>
    Effect.gen(function* () {
      assertPassing(yield* refusal(at(5432, { host: "postgres.invalid" })), "postgres.invalid")
      assertPassing(yield* refusal(at(yield* Effect.promise(freePort))), "ECONNREFUSED")
    })
  )
})

describe("what servers and poolers answer at the start", () => {
  it.live.each<readonly [string, string, PostgresError["reason"]]>([
    ["08P01", "unsupported startup parameter: extra_float_digits", "Settings"],
    ["08P01", "unsupported startup parameter in options: search_path", "Settings"],
    ["08P01", "no such database: chat", "Settings"],
    ["08P01", "no such user: writer", "Settings"],
    ["08P01", 'database "chat" is disabled', "Settings"],
    ["08P01", "SSL required", "Settings"],
    ["08P01", "server login failed: wrong password type", "Settings"],
    [
      "08P01",
      "server login has been failing, cached error: password authentication failed (server_login_retry)",
      "Settings"
    ],
    ["08P01", "bouncer config error", "Settings"],
    ["28P01", "password authentication failed", "Unauthorized"],
    [
      "28000",
      'no pg_hba.conf entry for host "10.0.0.7", user "writer", database "chat", no encryption',
      "Unauthorized"
    ],
    ["0A000", "unsupported frontend protocol 3.0: server supports 1.0 to 2.0", "Settings"],
    ["08P01", "server login has been failing, try again later (server_login_retry)", "Unreachable"],
    ["08P01", "no more connections allowed (max_client_conn)", "Unreachable"],
    ["08P01", "query_wait_timeout", "Unreachable"],
    ["08P01", "client_login_timeout (server down)", "Unreachable"],
    ["08P01", "pgbouncer cannot connect to server", "Unreachable"],
    ["08P01", "the database system is shutting down", "Unreachable"],
    ["08006", "connection failure", "Unreachable"],
    ["53300", "sorry, too many clients already", "Unreachable"],
    ["57P03", "the database system is starting up", "Unreachable"],
    ["57P03", "the database system is in recovery mode", "Unreachable"],
    ["57P03", "the database system is not accepting connections", "Unreachable"],
    ["57P01", "terminating connection due to administrator command", "Unreachable"]
  ])("%s %s: %s", ([code, text, reason]) =>
    Effect.gen(function* () {
      const server = yield* startImpostor(() => errorResponse(code, text))
      const error = yield* refusal(at(server.port))
      assert.strictEqual(error.reason, reason, error.message)
      assert.include(error.message, text)
      assert.strictEqual(error.isRetryable, reason === "Unreachable")
    }).pipe(Effect.scoped)
  )
})
