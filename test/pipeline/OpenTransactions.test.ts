/**
 * A task whose chat is written in transactions. Records of an open one can't be read yet, and must
 * not be late once they can.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Counts } from "../../src/domain/Flush.ts"
import { Records } from "../../src/domain/Records.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { Stages } from "./Stages.ts"
import { firstCheckpoint, INPUTS, settingsOf, startOf } from "./Script.ts"

const BASE_MS = Date.UTC(2026, 0, 1)
const settings = settingsOf(1, 1, false)
const world = { settings, inputs: INPUTS }
const IDLE_MS = settings.idleTimeoutMs
const [CHAT, VIEWER] = [0, 1]

/** A task that has just begun. Its chat is idle unless `chatActive`. */
const begin = (chatActive: boolean) => {
  const first = firstCheckpoint(world)
  const inputs = first.inputs.map((input, index) => ({ ...input, active: index === CHAT ? chatActive : true }))
  const task = new Stages(startOf(world, { ...first, inputs }))
  const next = [0n, 0n]
  let monotonicMs = 0
  const counted: Array<Counts> = []
  const step = (input: Parameters<Stages["step"]>[0]) => {
    for (const { status } of task.step(input)) counted.push(status)
  }
  return {
    task,
    /** Reads an event of this second. */
    read: (input: number, second: number) => {
      const timestampMs = BASE_MS + second * 1000
      const event = { stream_id: "s", timestamp: timestampMs, user_id: "u", message: "so", viewer_count: 1 }
      const offset = next[input] ?? 0n
      next[input] = offset + 1n
      const records = RecordsBuilder.of([
        { offset, timestampMs, value: new TextEncoder().encode(JSON.stringify(event)) }
      ])
      step({ _tag: "Batch", batch: { input, records, nextOffset: offset + 1n }, clockMs: timestampMs })
    },
    /** Lets time pass. `ends` are end offsets requested just now. */
    tick: (afterMs: number, openTransactions: ReadonlyArray<number>, ends?: ReadonlyArray<bigint>) => {
      monotonicMs += afterMs
      step({
        _tag: "Tick",
        clockMs: BASE_MS,
        monotonicMs,
        ends: ends === undefined ? undefined : { requestedAtMs: monotonicMs, offsets: ends },
        openTransactions
      })
    },
    late: () => {
      step({ _tag: "Stop" })
      return counted.reduce((sum, { late }) => sum + late, 0)
    }
  }
}

describe("a task with open transactions", () => {
  it("counts an idle input again as soon as a transaction is open in it, so that nothing in it is late", () => {
    const { late, read, task, tick } = begin(false)
    read(VIEWER, 30)
    assert.strictEqual(task.windows.watermarkMs, BASE_MS + 30_000)
    tick(100, [CHAT])
    assert.isTrue(task.windows.isActive(CHAT))
    read(VIEWER, 90)
    assert.strictEqual(task.windows.watermarkMs, BASE_MS + 30_000)
    // it has committed
    for (const second of [31, 60, 90]) read(CHAT, second)
    assert.strictEqual(task.windows.watermarkMs, BASE_MS + 90_000)
    assert.strictEqual(late(), 0)
  })

  it("calls no input idle while a transaction is open, though all before it is read", () => {
    const { read, task, tick } = begin(true)
    read(CHAT, 0)
    read(VIEWER, 0)
    tick(100, [])
    tick(IDLE_MS, [CHAT], [1n, 1n])
    assert.isTrue(task.windows.isActive(CHAT))
    assert.isFalse(task.windows.isActive(VIEWER))
    // It has ended, but what was known of the log's end is from before.
    tick(100, [])
    assert.isTrue(task.windows.isActive(CHAT))
    assert.isTrue(task.windows.wantsEnds(IDLE_MS + 200))
    tick(100, [], [1n, 1n])
    assert.isFalse(task.windows.isActive(CHAT))
  })

  it("lets an input become idle again once its transaction was aborted, by an end requested after that", () => {
    const { task, tick } = begin(false)
    tick(IDLE_MS, [CHAT], [0n, 0n])
    assert.isTrue(task.windows.isActive(CHAT))
    // Records that can't be read, and the marker.
    tick(100, [], [3n, 0n])
    assert.isTrue(task.windows.isActive(CHAT))
    task.step({ _tag: "Batch", batch: { input: CHAT, records: Records.none, nextOffset: 3n }, clockMs: BASE_MS })
    tick(100, [])
    assert.isFalse(task.windows.isActive(CHAT))
  })
})
