import { assert, describe, it } from "@effect/vitest"
import { LoginGuard, WeakLogin } from "../../../src/postgres/login/LoginGuard.ts"
import { SessionProblem } from "../../../src/postgres/SessionSettings.ts"
import { authentication, errorResponse, message } from "../../harness/Impostor.ts"

/** The bytes that a guard passes on if they arrive in pieces of this size. */
const passed = (guard: LoginGuard, bytes: Buffer, size: number): Buffer => {
  const out: Array<Buffer> = []
  for (let at = 0; at < bytes.length; at += size) out.push(guard.take(bytes.subarray(at, at + size)))
  return Buffer.concat(out)
}

const session = Buffer.concat([
  authentication.scram,
  authentication.scramContinue("r=x,s=c2FsdA==,i=4096"),
  authentication.scramFinal("v=x"),
  authentication.ok,
  message("S", Buffer.from("TimeZone\0UTC\0")),
  message("K", Buffer.alloc(8)),
  message("Z", Buffer.from("I"))
])

describe("LoginGuard", () => {
  it("passes a login and the session after it, in pieces of any size", () => {
    // After the login the bytes are the driver's own business.
    const bytes = Buffer.concat([session, Buffer.from("D anything"), authentication.cleartext])
    for (const size of [1, 2, 3, 7, 64, bytes.length]) {
      assert.deepStrictEqual(passed(new LoginGuard("scram"), bytes, size), bytes, `${size}`)
    }
  })

  it("refuses weak proofs at any moment before the session is ready, in pieces of any size", () => {
    const login = session.subarray(0, session.length - 6)
    for (const weak of [authentication.cleartext, authentication.md5]) {
      for (const before of [Buffer.alloc(0), authentication.ok, authentication.scram, login]) {
        const bytes = Buffer.concat([before, weak])
        for (const size of [1, 4, bytes.length]) {
          assert.throws(() => passed(new LoginGuard("scram"), bytes, size), WeakLogin)
          assert.deepStrictEqual(passed(new LoginGuard("any"), bytes, size), bytes)
        }
      }
    }
  })

  it("passes an error", () => {
    const bytes = errorResponse("57P03", "the database system is starting up")
    const guard = new LoginGuard("scram")
    assert.isFalse(guard.hasReplied)
    assert.deepStrictEqual(guard.take(bytes), bytes)
    assert.isTrue(guard.hasReplied)
  })

  it.each([
    ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.6\r\n")],
    ["MySQL", Buffer.from("J\0\0\0\n8.0.36\0")],
    ["a TLS alert", Buffer.from([21, 3, 1, 0, 2, 2, 70])],
    ["Kafka", Buffer.from([0, 0, 0, 10, 0, 0, 0, 0, 0, 35])],
    ["one byte", Buffer.from("x")],
    ["a message of 2 GB", Buffer.from([82, 127, 255, 255, 255])],
    ["a message without its length", Buffer.from([82, 0, 0, 0, 0])]
  ])("takes %s for what it is, without its control characters", (_, bytes) => {
    for (const size of [1, bytes.length]) {
      let problem: unknown
      try {
        passed(new LoginGuard("scram"), bytes, size)
      } catch (error) {
        problem = error
      }
      assert(problem instanceof SessionProblem)
      assert.strictEqual(problem.reason, "Settings")
      assert.match(problem.message, /^the service at this address is not PostgreSQL \(its reply begins with "[ -~]*"\)/)
    }
  })
})
