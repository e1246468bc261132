import { assert, describe, it } from "@effect/vitest"
import { waitingWords } from "../../dashboard/format/Waiting.ts"

const channel = (
  name: string,
  state: "joining" | "reading" | "disconnected" | "refused",
  reason: string | null = null
) => ({
  channel: `twitch:${name}`,
  state,
  reason
})

describe("the empty page while chat is collected", () => {
  it("names the channels by state, and when rows come", () => {
    assert.deepStrictEqual(
      waitingWords({ channels: [channel("one", "reading"), channel("two", "joining")], first_rows_after_ms: 25_000 }),
      {
        title: "Waiting for chat.",
        lines: [
          "Connecting to the chat of twitch:two.",
          "Reading the chat of twitch:one.",
          "A stream appears here about 25 seconds after its first message."
        ]
      }
    )
  })

  it("names reasons once", () => {
    const { lines } = waitingWords({
      channels: [
        channel("one", "disconnected", "no reply for 10 s"),
        channel("two", "disconnected", "no reply for 10 s"),
        channel("three", "refused", "no such channel")
      ],
      first_rows_after_ms: 1
    })
    assert.deepStrictEqual(lines, [
      "Disconnected from the chat of twitch:one and twitch:two; the worker reconnects.",
      "The chat of twitch:three cannot be read.",
      "Reason: no reply for 10 s.",
      "Reason: no such channel.",
      "A stream appears here about a second after its first message."
    ])
  })

  it("bounds the names", () => {
    const channels = Array.from({ length: 100 }, (_, index) => channel(`c${index}`, "reading"))
    const { lines } = waitingWords({ channels, first_rows_after_ms: 20_000 })
    assert.strictEqual(lines[0], "Reading the chat of twitch:c0, twitch:c1, twitch:c2, twitch:c3 and 96 others.")
  })
})
