/** A server that is not ours gets no password. */
import { createHash } from "node:crypto"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import * as Database from "../../../src/postgres/Database.ts"
import { type Certificate, selfSigned } from "../../harness/Certificates.ts"
import { authentication, message, type Script, startImpostor } from "../../harness/Impostor.ts"

const PASSWORD = "correct horse battery staple"
const USER = "worker"

const ready = message("Z", Buffer.from("I"))
const SALT = Buffer.from("salt of the server").toString("base64")

const nonceOf = (sent: Buffer): string => /r=([^,]+)/.exec(sent.toString("latin1"))?.[1] ?? ""

/** By what it does after the start. */
const attacks: Readonly<Record<string, Script>> = {
  "requests the password": () => authentication.cleartext,
  "requests its MD5 hash": () => authentication.md5,
  "requests the password after it has let us in": () => Buffer.concat([authentication.ok, authentication.cleartext]),
  "requests the MD5 hash after it has let us in": (index) =>
    index === 0 ? Buffer.concat([authentication.ok, authentication.md5]) : undefined,
  "begins with SCRAM and then requests the password": (index, sent) =>
    [authentication.scram, authentication.scramContinue(`r=${nonceOf(sent)}server,s=${SALT},i=4096`)][index] ??
    authentication.cleartext,
  "lets SCRAM end without a signature": (index, sent) =>
    [
      authentication.scram,
      authentication.scramContinue(`r=${nonceOf(sent)}server,s=${SALT},i=4096`),
      Buffer.concat([authentication.ok, ready])
    ][index],
  "ends SCRAM with a signature of its own": (index, sent) =>
    [
      authentication.scram,
      authentication.scramContinue(`r=${nonceOf(sent)}server,s=${SALT},i=4096`),
      Buffer.concat([authentication.scramFinal(`v=${"A".repeat(43)}=`), authentication.ok, ready])
    ][index]
}

const configOf = (port: number, over: Partial<PostgresConfig>): PostgresConfig => ({
  host: "127.0.0.1",
  port,
  database: "chat",
  user: USER,
  password: Redacted.make(PASSWORD),
  sslMode: "prefer",
  sslRootCert: undefined,
  ...over
})

const refusal = (postgres: PostgresConfig) =>
  Effect.flip(Effect.scoped(Layer.build(Database.layer({ postgres, store: { schema: "live" } }))))

const innerMd5 = createHash("md5")
  .update(PASSWORD + USER)
  .digest("hex")
/** The MD5 hash that a server computes with its salt. */
const MD5 = `md5${createHash("md5").update(innerMd5).update("salt").digest("hex")}`

const assertNothingTaken = (received: Buffer): void => {
  const text = received.toString("latin1")
  assert.include(text, USER, "it was reached")
  assert.notInclude(text, PASSWORD)
  assert.notInclude(text, MD5)
}

describe("an impostor", () => {
  for (const [what, script] of Object.entries(attacks)) {
    for (const [sslMode, withTls] of [
      ["disable", false],
      ["prefer", false],
      ["prefer", true],
      ["require", true]
    ] as const) {
      it.live(`that ${what} gets no password under ${sslMode}, ${withTls ? "with" : "without"} TLS`, () =>
        Effect.gen(function* () {
          const certificate: Certificate | undefined = withTls ? yield* selfSigned : undefined
          const impostor = yield* startImpostor(script, certificate)
          const error = yield* refusal(configOf(impostor.port, { sslMode }))
          assertNothingTaken(impostor.received())
          assert.strictEqual(error.reason, "Unauthorized", error.message)
          assert.notInclude(`${error.message} ${JSON.stringify(error)}`, PASSWORD)
        }).pipe(Effect.scoped)
      )
    }
  }

  for (const sslMode of ["verify-ca", "verify-full"] as const) {
    it.live(`gets nothing at all under ${sslMode} with a certificate of its own`, () =>
      Effect.gen(function* () {
        const impostor = yield* startImpostor(() => authentication.cleartext, yield* selfSigned)
        const { cert } = yield* selfSigned
        const error = yield* refusal(configOf(impostor.port, { sslMode, sslRootCert: cert }))
        assert.strictEqual(error.reason, "Unauthorized", error.message)
        assert.strictEqual(impostor.received().length, 0)
      }).pipe(Effect.scoped)
    )
  }

  it.live("gets no password under verify-ca with a certificate of a public authority", () =>
    Effect.gen(function* () {
      const certificate = yield* selfSigned
      const before = getCACertificates("default")
      yield* Effect.acquireRelease(
        Effect.sync(() => setDefaultCACertificates([...before, certificate.cert])),
        () => Effect.sync(() => setDefaultCACertificates(before))
      )
      const impostor = yield* startImpostor(() => authentication.cleartext, certificate)
      const error = yield* refusal(configOf(impostor.port, { sslMode: "verify-ca" }))
      assertNothingTaken(impostor.received())
      assert.strictEqual(error.reason, "Unauthorized", error.message)
    }).pipe(Effect.scoped)
  )

  it.live("is named, with what to do", () =>
    Effect.gen(function* () {
      const impostor = yield* startImpostor(() => authentication.cleartext)
      const { message } = yield* refusal(configOf(impostor.port, {}))
      assert.include(message, "its identity is not verified: the password was not sent")
      assert.include(message, "POSTGRES_SSL_MODE=verify-full")
      assert.include(message, "scram-sha-256")
      assert.include(message, "pgbouncer")
    }).pipe(Effect.scoped)
  )
})
