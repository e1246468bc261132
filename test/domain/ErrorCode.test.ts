import { assert, it } from "@effect/vitest"
import { errorCode } from "../../src/domain/ErrorCode.ts"

it("the code of an error is the first in its chain of causes", () => {
  const refused = Object.assign(new Error("connect 10.0.0.1:443"), { code: "ECONNREFUSED" })
  const circular: { cause?: unknown } = {}
  circular.cause = { cause: circular }
  for (const [error, code] of [
    [refused, "ECONNREFUSED"],
    [new Error("outer", { cause: { cause: refused } }), "ECONNREFUSED"],
    [{ code: "ERR_TLS_CERT", cause: refused }, "ERR_TLS_CERT"],
    // Texts that are no codes may hold secrets.
    [{ code: "https://user:secret@host", cause: refused }, "ECONNREFUSED"],
    [{ code: 7 }, undefined],
    [circular, undefined],
    ["ECONNREFUSED", undefined],
    [null, undefined],
    [undefined, undefined]
  ] as const) {
    assert.strictEqual(errorCode(error), code)
  }
})
