import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { AuthenticationError, ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import type { Place } from "../../src/postgres/Place.ts"
import { catchSqlErrors, toPostgresError } from "../../src/postgres/PostgresError.ts"
import { isMissingPartition, isRefusedData } from "../../src/postgres/SqlErrors.ts"

const place: Place = { host: "db.example", port: 5433, database: "chat", user: "writer", schema: "live" }

const failed = (code: string, fields: object = {}): SqlError =>
  new SqlError({
    reason: new UnknownError({ cause: Object.assign(new Error("it failed"), { code, ...fields }), message: "x" })
  })

const connection = (cause: unknown): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause, message: "PgConnection: Failed to connect" }) })

describe("toPostgresError", () => {
  it.each([
    ["40001", "Unreachable"],
    ["40P01", "Unreachable"],
    ["55P03", "Unreachable"],
    ["57014", "Unreachable"],
    ["57P01", "Unreachable"],
    ["57P03", "Unreachable"],
    ["53300", "Unreachable"],
    ["25P03", "Unreachable"],
    ["42P01", "Schema"],
    ["42703", "Schema"],
    ["42P10", "Schema"],
    ["3F000", "Schema"],
    ["42501", "Refused"],
    ["53100", "Unreachable"],
    ["23505", "Refused"],
    ["3D000", "Refused"]
  ])("takes SQLSTATE %s for %s", (code, reason) => {
    const error = toPostgresError(place, "commit flush 7 of task 3", failed(code))
    assert.strictEqual(error.reason, reason)
    assert.strictEqual(error.isRetryable, reason === "Unreachable")
    assert.include(error.message, "PostgreSQL at db.example:5433/chat")
    assert.include(error.message, "commit flush 7 of task 3")
    assert.include(error.message, code)
    assert.strictEqual(error.message.includes("`telemetra migrate`"), reason === "Schema")
  })

  it("takes a refused or broken connection for Unreachable, on one line", () => {
    const refused = toPostgresError(
      place,
      "connect",
      connection(Object.assign(new Error(""), { code: "ECONNREFUSED" }))
    )
    assert.strictEqual(refused.reason, "Unreachable")
    assert.strictEqual(refused.message, "PostgreSQL at db.example:5433/chat: could not connect: ECONNREFUSED")
    assert.strictEqual(toPostgresError(place, "x", connection(new Error("a\n  b"))).message.split("\n").length, 1)
  })

  it("names user and place where the password is refused", () => {
    const cause = Object.assign(new Error('password authentication failed for user "writer"'), { code: "28P01" })
    const error = toPostgresError(
      place,
      "connect",
      new SqlError({ reason: new AuthenticationError({ cause, message: "x" }) })
    )
    assert.strictEqual(error.reason, "Unauthorized")
    assert.include(error.message, "writer")
    assert.include(error.message, "db.example:5433")
  })

  it("takes a certificate that is not trusted for Unauthorized", () => {
    for (const code of ["SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"]) {
      const error = toPostgresError(place, "connect", connection(Object.assign(new Error("no"), { code })))
      assert.strictEqual(error.reason, "Unauthorized")
      assert.include(error.message, "POSTGRES_SSL_MODE")
    }
  })
})

const messageOf = (code: string, fields: object): string => toPostgresError(place, "x", failed(code, fields)).message

describe("DETAIL and HINT", () => {
  it("follow the message, on one line", () => {
    assert.strictEqual(
      messageOf("0A000", { detail: 'rule _RETURN on view v depends on column "id".', hint: "Drop\n the view." }),
      'PostgreSQL at db.example:5433/chat: could not x: it failed (0A000). DETAIL: rule _RETURN on view v depends on column "id". HINT: Drop the view'
    )
  })

  it("show the key of a violated constraint, bounded and without characters that act on a terminal", () => {
    const message = messageOf("23505", { detail: `Key (stream_id)=(a\u001b[31m${"b".repeat(10_000)}) already exists.` })
    assert.include(message, "DETAIL: Key (stream_id)=(a\\u001b[31mbbb")
    assert.isBelow(message.length, 700)
  })

  it("leave out the contents of a row", () => {
    const detail = "Failing row contains (1, a private message)."
    for (const [code, fields] of [
      ["23502", {}],
      ["23514", { constraint: "c" }],
      ["22P02", {}]
    ] as const) {
      assert.notInclude(messageOf(code, { ...fields, detail }), "private")
    }
    const missing = "Partition key of the failing row contains (window_start) = (2024-05-01 00:00:00)."
    assert.include(messageOf("23514", { detail: missing }), "2024-05-01")
  })
})

describe("what to do with an error", () => {
  it("leaves data out only for class 22 and values that no codec writes", () => {
    assert.isTrue(isRefusedData(failed("22003")))
    assert.isTrue(isRefusedData(failed("22P05")))
    assert.isFalse(isRefusedData(failed("23505")))
    assert.isFalse(isRefusedData(connection(new Error("22003"))))
    const codec = new SqlError({ reason: new UnknownError({ cause: { _tag: "PgTypesCodecError" }, message: "x" }) })
    assert.isTrue(isRefusedData(codec))
  })

  it("distinguishes a missing partition from a violated CHECK", () => {
    assert.isTrue(isMissingPartition(failed("23514")))
    assert.isFalse(isMissingPartition(failed("23514", { constraint: "my_check" })))
    assert.isFalse(isMissingPartition(new Error("23514")))
  })

  it("finds the error in a defect, and leaves other defects and errors alone", () => {
    const guard = catchSqlErrors(place, "x")
    const error = Effect.runSync(Effect.flip(guard(Effect.die(failed("40001")))))
    assert.strictEqual(error.reason, "Unreachable")
    const exit = Effect.runSyncExit(guard(Effect.die("bug")))
    assert(Exit.isFailure(exit))
    assert.deepStrictEqual(Cause.squash(exit.cause), "bug")
    assert.strictEqual(Effect.runSync(Effect.flip(guard(Effect.fail("mine")))), "mine")
  })
})
