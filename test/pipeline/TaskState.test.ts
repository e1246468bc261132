import { assert, describe, it } from "@effect/vitest"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { taskState } from "../../src/pipeline/TaskState.ts"
import { START } from "./Records.ts"

const WATERMARK_MS = EventTimeMs(Date.UTC(2026, 0, 1))
const CHANGE = { version: 1, overrides: new Map() }

describe("the restored state of a task", () => {
  it("applies a new version after the windows of which rows are written, although others are missing", () => {
    const fromEnd = (emitted: Pick<Checkpoint, "emitted">): number | undefined => {
      const checkpoint = { ...START.checkpoint, watermarkMs: WATERMARK_MS, ...emitted }
      return taskState({ ...START, checkpoint }).detection.adopt(CHANGE)?.fromEndMs
    }
    assert.strictEqual(fromEnd({}), WATERMARK_MS)
    const endMs = EventTimeMs(WATERMARK_MS + 10_000)
    assert.strictEqual(
      fromEnd({ emitted: { endMs, stream: "a", offsets: START.checkpoint.inputs.map(() => 0n) } }),
      endMs
    )
  })
})
