import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { headersOf } from "../../src/notify/Signature.ts"

/** The example that the libraries of Standard Webhooks test. */
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
const KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
const BODY = '{"test": 2432232314}'
const AT = 1_614_265_330_999

describe("the headers of Standard Webhooks", () => {
  for (const secret of [KEY, `whsec_${KEY}`]) {
    it(`sign with the key ${secret}`, () =>
      assert.deepStrictEqual(headersOf(ID, AT, BODY, Redacted.make(secret)), {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
      }))
  }
  it("have no signature without a key", () =>
    assert.deepStrictEqual(headersOf(ID, AT, BODY, undefined), { "webhook-id": ID, "webhook-timestamp": "1614265330" }))
})
