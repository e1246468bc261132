import { assert, describe, it } from "@effect/vitest"
import type { Received } from "../../harness/WebhookServer.ts"
import { judgeReceiver } from "./Receivers.ts"

const request = (id: string, status: number | undefined = 204, body = id): Received => ({
  path: "/",
  id,
  headers: {},
  body,
  status
})

describe("the verdict on a receiver of notifications", () => {
  it("accepts repetitions and refusals", () =>
    assert.deepStrictEqual(
      judgeReceiver("r", [request("a", 500), request("a"), request("b"), request("a"), request("b", 503)], ["a", "b"]),
      { notifications: 2, repeated: 1, refused: 2, differences: [] }
    ))

  it.each([
    ["one that was lost", [request("a"), request("b", 500)], "b was never accepted"],
    ["one without a moment", [request("a"), request("b"), request("c")], "c has no moment"],
    ["one that changed", [request("a"), request("b"), request("b", 204, "other")], "b changed"]
  ])("reports %s", (_, received, words) => {
    const { differences } = judgeReceiver("r", received, ["a", "b"])
    assert.lengthOf(differences, 1)
    assert.include(differences[0], words)
  })
})
