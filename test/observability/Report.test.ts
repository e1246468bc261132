import { assert, describe, it } from "@effect/vitest"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { committed } from "../../src/observability/Report.ts"
import { checkpointOf, flushOf, momentOf, T0 } from "../contract/ResultStoreContract.ts"

const SLIDE_MS = 10_000

describe("a member's report of a flush", () => {
  it("counts a moment once: in the flush that holds its first slide, as the type that it opened as", () => {
    const flush = flushOf(checkpointOf({ watermarkMs: EventTimeMs(T0) }), {
      moments: [
        momentOf({
          type: "raid",
          openedAs: "chat_spike",
          timestampMs: EventTimeMs(T0),
          endedAtMs: EventTimeMs(T0 + 9 * SLIDE_MS)
        }),
        // Its first slide ended at the watermark of the flush before, which reported it.
        momentOf({
          type: "hype",
          openedAs: "hype",
          timestampMs: EventTimeMs(T0 - SLIDE_MS),
          endedAtMs: EventTimeMs(T0 + SLIDE_MS)
        })
      ]
    })
    assert.deepStrictEqual(committed(flush, [], { refusedRows: 0 }, 5).momentTypes, ["chat_spike"])
  })

  it.each(["chat_drop", "viewer_drop"] as const)(
    "counts a %s in the flush that reports it, long after it began",
    (type) => {
      const flush = flushOf(checkpointOf({ watermarkMs: EventTimeMs(T0) }), {
        moments: [
          momentOf({
            type,
            openedAs: type,
            timestampMs: EventTimeMs(T0 - 20 * SLIDE_MS),
            endedAtMs: EventTimeMs(T0 + SLIDE_MS)
          })
        ]
      })
      assert.deepStrictEqual(committed(flush, [], { refusedRows: 0 }, 5).momentTypes, [type])
    }
  )
})
