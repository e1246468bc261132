/**
 * One seed: hostile records through decoding, windows, detection and flushes; then the same log
 * again with a restart in the middle, and the tables compared.
 */
import { Effect, Equal, Layer } from "effect"
import type { LogRecord } from "../../src/domain/Batch.ts"
import { addCounts, type Flush, NO_COUNTS } from "../../src/domain/Flush.ts"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { STATE_LIMITS, type StateLimits } from "../../src/domain/Limits.ts"
import { unstoredMs } from "../../src/anomaly/Detection.ts"
import { REMEMBERED_MS } from "../../src/domain/Baseline.ts"
import { momentsReachMs } from "../../src/domain/Moment.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { Stages } from "../pipeline/Stages.ts"
import { MemoryTables } from "../../src/sink/memory/MemoryStore.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { UnpackedSizeError } from "../../src/source/kafka/Codecs.ts"
import { RecordBatch } from "../../src/source/kafka/RecordBatch.ts"
import { RecordBatchError } from "../../src/source/kafka/RecordCursor.ts"
import { Random } from "../harness/Random.ts"
import { ALL_INPUTS, firstCheckpoint, INPUTS, settingsOf, startOf, TIGHT, type World } from "../pipeline/Script.ts"
import { damaged, encodeBatch } from "./Batches.ts"
import { HostileProducer, type Taste, tasteOf } from "./Hostile.ts"
import { unstorable } from "./Storable.ts"

/** Between {@link TIGHT} and what the worker has. */
const SMALL: StateLimits = { ...STATE_LIMITS, streamsPerPane: 50, emoteCost: 0, chatterCost: 0, leastPaneCost: 50_000 }

const FROM_MS = Date.UTC(2026, 0, 1)

/** Bytes of generated records of a seed, about. */
const SEED_BYTES = 2 * 1024 * 1024
const BATCH_BYTES = 512 * 1024
/** The default of MAX_BATCH_BYTES. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024

const worldOf = (random: Random): World => {
  const limits = random.pick([TIGHT, SMALL, SMALL, STATE_LIMITS])
  const settings = settingsOf(random.between(0, 4), random.between(0, 2), random.chance(0.5), limits)
  return {
    settings: {
      ...settings,
      read: { ...settings.read, maxEventBytes: random.pick([5000, 1_048_576]) },
      topEmotes: random.pick([0, 1, 10, 100]),
      detection: random.pick([settings.detection, { threshold: 3 }])
    },
    inputs: random.chance(0.2) ? ALL_INPUTS : INPUTS
  }
}

/** The records of one input, as they come out of its record batches. */
interface Log {
  readonly records: Array<LogRecord>
  nextOffset: bigint
  deadBatches: number
}

const produce = (producer: HostileProducer, taste: Taste, log: Log, random: Random): number => {
  const values: Array<Uint8Array | null> = []
  let bytes = 0
  for (let count = random.pick([1, 2, 10, 100]); count > 0 && bytes < BATCH_BYTES; count--) {
    const value = producer.value()
    values.push(value)
    bytes += value?.length ?? 0
  }
  const timestamp = random.chance(0.05)
    ? random.pick([-1n, 0n, 2n ** 63n - 1n, -(2n ** 63n), 8_640_000_000_000_001n])
    : BigInt(FROM_MS)
  const written = encodeBatch(log.nextOffset, timestamp, values, random.between(0, 4))
  const isDamaged = random.chance(taste.damageChance / 4)
  const end = log.nextOffset + BigInt(values.length)
  try {
    const batch = RecordBatch.at(isDamaged ? damaged(written, random) : written, 0)
    const cursor = batch?.unpack(MAX_UNPACKED_BYTES, log.nextOffset)
    let read = new RecordsBuilder()
    const keep = () => {
      const records = read.finish()
      read = new RecordsBuilder()
      for (const record of records) {
        // Damage may lie about where the batch begins.
        if (record.offset >= log.nextOffset && record.offset < end) log.records.push(record)
      }
    }
    try {
      while ((cursor?.read(read, 1_000, MAX_UNPACKED_BYTES) ?? 0) > 0) keep()
    } finally {
      keep()
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError || error instanceof UnpackedSizeError)) throw error
    if (!isDamaged) throw new Error("a batch without damage was not readable", { cause: error })
    log.deadBatches++
  }
  log.nextOffset = end
  return bytes + 100 * values.length
}

/** A store and its tables, synchronous. */
const openStore = () => Effect.runSync(Effect.scoped(Layer.build(MemoryStore.layer)))

const run = <A, E>(effect: Effect.Effect<A, E>): A => Effect.runSync(effect)

/**
 * Feeds logs from the positions on, in batches and an order of the inputs that `random` decides.
 * Ends once all is fed, or after `most` batches.
 */
const feed = (
  task: Stages,
  logs: ReadonlyArray<Log>,
  random: Random,
  clockMs: number,
  most: number,
  onFlush: (flush: Flush) => void
): void => {
  const positions = logs.map(({ records }, input) => {
    const from = task.windows.positions()[input] ?? 0n
    const index = records.findIndex(({ offset }) => offset >= from)
    return index < 0 ? records.length : index
  })
  for (let count = 0; count < most; count++) {
    const open = [...positions.keys()].filter((input) => (positions[input] ?? 0) < (logs[input]?.records.length ?? 0))
    const input = random.among(open)
    if (input === undefined) break
    const from = positions[input] ?? 0
    const records = logs[input]?.records.slice(from, from + random.between(1, 200)) ?? []
    positions[input] = from + records.length
    const nextOffset = (records.at(-1)?.offset ?? 0n) + 1n
    task
      .step({ _tag: "Batch", batch: { input, records: RecordsBuilder.of(records), nextOffset }, clockMs })
      .forEach(onFlush)
    if (random.chance(0.1)) task.step({ _tag: "Stop" }).forEach(onFlush)
  }
}

/**
 * Plays the logs to their end. With `restartAfter`, uncommitted state is discarded after so many
 * batches, and another task continues from the tables.
 */
const tablesOf = (
  world: World,
  logs: ReadonlyArray<Log>,
  random: Random,
  clockMs: number,
  restartAfter: number | undefined,
  findings: Array<string>
) => {
  const context = openStore()
  const use = <A, E>(effect: Effect.Effect<A, E, ResultStore | MemoryTables>): A =>
    run(Effect.provideContext(effect, context))
  const store = use(ResultStore)
  run(store.create({ ...firstCheckpoint(world), epoch: 0 }))
  const commit = (flush: Flush): void => {
    findings.push(...unstorable(flush).slice(0, 5))
    const outcome = run(store.commit(flush))
    if (outcome._tag !== "Committed" || outcome.refusedRows > 0)
      findings.push(`flush ${flush.checkpoint.flushNumber}: ${JSON.stringify(outcome)}`)
  }
  const begin = (): Stages => {
    const checkpoint = run(store.takeOver(0, "fuzz"))
    const { watermarkMs } = checkpoint
    const recovered = run(
      store.recover(checkpoint, {
        openSinceMs: EventTimeMs(watermarkMs - momentsReachMs(world.settings.window)),
        slidesSinceMs: BEFORE_ALL
      })
    )
    const task = new Stages({ ...startOf(world, checkpoint), recovered })
    run(store.baselines(checkpoint, EventTimeMs(watermarkMs - REMEMBERED_MS), (rows) => task.detection.restore(rows)))
    const unstoredSinceMs = watermarkMs - unstoredMs(world.settings.window)
    run(store.slides(checkpoint, EventTimeMs(unstoredSinceMs), (slides) => task.detection.remember(slides)))
    return task
  }
  let task = begin()
  if (restartAfter !== undefined) {
    feed(task, logs, random, clockMs, restartAfter, commit)
    task = begin()
  }
  feed(task, logs, random, clockMs, Number.POSITIVE_INFINITY, commit)
  task.step({ _tag: "EndOfInput" }).forEach(commit)
  if (task.windows.openStreams !== 0) findings.push(`${task.windows.openStreams} streams hold state after the end`)
  const tables = use(MemoryTables)
  return {
    rows: withoutFlush(run(tables.rows)),
    moments: withoutFlush(run(tables.moments)),
    deadLetters: run(tables.deadLetters),
    statuses: run(tables.statuses)
  }
}

/** Which flush writes what depends on when flushes are due. */
const withoutFlush = <A extends { readonly flush: number }>(items: ReadonlyArray<A>) =>
  items.map((item) => ({ ...item, flush: 0 }))

const differenceOf = <A>(name: string, a: ReadonlyArray<A>, b: ReadonlyArray<A>): ReadonlyArray<string> => {
  if (a.length !== b.length) return [`after a restart there are ${b.length} ${name} instead of ${a.length}`]
  const at = a.findIndex((item, index) => !Equal.equals(item, b[index]))
  if (at < 0) return []
  const show = (item: A | undefined) =>
    JSON.stringify(item, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)).slice(0, 600)
  return [`after a restart ${name}[${at}] differs: ${show(a[at])} and ${show(b[at])}`]
}

export const runSeed = (seed: number) => {
  const random = new Random(seed)
  const world = worldOf(random)
  const taste = tasteOf(random)
  const stepMs = random.pick([10, 300, 3000])
  const logs = world.inputs.map((): Log => ({ records: [], nextOffset: 0n, deadBatches: 0 }))
  const producers = world.inputs.map(({ kind }) => new HostileProducer(kind, taste, random.fork(), FROM_MS, stepMs))
  for (let bytes = 0; bytes < SEED_BYTES;) {
    const input = random.between(0, logs.length - 1)
    const [log, producer] = [logs[input], producers[input]]
    if (log === undefined || producer === undefined) throw new RangeError(`there is no input ${input}`)
    bytes += produce(producer, taste, log, random)
  }
  const clockMs = random.chance(0.5) ? Number.POSITIVE_INFINITY : FROM_MS + 3_600_000
  const findings: Array<string> = []
  const whole = tablesOf(world, logs, random.fork(), clockMs, undefined, findings)
  const again = tablesOf(world, logs, random.fork(), clockMs, random.between(0, 100), findings)
  findings.push(...differenceOf("rows", whole.rows, again.rows))
  findings.push(...differenceOf("moments", whole.moments, again.moments))
  findings.push(...differenceOf("dead letters", whole.deadLetters, again.deadLetters))
  const sums = whole.statuses.reduce(addCounts, NO_COUNTS)
  const sumsAgain = again.statuses.reduce(addCounts, NO_COUNTS)
  if (!Equal.equals(sums, sumsAgain)) {
    findings.push(`after a restart the counts are ${JSON.stringify(sumsAgain)} instead of ${JSON.stringify(sums)}`)
  }
  const total = logs.reduce((count, { records }) => count + records.length, 0)
  if (sums.records !== total) findings.push(`${sums.records} of ${total} records are counted`)
  return {
    findings,
    counts: {
      records: total,
      rows: whole.rows.length,
      moments: whole.moments.length,
      deadLetters: whole.deadLetters.length,
      cut: sums.cutEvents + sums.cutEmotes + sums.cutChatters,
      deadBatches: logs.reduce((count, { deadBatches }) => count + deadBatches, 0)
    }
  }
}
