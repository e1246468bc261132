/**
 * Logins on a real server: every password that PostgreSQL and psql take, and every method of
 * pg_hba.conf that takes one.
 */
import { execFile } from "node:child_process"
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import * as Database from "../../../src/postgres/Database.ts"
import { type Certificate, selfSigned } from "../../harness/Certificates.ts"
import * as Postgres from "../../harness/Postgres.ts"

const chars = (...codes: ReadonlyArray<number>): string => String.fromCodePoint(...codes)

/** By what is special about them. PostgreSQL stores each in its normal form, if it has one. */
const PASSWORDS: ReadonlyArray<readonly [what: string, password: string]> = [
  ["ASCII", "plain"],
  ["ASCII with a control character", `a${chars(1)}b`],
  ["a space at either end", " x "],
  ["characters that URLs and SCRAM escape", "a,b=c%2F/?#@:&+'\"\\"],
  ["a no-break space", `a${chars(0xa0)}b`],
  ["an ideographic space", `a${chars(0x3000)}b`],
  ["a zero-width space", `a${chars(0x200b)}b`],
  ["a soft hyphen", `a${chars(0xad)}b`],
  ["only a soft hyphen", chars(0xad)],
  ["a byte order mark", `${chars(0xfeff)}a`],
  ["a variation selector", `a${chars(0xfe0f)}b`],
  ["a feminine ordinal", `${chars(0xaa)}x`],
  ["fullwidth letters", chars(0xff21, 0xff22, 0xff43)],
  ["a ligature", chars(0xfb01)],
  ["a Roman numeral", chars(0x2168)],
  ["a composed letter", chars(0xe9)],
  ["a decomposed letter", `e${chars(0x301)}`],
  ["marks in another order", `a${chars(0x315, 0x300, 0x5ae)}b`],
  ["an emoji, which Unicode 3.2 does not have", `${chars(0x1f600)}${chars(0xff21)}`],
  ["a private character", `${chars(0xe000)}${chars(0xff21)}`],
  ["a control character of C1", `${chars(0x85)}${chars(0xff21)}`],
  ["an object replacement character", `${chars(0xfffc)}${chars(0xff21)}`],
  ["Arabic with fullwidth digits", `${chars(0x627)}${chars(0xff11)}${chars(0x627)}`],
  ["Arabic that ends with a digit", `${chars(0x627)}${chars(0xff11)}`],
  ["Hebrew with Latin letters", `${chars(0x5d0)}${chars(0xff41)}${chars(0x5d0)}`],
  ["a Tag character", `a${chars(0xe0041)}${chars(0xff21)}`],
  ["Hangul", chars(0x1112, 0x1161, 0x11ab)],
  ["a letter of Unicode 3.2's last plane", `${chars(0x20000)}${chars(0xff21)}`],
  ["900 characters", "x".repeat(900)]
]

/** Role, database of the same name and method of pg_hba.conf. */
const METHODS = ["scram", "md5", "cleartext", "trusted"] as const

const HBA = [
  "",
  "local all all scram-sha-256",
  "host all postgres all scram-sha-256",
  "host scram all all scram-sha-256",
  "host md5 all all md5",
  "host cleartext all all password",
  "host trusted all all trust",
  ""
].join("\n")

class Server extends Context.Service<
  Server,
  { readonly postgres: PostgresConfig; readonly certificate: Certificate }
>()("telemetra/test/Server") {}

const hbaFile = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "telemetra-hba-"))
      await chmod(folder, 0o755)
      await writeFile(join(folder, "pg_hba.conf"), HBA)
      return folder
    }),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  ),
  (folder) => join(folder, "pg_hba.conf")
)

const through = (postgres: PostgresConfig) =>
  Database.layer({ postgres, store: { schema: "public" }, access: "inspect" })

const server = Layer.effect(
  Server,
  Effect.gen(function* () {
    const certificate = yield* selfSigned
    const { postgres } = yield* Postgres.startPostgres18({
      settings: {
        ssl: "on",
        ssl_cert_file: certificate.certFile,
        ssl_key_file: certificate.keyFile,
        hba_file: yield* hbaFile
      }
    })
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient
      for (const name of METHODS) yield* sql.unsafe(`CREATE DATABASE ${name}`)
    }).pipe(Effect.provide(through(postgres)))
    return { postgres, certificate }
  })
)

/** A role with this password, stored according to `password_encryption`. */
const roleWith = Effect.fnUntraced(function* (
  postgres: PostgresConfig,
  name: string,
  password: string,
  encryption: "scram-sha-256" | "md5"
) {
  yield* Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.unsafe(`DROP ROLE IF EXISTS ${name}`)
    yield* sql.withTransaction(
      Effect.andThen(
        sql.unsafe(`SET LOCAL password_encryption = '${encryption}'`),
        sql.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`)
      )
    )
  }).pipe(Effect.provide(through(postgres)))
  return { ...postgres, user: name, password: Redacted.make(password) }
})

const whoAmI = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{ name: string }>`SELECT current_user AS name`
  return row?.name
})

const login = (postgres: PostgresConfig) => whoAmI.pipe(Effect.provide(through(postgres)))

const PSQL = "/usr/lib/postgresql/15/bin/psql"

/** Whether psql gets in. */
const psqlLogin = ({ database, host, password, port, user }: PostgresConfig) =>
  Effect.promise(() =>
    promisify(execFile)(PSQL, ["-h", host, "-p", String(port), "-U", user, "-w", "-c", "SELECT 1", database], {
      env: {
        ...process.env,
        PGPASSWORD: password === undefined ? "" : Redacted.value(password),
        PGSSLMODE: "disable",
        PGCLIENTENCODING: "UTF8"
      }
    }).then(
      () => true,
      () => false
    )
  )

describe("logins", () => {
  layer(server, { timeout: "5 minutes", excludeTestServices: true })((it) => {
    for (const [what, password] of PASSWORDS) {
      it.effect(`take a password with ${what}`, () =>
        Effect.gen(function* () {
          const { postgres } = yield* Server
          const scram = { ...(yield* roleWith(postgres, "writer", password, "scram-sha-256")), database: "scram" }
          if (Postgres.hasPostgres15) assert.isTrue(yield* psqlLogin(scram), "psql")
          assert.strictEqual(yield* login(scram), "writer")
        })
      )
    }

    it.effect("take every method of a verified server, and passwords as they are", () =>
      Effect.gen(function* () {
        const { certificate, postgres } = yield* Server
        for (const [database, encryption] of [
          ["scram", "scram-sha-256"],
          ["md5", "scram-sha-256"],
          ["md5", "md5"],
          ["cleartext", "md5"],
          ["cleartext", "scram-sha-256"],
          ["trusted", "md5"]
        ] as const) {
          const password = `fullwidth ${chars(0xff21)}`
          const role = yield* roleWith(postgres, "writer", password, encryption)
          for (const sslMode of ["verify-ca", "verify-full"] as const) {
            const verified = { ...role, database, sslMode, sslRootCert: certificate.cert }
            assert.strictEqual(yield* login(verified), "writer", `${database} ${encryption} ${sslMode}`)
          }
        }
      })
    )

    it.effect("take only SCRAM of a server that is not verified, with and without TLS", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Server
        for (const sslMode of ["disable", "prefer", "require"] as const) {
          const stored = yield* roleWith(postgres, "writer", "secret", "scram-sha-256")
          // Method md5 becomes SCRAM if the password is stored for SCRAM.
          for (const database of ["scram", "md5", "trusted"]) {
            assert.strictEqual(yield* login({ ...stored, database, sslMode }), "writer", `${database} ${sslMode}`)
          }
          const weak = yield* roleWith(postgres, "writer", "secret", "md5")
          for (const database of ["md5", "cleartext"]) {
            const error = yield* Effect.flip(login({ ...weak, database, sslMode }))
            assert("reason" in error)
            assert.strictEqual(error.reason, "Unauthorized", `${database} ${sslMode}`)
            assert.include(error.message, "identity is not verified")
          }
        }
      })
    )

    it.effect("use TLS if the server has it", () =>
      Effect.gen(function* () {
        const { certificate, postgres } = yield* Server
        for (const sslMode of ["disable", "prefer", "require", "verify-ca", "verify-full"] as const) {
          const config = { ...postgres, sslMode, sslRootCert: certificate.cert }
          const [row] = yield* Effect.flatMap(
            SqlClient,
            (sql) => sql<{ ssl: boolean }>`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
          ).pipe(Effect.provide(through(config)))
          assert.strictEqual(row?.ssl, sslMode !== "disable", sslMode)
        }
        const named = { ...postgres, host: "localhost", sslMode: "verify-full", sslRootCert: certificate.cert } as const
        assert.strictEqual(yield* login(named), "postgres")
        // 127.0.0.2 is the same server, and not in its certificate.
        const other = { ...named, host: "127.0.0.2" }
        const error = yield* Effect.flip(login(other))
        assert("reason" in error && error.reason !== undefined)
      })
    )

    it.effect("pass large statements and large results", () =>
      Effect.gen(function* () {
        const { certificate, postgres } = yield* Server
        const config: PostgresConfig = { ...postgres, sslMode: "verify-full", sslRootCert: certificate.cert }
        const text = "x".repeat(5_000_000)
        for (const through of [postgres, config]) {
          const rows = yield* Effect.flatMap(
            SqlClient,
            (sql) => sql<{ back: string }>`SELECT ${text}::text AS back FROM generate_series(1, 3)`
          ).pipe(Effect.provide(Database.layer({ postgres: through, store: { schema: "public" }, access: "inspect" })))
          assert.deepStrictEqual(
            rows.map(({ back }) => back === text),
            [true, true, true]
          )
        }
      })
    )
  })
})
