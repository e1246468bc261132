import { TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { planFiles, planTopics } from "../../src/replay/Plan.ts"
import { replayAll } from "../../src/replay/ReplayTask.ts"
import { Totals } from "../../src/replay/Totals.ts"
import type { LogRecord } from "../../src/domain/Batch.ts"
import { momentsReachMs } from "../../src/domain/Moment.ts"
import { changed, NO_SENSITIVITY, SENSITIVE_TYPES } from "../../src/domain/Sensitivity.ts"
import type { PipelineSettings } from "../../src/domain/Settings.ts"
import { FROM_FILES, type Input } from "../../src/domain/Task.ts"
import { SensitivityFeed } from "../../src/pipeline/SensitivityFeed.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { runTask } from "../../src/pipeline/Task.ts"
import { Sentiment } from "../../src/sentiment/Sentiment.ts"
import { TaskObserver } from "../../src/pipeline/TaskObserver.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { broadcastsReachMs, type RepairRange } from "../../src/sink/Repair.ts"
import { RepairTables } from "../../src/sink/RepairTables.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { broadcastFindings, finalBroadcasts } from "../oracle/Broadcasts.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { type OracleInput, recount } from "../oracle/Recount.ts"
import { oracleSettings, settingsOf } from "../pipeline/Script.ts"
import { BASE_MS, history, INPUTS, SECONDS } from "./History.ts"

type Records = ReadonlyArray<Array<LogRecord>>

const minute = (minutes: number): number => BASE_MS + minutes * 60_000
const END_MS = BASE_MS + SECONDS * 1000
const EVERYTHING: RepairRange = { fromMs: BASE_MS - 600_000, toMs: END_MS }

/** No input ever idles: what that decides is not in the log. */
const settingsFor = (window: number, watermarkDelayMs?: number): PipelineSettings => {
  const settings = settingsOf(window, 0, false)
  return {
    ...settings,
    idleTimeoutMs: 86_400_000,
    // Short, so that broadcasts end within a history.
    sessionGapMs: 5_000,
    read: { ...settings.read, watermarkDelayMs: watermarkDelayMs ?? settings.read.watermarkDelayMs }
  }
}

/** Lets time pass until it is done. */
const withTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
    return yield* Fiber.join(fiber)
  })

/** Changes the sensitivity after some flushes of a worker, which then starts again. */
const operator = (seed: number) =>
  Effect.map(MemoryStore.MemoryTables, (all) => {
    const draws = new Draws(hash(seed, 7))
    let newest = NO_SENSITIVITY
    return {
      feed: { newest: () => newest },
      change: Effect.gen(function* () {
        if (!draws.chance(0.3)) return false
        const change = yield* all.setSensitivity({
          stream: ["a", "b", null][draws.below(3)] ?? null,
          type: draws.chance(0.5) ? null : (SENSITIVE_TYPES[draws.below(SENSITIVE_TYPES.length)] ?? null),
          threshold: draws.chance(0.2) ? null : 0.5 + 5 * draws.unit()
        })
        newest = changed(newest, [change])
        return true
      })
    }
  })

/** The worker as it runs, until it has read everything. */
const live = (
  records: Records,
  settings: PipelineSettings,
  { change, feed }: Effect.Success<ReturnType<typeof operator>> = {
    change: Effect.succeed(false),
    feed: { newest: () => NO_SENSITIVITY }
  }
) =>
  Effect.gen(function* () {
    const stop = yield* Deferred.make<void>()
    let isRead = false
    yield* runTask(
      { sourcePartition: 0, inputs: INPUTS },
      {
        settings,
        owner: "live",
        stop,
        memory: new TaskMemory(),
        knownLag: () => null
      }
    ).pipe(
      Effect.provide(
        TaskObserver.layer({
          onCommit: Effect.fnUntraced(function* ({ checkpoint }) {
            isRead = checkpoint.inputs.every(
              ({ nextOffset }, index) => nextOffset === BigInt(records[index]?.length ?? 0)
            )
            if (isRead || (yield* change)) yield* Deferred.succeed(stop, undefined)
          })
        })
      ),
      Effect.provideService(SensitivityFeed, feed)
    )
    return isRead
  }).pipe(withTime, Effect.provide(logOf(records, 0)))

const logOf = (records: Records, sourcePartition: number, inputs = INPUTS) =>
  Layer.mergeAll(
    MemoryLog.layer({
      tasks: [{ sourcePartition, inputs, records }],
      bounded: sourcePartition === FROM_FILES,
      batchRecords: 50
    }),
    DeadLetterTopic.layerNone,
    Sentiment.layer("baseline")
  )

/** As Kafka answers: the first record that is not older. */
const offsetsAt = (records: Records) => (inputs: ReadonlyArray<Input>, timeMs: number) =>
  Effect.succeed(
    inputs.map((_, index) => {
      const all = records[index] ?? []
      return all.find(({ timestampMs }) => timestampMs >= timeMs)?.offset ?? BigInt(all.length)
    })
  )

const replay = (records: Records, settings: PipelineSettings, range: RepairRange) =>
  Effect.gen(function* () {
    const { notices, plans } = yield* planTopics({ ...settings, range, offsetsAt: offsetsAt(records) })
    const totals = new Totals(plans)
    yield* replayAll(plans, { settings, totals })
    return { totals, notices, plans }
  }).pipe(withTime, Effect.provide(logOf(records, 0)))

const tables = Effect.gen(function* () {
  const all = yield* MemoryStore.MemoryTables
  return {
    rows: yield* all.rows,
    moments: yield* all.moments,
    broadcasts: yield* all.broadcasts,
    deadLetters: yield* all.deadLetters,
    checkpoints: yield* all.checkpoints
  }
})
type Tables = Effect.Success<typeof tables>

/** Rows and moments, whichever flush wrote them. */
const contents = Effect.map(tables, ({ moments, rows }) => ({
  rows: rows.map((row) => ({ ...row, flush: 0 })),
  moments: moments.map((moment) => ({ ...moment, flush: 0 }))
}))

const hasSameKey = (a: Tables["rows"][number], b: Tables["rows"][number]): boolean =>
  a.stream === b.stream && a.startMs === b.startMs && a.endMs === b.endMs

const inRange =
  ({ fromMs, toMs }: RepairRange) =>
  ({ endMs, startMs }: { readonly startMs: number; readonly endMs: number }) =>
    startMs >= fromMs && endMs <= toMs

interface MomentKey {
  readonly stream: string
  readonly openedAs: string
  readonly timestampMs: number
}
const keyOf = ({ openedAs, stream, timestampMs }: MomentKey): string => JSON.stringify([stream, openedAs, timestampMs])

const unscored = <Row extends object>(rows: ReadonlyArray<Row>) =>
  rows.map((row) => ({ ...row, zScore: null, isAnomaly: false }))

const timeOf = ({ value }: LogRecord): number | undefined => {
  const event: { readonly timestamp?: number } = value === null ? {} : JSON.parse(new TextDecoder().decode(value))
  return event.timestamp
}

const isAhead = (record: LogRecord): boolean => (timeOf(record) ?? 0) > AFTERWARDS_MS + 1_800_000

const oracleInputs = (records: Records, inputs = INPUTS): ReadonlyArray<OracleInput> =>
  inputs.map((input, index) => ({
    ...input,
    records: records[index] ?? [],
    taskWatermarks: [],
    deadByClock: new Set((records[index] ?? []).filter(isAhead).map(({ offset }) => offset)),
    gaps: []
  }))

const expectNone = (differences: ReadonlyArray<string>) => assert.strictEqual(differences.join("\n"), "")

/** After everything but what is an hour ahead. */
const AFTERWARDS_MS = END_MS + 60_000
const afterwards = TestClock.setTime(AFTERWARDS_MS)

/** On tables of its own. */
const inTables = <A, E>(effect: Effect.Effect<A, E, ResultStore | RepairTables | MemoryStore.MemoryTables>) =>
  Effect.provide(Effect.andThen(afterwards, effect), Layer.fresh(MemoryStore.layer))

const seeds = Array.from({ length: 5 }, (_, seed) => [seed] as const)

describe("a time range of the topics", () => {
  it.effect.each(seeds)("that the worker has processed: nothing changes (history %i)", ([seed]) =>
    inTables(
      Effect.gen(function* () {
        const records = history(seed)
        const settings = settingsFor(seed % 5)
        yield* live(records, settings)
        const before = yield* tables
        assert.isAbove(before.moments.length, 0)
        for (const range of [
          EVERYTHING,
          { fromMs: minute(5) + 3_000, toMs: minute(9) + 1 },
          { fromMs: minute(7), toMs: minute(8.5) },
          { fromMs: minute(12), toMs: minute(60) }
        ]) {
          const { totals } = yield* replay(records, settings, range)
          const { rows, ...counted } = totals.counted
          assert.deepInclude(counted, {
            rowsWritten: 0,
            momentsWritten: 0,
            momentsRemoved: 0,
            broadcastsWritten: 0,
            broadcastsRemoved: 0
          })
          assert.strictEqual(rows, before.rows.filter(inRange(range)).length)
          assert.deepStrictEqual(yield* tables, before)
        }
      })
    )
  )

  it.effect.each(seeds)("over changes of the sensitivity: nothing changes (history %i)", ([seed]) =>
    inTables(
      Effect.gen(function* () {
        const records = history(seed)
        const settings = settingsFor(seed % 5)
        const all = yield* MemoryStore.MemoryTables
        const operated = yield* operator(seed)
        const small = { ...settings, maxRecordsPerFlush: 100 }
        while (!(yield* live(records, small, operated)));
        const before = yield* tables
        const applied = yield* all.sensitivityApplied
        assert.isAbove(applied.length, 3)
        for (const range of [EVERYTHING, { fromMs: minute(5) + 3_000, toMs: minute(9) + 1 }]) {
          const { totals } = yield* replay(records, settings, range)
          const { rowsWritten, momentsRemoved, momentsWritten } = totals.counted
          assert.deepStrictEqual(
            { rowsWritten, momentsWritten, momentsRemoved },
            { rowsWritten: 0, momentsWritten: 0, momentsRemoved: 0 }
          )
          assert.deepStrictEqual(yield* tables, before)
        }
        assert.deepStrictEqual(yield* all.sensitivityApplied, applied)
        // The changes decide something: without them there are other anomalies.
        const flagged = before.rows.filter(({ isAnomaly }) => isAnomaly).length
        const unchanged = before.rows.filter(({ zScore }) => (zScore ?? 0) >= settings.detection.threshold).length
        assert.notStrictEqual(flagged, unchanged)
      })
    )
  )

  let endedBroadcasts = 0

  it.effect.each(seeds)(
    "under a longer delay: late events are counted, as if it had been that from the start (history %i)",
    ([seed]) =>
      inTables(
        Effect.gen(function* () {
          const records = history(seed)
          const longer = settingsFor(seed % 5, 90_000)
          yield* live(records, settingsFor(seed % 5))
          const before = yield* tables
          const watermarkMs = before.checkpoints[0]?.watermarkMs ?? 0
          const { totals } = yield* replay(records, longer, EVERYTHING)
          assert.isAbove(totals.counted.rowsWritten, 0)
          const after = yield* tables
          const written = inRange({ ...EVERYTHING, toMs: watermarkMs })
          const expected = recount(oracleInputs(records), oracleSettings(longer))
          expectNone(compareRows(expected.rows.filter(written), after.rows.filter(written)))
          // Only the worker knows which moments can change after its watermark.
          const bound = recount(oracleInputs(records), oracleSettings(longer), watermarkMs).moments
          const { slideMs } = longer.window
          const settledToMs = watermarkMs - momentsReachMs(longer.window)
          const lastSlide = ({ endedAtMs, openedAs }: MomentKey & { readonly endedAtMs: number }) =>
            openedAs === "chat_drop" ? endedAtMs + slideMs : endedAtMs
          const open = bound.filter((moment) => lastSlide(moment) > settledToMs).map(keyOf)
          const isOver = (moment: MomentKey & { readonly endedAtMs: number }) =>
            lastSlide(moment) <= settledToMs && !open.includes(keyOf(moment))
          expectNone(compareMoments(bound.filter(isOver), after.moments.filter(isOver)))
          // Broadcasts that may continue are those of the worker.
          const overToMs = watermarkMs - broadcastsReachMs(longer.window, longer.sessionGapMs)
          const isEnded = ({ endedAtMs }: { readonly endedAtMs: number }) => endedAtMs <= overToMs
          const ended = finalBroadcasts(expected.learned).filter(isEnded)
          const others = before.broadcasts.filter((broadcast) => !isEnded(broadcast))
          expectNone(
            broadcastFindings(
              ended.map((broadcast) => ({ stream: broadcast.stream, stretch: 0, isDue: true, broadcast })),
              after.broadcasts.filter(isEnded)
            )
          )
          assert.deepStrictEqual(
            after.broadcasts.filter((broadcast) => !isEnded(broadcast)),
            others
          )
          endedBroadcasts += ended.length
          assert.deepStrictEqual(after.checkpoints, before.checkpoints)
          assert.deepStrictEqual(after.deadLetters, before.deadLetters)

          const again = yield* replay(records, longer, EVERYTHING)
          const { broadcastsWritten, momentsWritten, rowsWritten } = again.totals.counted
          assert.strictEqual(rowsWritten + momentsWritten + broadcastsWritten, 0)
          assert.deepStrictEqual(yield* tables, after)
        })
      )
  )

  it("under a longer delay: some broadcasts had ended", () => assert.isAbove(endedBroadcasts, 0))

  it.effect.each(seeds)(
    "in the middle: what lies outside stays, what lies inside is repaired, idempotently (history %i)",
    ([seed]) =>
      inTables(
        Effect.gen(function* () {
          const records = history(seed)
          const longer = settingsFor(seed % 5, 90_000)
          const range = { fromMs: minute(6) + 1, toMs: minute(11) - 1 }
          yield* live(records, settingsFor(seed % 5))
          const before = yield* tables
          yield* replay(records, longer, range)
          const after = yield* tables
          const outside = (row: { readonly startMs: number; readonly endMs: number }) => !inRange(range)(row)
          assert.deepStrictEqual(after.rows.filter(outside), before.rows.filter(outside))
          expectNone(
            compareRows(
              unscored(recount(oracleInputs(records), oracleSettings(longer)).rows.filter(inRange(range))),
              unscored(after.rows.filter(inRange(range)))
            )
          )
          const { sizeMs, slideMs } = longer.window
          const touched = (moment: Tables["moments"][number]) =>
            moment.timestampMs + slideMs - sizeMs >= range.fromMs && moment.endedAtMs + slideMs <= range.toMs
          assert.deepStrictEqual(
            after.moments.filter((moment) => !touched(moment)),
            before.moments.filter((moment) => !touched(moment))
          )
          yield* replay(records, longer, range)
          assert.deepStrictEqual(yield* tables, after)
        })
      )
  )

  it.effect.each(seeds)(
    "under a longer delay, then under the worker's: the range holds what the worker computed (history %i)",
    ([seed]) =>
      inTables(
        Effect.gen(function* () {
          const records = history(seed)
          yield* live(records, settingsFor(seed % 5))
          const before = yield* contents
          for (const range of [{ fromMs: minute(6) + 1, toMs: minute(11) - 1 }, EVERYTHING]) {
            const longer = yield* replay(records, settingsFor(seed % 5, 90_000), range)
            assert.strictEqual(longer.totals.counted.rowsRemoved, 0)
            yield* replay(records, settingsFor(seed % 5), range)
            const after = yield* contents
            assert.deepStrictEqual(after.rows, before.rows)
            // Moments that may change after the range's end remain unchanged.
            const isOver = ({ endedAtMs, timestampMs }: Tables["moments"][number]) =>
              endedAtMs <= range.toMs - 150_000 || timestampMs >= range.toMs
            assert.deepStrictEqual(after.moments.filter(isOver), before.moments.filter(isOver))
          }
        })
      )
  )

  it.effect("under a longer delay, then under a shorter one: rows that only the longer one has are removed", () =>
    Effect.gen(function* () {
      let removed = 0
      for (const [seed] of seeds) {
        const records = history(seed)
        const { totals } = yield* inTables(
          live(records, settingsFor(seed % 5)).pipe(
            Effect.andThen(replay(records, settingsFor(seed % 5, 90_000), EVERYTHING)),
            Effect.andThen(replay(records, settingsFor(seed % 5), EVERYTHING))
          )
        )
        removed += totals.counted.rowsRemoved
        assert.strictEqual(totals.counted.rowsLeft, 0)
      }
      assert.isAbove(removed, 0)
    })
  )

  it.effect("under another size or slide: the rows of the others stay, and are counted", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        yield* live(records, settingsFor(0))
        const before = (yield* contents).rows
        const range = { fromMs: minute(5), toMs: minute(10) }
        const { totals } = yield* replay(records, settingsFor(1), range)
        const after = (yield* contents).rows
        const isNew = (row: Tables["rows"][number]) => !before.some((old) => hasSameKey(old, row))
        const added = after.filter(isNew)
        assert.isAbove(added.length, 0)
        assert.strictEqual(totals.counted.rowsRemoved, 0)
        assert.strictEqual(totals.counted.rowsLeft, after.filter(inRange(range)).length - totals.counted.rows)
        assert.isAbove(totals.counted.rowsLeft, 0)
        assert.strictEqual(after.length, before.length + added.length)
      })
    )
  )

  it.effect("a topic that was recreated since is refused, because its rows would be lost", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        yield* live(records, settingsFor(0))
        const before = yield* tables
        const recreated = records.map((all) => all.slice(0, 20))
        const error = yield* Effect.flip(replay(recreated, settingsFor(0), EVERYTHING))
        assert.strictEqual(error.reason, "OffsetOutOfRange")
        assert.match(error.message, /The log of chat\[0\] ends before offset \d+/)
        assert.deepStrictEqual(yield* tables, before)
      })
    )
  )

  it.effect("a topic without events removes no row", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        yield* live(records, settingsFor(0))
        const before = yield* contents
        const value = new TextEncoder().encode("no event")
        const recreated = records.map((all) => all.map((record) => ({ ...record, value })))
        const { totals } = yield* replay(recreated, settingsFor(0), EVERYTHING)
        assert.deepStrictEqual(yield* contents, before)
        const { deadLetters, records: read, rowsLeft, rowsRemoved } = totals.counted
        assert.deepStrictEqual([rowsRemoved, deadLetters], [0, read])
        assert.isAbove(rowsLeft, 0)
      })
    )
  )

  it.effect("removes the moments that repaired rows no longer show", () =>
    Effect.gen(function* () {
      let removed = 0
      for (const seed of [0, 1, 2, 3]) {
        const records = history(seed)
        const { totals } = yield* inTables(
          Effect.andThen(live(records, settingsFor(0)), replay(records, settingsFor(0, 90_000), EVERYTHING))
        )
        removed += totals.counted.momentsRemoved
      }
      assert.isAbove(removed, 0)
    })
  )

  it.effect("whose first events are gone with the topic's retention: windows that may lack some stay as they are", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(3)
        const settings = settingsFor(0)
        yield* live(records, settings)
        const before = yield* tables
        const left = records.map((all) => all.slice(Math.floor(all.length / 2)))
        const { notices, totals } = yield* replay(left, settings, EVERYTHING)
        assert.strictEqual(notices.length, 2, notices.join())
        assert.match(notices[0] ?? "", /The log of chat\[0\] starts at offset .* stay unchanged/)
        assert.isAbove(totals.counted.rows, 0)
        assert.isBelow(totals.counted.rows, before.rows.length * 0.6)
        assert.deepStrictEqual(yield* tables, before)
      })
    )
  )

  it.effect("before the first window, or after the last: nothing to write, and why", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        yield* live(records, settingsFor(0))
        const before = yield* tables
        const { notices, plans } = yield* replay(records, settingsFor(0), { fromMs: END_MS, toMs: END_MS + 3_600_000 })
        assert.strictEqual(plans.length, 0)
        assert.match(notices[0] ?? "", /Task 0 is written up to .*: none of its windows is entirely inside the range/)
        assert.deepStrictEqual(yield* tables, before)
      })
    )
  )

  it.effect("what the worker's clock found to be in the future stays dead, whatever a later clock shows", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(2)
        // Without a timestamp of the log the clock is the only judge.
        const ahead = records[0][300]
        if (ahead === undefined) return yield* Effect.die("no such record")
        const event = { stream_id: "a", timestamp: minute(7), user_id: "early", message: "hm" }
        records[0][300] = { ...ahead, timestampMs: -1, value: new TextEncoder().encode(JSON.stringify(event)) }
        const settings = settingsFor(0)
        yield* TestClock.setTime(minute(6))
        // Behind the watermark the worker continues, except for events ahead of its clock.
        const onTime = records.map((all) => all.filter(({ timestampMs }) => timestampMs < minute(6)))
        yield* live(onTime, settings)
        const before = yield* tables
        assert.isTrue(before.deadLetters.some(({ offset, reason }) => offset === 300n && reason === "future-timestamp"))
        yield* afterwards
        yield* replay(onTime, settings, EVERYTHING)
        assert.deepStrictEqual(yield* tables, before)
      })
    )
  )

  it.effect("is planned over what the log has lost or does not unpack, from the first event that can be read", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        const settings = settingsFor(0)
        yield* live(records, settings)
        const kept = records.map((all) => all.filter(({ offset }) => offset >= 10n))
        const log = MemoryLog.layer({
          tasks: [{ sourcePartition: 0, inputs: INPUTS, records: kept, starts: [200n, 200n] }],
          bounded: false,
          batchRecords: 50
        })
        const plan = planTopics({ ...settings, range: EVERYTHING, offsetsAt: offsetsAt(kept) })
        const { notices } = yield* Effect.provide(plan, log)
        const first = (records[0] ?? []).find(({ offset }) => offset >= 200n)
        const wholeMs = (first === undefined ? 0 : (timeOf(first) ?? 0)) + settings.read.watermarkDelayMs + 1
        assert.strictEqual(
          notices[0],
          `The log of chat[0] starts at offset 10; earlier records were deleted. Windows that start before ${new Date(wholeMs).toISOString()} stay unchanged`
        )
      })
    )
  )

  it.effect("a task that was rewound behind the range meanwhile is refused", () =>
    inTables(
      Effect.gen(function* () {
        const records = history(1)
        yield* live(records, settingsFor(0))
        const { plans } = yield* planTopics({
          ...settingsFor(0),
          range: EVERYTHING,
          offsetsAt: offsetsAt(records)
        }).pipe(Effect.provide(logOf(records, 0)))
        const fresh = Effect.gen(function* () {
          const store = yield* ResultStore
          const plan = plans[0]
          if (plan === undefined) return yield* Effect.die("no plan")
          yield* store.create(plan.start)
          return yield* Effect.flip(replayAll(plans, { settings: settingsFor(0), totals: new Totals(plans) }))
        }).pipe(Effect.provide(Layer.fresh(Layer.merge(MemoryStore.layer, logOf(records, 0)))))
        const error = yield* withTime(fresh)
        assert.strictEqual(error.reason, "Checkpoint")
      })
    )
  )
})

const FILE_INPUTS: ReadonlyArray<Input> = [
  { kind: "chat", topic: "evening.ndjson", partition: 0 },
  { kind: "viewer", topic: "evening.ndjson", partition: 0 }
]

const fromFiles = (records: Records, settings: PipelineSettings) =>
  Effect.gen(function* () {
    const plan = yield* planFiles(settings)
    const totals = new Totals([plan])
    yield* replayAll([plan], { settings, totals })
    return totals
  }).pipe(withTime, Effect.provide(logOf(records, FROM_FILES, FILE_INPUTS)))

/** As lines of a file: without timestamps of a log, no two with one number. */
const asLines = (records: Records): Records =>
  records.map((all, input) =>
    all.map((record) => ({ ...record, offset: record.offset * 2n + BigInt(input), timestampMs: -1 }))
  )

describe("files", () => {
  it.effect.each(seeds)(
    "give the rows, moments and dead letters of a recount, all windows closed at the end (history %i)",
    ([seed]) =>
      inTables(
        Effect.gen(function* () {
          const records = asLines(history(seed))
          const settings = settingsFor(seed % 5)
          const totals = yield* fromFiles(records, settings)
          const after = yield* tables
          const expected = recount(oracleInputs(records, FILE_INPUTS), oracleSettings(settings))
          expectNone(compareRows(expected.rows, after.rows))
          expectNone(compareMoments(expected.moments, after.moments))
          expectNone(compareDeadLetters(expected.deadLetters, after.deadLetters))
          assert.isTrue(after.rows.every(({ sourcePartition }) => sourcePartition === FROM_FILES))
          assert.deepStrictEqual(after.checkpoints, [])
          assert.strictEqual(totals.counted.late, expected.counts.late)
          assert.strictEqual(totals.counted.records, expected.counts.records)
          assert.strictEqual(totals.fraction, 1)
          yield* fromFiles(records, settings)
          assert.deepStrictEqual(yield* tables, after)
        })
      )
  )

  it.effect("that go on where earlier ones ended have those as their history", () =>
    inTables(
      Effect.gen(function* () {
        const records = asLines(history(5))
        const settings = settingsFor(1) // windows that do not overlap: none lies in both parts
        const half = minute(7)
        const part = (isFirst: boolean): Records =>
          records.map((all) => all.filter((record) => (timeOf(record) ?? END_MS) < half === isFirst))
        yield* fromFiles(part(true), settings)
        yield* fromFiles(part(false), settings)
        const scored = (yield* tables).rows.filter(({ startMs, zScore }) => startMs === half && zScore !== null)
        assert.isAbove(scored.length, 0)
      })
    )
  )

  it.effect("inputs of which one ends long before the others delay no other input, and change nothing", () =>
    inTables(
      Effect.gen(function* () {
        const [chat, viewer] = asLines(history(4))
        if (chat === undefined || viewer === undefined) return yield* Effect.die("no records")
        const records = [chat, viewer.slice(0, 50)]
        yield* fromFiles(records, settingsFor(0))
        const expected = recount(oracleInputs(records, FILE_INPUTS), oracleSettings(settingsFor(0)))
        expectNone(compareRows(expected.rows, (yield* tables).rows))
      })
    )
  )

  const lessThan = Effect.fnUntraced(function* (
    all: Records,
    longer: PipelineSettings,
    less: Records,
    settings: PipelineSettings
  ) {
    yield* fromFiles(all, longer)
    const before = yield* contents
    const { counted } = yield* fromFiles(less, settings)
    const after = yield* contents
    assert.strictEqual(after.rows.length, before.rows.length)
    const written = recount(oracleInputs(less, FILE_INPUTS), oracleSettings(settings)).rows
    const [fromMs, toMs] = [written[0]?.startMs ?? 0, written.at(-1)?.endMs ?? 0]
    assert.strictEqual(counted.rowsRemoved, 0)
    assert.strictEqual(counted.rowsLeft, after.rows.filter(inRange({ fromMs, toMs })).length - written.length)
    return counted.rowsLeft
  })

  it.effect("under a shorter delay than an earlier replay: nothing is deleted, and its rows are counted", () =>
    Effect.gen(function* () {
      let left = 0
      for (const [seed] of seeds) {
        const records = asLines(history(seed))
        const [longer, settings] = [settingsFor(seed % 5, 90_000), settingsFor(seed % 5)]
        left += yield* inTables(lessThan(records, longer, records, settings))
      }
      assert.isAbove(left, 0)
    })
  )

  it.effect("with fewer lines than an earlier replay: nothing is deleted, and its rows are counted", () =>
    inTables(
      Effect.gen(function* () {
        const records = asLines(history(3))
        const fewer = records.map((all) => all.filter((_, n) => n % 60 === 0))
        assert.isAbove(yield* lessThan(records, settingsFor(0), fewer, settingsFor(0)), 0)
      })
    )
  )

  it.effect("that begin where others end count none of theirs", () =>
    inTables(
      Effect.gen(function* () {
        const records = asLines(history(5))
        const half = minute(7)
        for (const isFirst of [true, false, true]) {
          const part = records.map((all) => all.filter((record) => (timeOf(record) ?? END_MS) < half === isFirst))
          const { counted } = yield* fromFiles(part, settingsFor(1))
          assert.strictEqual(counted.rowsLeft, 0)
        }
      })
    )
  )

  it.effect("without any event give dead letters alone", () =>
    inTables(
      Effect.gen(function* () {
        const records: Records = [[{ offset: 0n, timestampMs: -1, value: new TextEncoder().encode("{") }], []]
        const totals = yield* fromFiles(records, settingsFor(0))
        const after = yield* tables
        assert.deepStrictEqual([after.rows.length, after.deadLetters.length, totals.counted.deadLetters], [0, 1, 1])
      })
    )
  )
})
