import { assert, describe, it } from "@effect/vitest"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { committed } from "../../src/observability/Report.ts"
import { checkpointOf, flushOf, momentOf, T0 } from "../contract/ResultStoreContract.ts"

const SLIDE_MS = 10_000

describe("what a member tells of a flush", () => {
  it("counts a moment once: in the flush that holds its first window, however long it has grown there", () => {
    const flush = flushOf(checkpointOf({ watermarkMs: EventTimeMs(T0) }), {
      moments: [
        momentOf({ type: "chat_spike", timestampMs: EventTimeMs(T0), endedAtMs: EventTimeMs(T0 + 9 * SLIDE_MS) }),
        // Its first window ended at the watermark of the flush before: told there.
        momentOf({ type: "chat_drop", timestampMs: EventTimeMs(T0 - SLIDE_MS), endedAtMs: EventTimeMs(T0 + SLIDE_MS) })
      ]
    })
    assert.deepStrictEqual(committed(flush, 0, 5).momentTypes, ["chat_spike"])
  })
})
