/**
 * The pure core by itself: one task's step over one partition of the load, no Kafka, no PostgreSQL.
 * `node bench/core.ts [chat events]`.
 */
import type { Batch } from "../src/domain/Batch.ts"
import { RecordsBuilder } from "../src/domain/RecordsBuilder.ts"
import { BaselineModel } from "../src/sentiment/BaselineModel.ts"
import { firstCheckpoint, INPUTS, NO_PAST } from "../test/pipeline/Script.ts"
import { Stages } from "../test/pipeline/Stages.ts"
import { CORE_SETTINGS } from "./CoreSettings.ts"
import { Load, type LoadKind } from "./Load.ts"

const KINDS = ["chat", "viewer"] as const
const BATCH_RECORDS = 1000

const load = new Load({
  seed: 1,
  chatEvents: Number(process.argv[2] ?? 1_000_000),
  streams: 1000,
  partitions: 1,
  seconds: 600
})

/** The records of a kind, in batches of a fetch's size. */
const batchesOf = (kind: LoadKind, input: number): ReadonlyArray<Batch> => {
  const batches: Array<Batch> = []
  const count = load.count(kind, 0)
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    const to = Math.min(from + BATCH_RECORDS, count)
    const records = new RecordsBuilder()
    for (let index = from; index < to; index++) {
      records.push({ offset: BigInt(index), ...load.recordAt(kind, 0, index) })
    }
    batches.push({ input, records: records.finish(), nextOffset: BigInt(to) })
  }
  return batches
}

const inputs = KINDS.map(batchesOf)
const events = KINDS.reduce((sum, kind) => sum + load.count(kind, 0), 0)

const run = (): void => {
  const step = new Stages({
    settings: CORE_SETTINGS,
    model: BaselineModel,
    owner: "bench",
    checkpoint: firstCheckpoint({ settings: CORE_SETTINGS, inputs: INPUTS }),
    recovered: NO_PAST,
    monotonicMs: 0
  })
  const startedAtMs = performance.now()
  const cpu = process.cpuUsage()
  const next = [0, 0]
  let rows = 0
  let flushes = 0
  let monotonicMs = 0
  const take = (made: ReturnType<Stages["step"]>): void => {
    for (const flush of made) {
      rows += flush.rows.length
      flushes++
    }
  }
  for (;;) {
    const input = step.windows.demand().find((index) => (next[index] ?? 0) < (inputs[index]?.length ?? 0))
    if (input === undefined) break
    const batch = inputs[input]?.[next[input] ?? 0]
    if (batch === undefined) break
    next[input] = (next[input] ?? 0) + 1
    take(step.step({ _tag: "Batch", batch, clockMs: Number.MAX_SAFE_INTEGER }))
    // A tick a hundred batches, as at 100,000 events/s.
    if ((monotonicMs += 10) % 1000 === 0)
      take(step.step({ _tag: "Tick", clockMs: 0, monotonicMs, ends: undefined, openTransactions: [] }))
  }
  take(step.step({ _tag: "Stop" }))
  const seconds = (performance.now() - startedAtMs) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const heap = process.memoryUsage()
  // oxlint-disable-next-line no-console -- what a tool prints
  console.log(
    `${events} events in ${seconds.toFixed(2)} s: ${Math.round(events / seconds)} events/s, ` +
      `${(((user + system) / 1e6 / events) * 1e6).toFixed(2)} CPU s per M, ${rows} rows, ${flushes} flushes, heap ${Math.round(heap.heapUsed / 1e6)} MB`
  )
}

const rounds = Number(process.argv[3] ?? 3)
for (let round = 0; round < rounds; round++) run()
