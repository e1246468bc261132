import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { present } from "../../../src/domain/Invariant.ts"
import { dayOf, dropExpired } from "../../../src/source/local/Days.ts"
import { offsetsAt } from "../../../src/source/local/OffsetsAt.ts"
import * as Postgres from "../../harness/Postgres.ts"
import { untilTrue } from "../../harness/Until.ts"
import {
  chat,
  DAY_MS,
  MAX_VALUE_BYTES,
  nowMs,
  numbered,
  readAll,
  recordsOf,
  TASK,
  valuesOf,
  viewer,
  withLog,
  type World
} from "./LocalHarness.ts"

const TIMEOUT = { timeout: "10 minutes", excludeTestServices: true } as const

/** Drops what is older, as retention does. */
const dropOlder = ({ sql }: World, days: number) =>
  dropExpired(Duration.days(days)).pipe(Effect.provideService(SqlClient, sql))

layer(Postgres.layer(), TIMEOUT)("the local log", (it) => {
  it.effect("returns the records of both topics with their offsets and times, in order", () =>
    withLog(({ log, writer }) =>
      Effect.gen(function* () {
        const now = yield* nowMs
        const { append } = yield* writer
        assert.deepStrictEqual(yield* log.endOffsets(TASK), [0n, 0n])
        yield* append([])
        yield* append([chat("a", now), viewer("v", now + 1), chat("héllo 👋 \u0000", now + 2)])
        yield* append([chat("c", now + 3)])
        const batches = yield* readAll(log)
        assert.deepStrictEqual(recordsOf(batches), [
          { offset: 0n, timestampMs: now, value: "a" },
          { offset: 1n, timestampMs: now + 2, value: "héllo 👋 \u0000" },
          { offset: 2n, timestampMs: now + 3, value: "c" }
        ])
        assert.deepStrictEqual(recordsOf(batches, 1), [{ offset: 0n, timestampMs: now + 1, value: "v" }])
        assert.deepStrictEqual(yield* log.startOffsets(TASK), [0n, 0n])
        assert.deepStrictEqual(yield* log.readableEnds(TASK), [3n, 1n])
        assert.deepStrictEqual(valuesOf(yield* readAll(log, [2n, 1n])), ["c"])
      })
    )
  )

  it.effect("brings records that are appended while a reader waits, and lets time pass for it", () =>
    withLog(({ log, writer }) =>
      Effect.gen(function* () {
        const { append } = yield* writer
        const seen: Array<string> = []
        let empties = 0
        const reading = yield* log
          .read(TASK, [0n, 0n], () => [0, 1])
          .pipe(
            Stream.tap((batch) =>
              Effect.sync(() => {
                if (batch.records.count === 0) empties++
                seen.push(...valuesOf([batch]))
              })
            ),
            Stream.takeUntil(() => seen.length === 3_000),
            Stream.runDrain,
            Effect.forkScoped
          )
        for (let from = 0; from < 3_000; from += 500) {
          const before = empties
          yield* untilTrue("an empty batch", () => empties > before)
          yield* append(numbered(from, from + 500, yield* nowMs))
        }
        yield* Fiber.join(reading)
        assert.deepStrictEqual(
          seen,
          numbered(0, 3_000, 0).map(({ value }) => value)
        )
      })
    )
  )

  it.effect("appends an array once, however often its append is repeated", () =>
    withLog(({ log, sql, writer }) =>
      Effect.gen(function* () {
        const { append } = yield* writer
        const first = numbered(0, 3, yield* nowMs)
        yield* append(first)
        // The last statement before COMMIT fails.
        yield* sql.unsafe(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$`)
        yield* sql.unsafe(
          "CREATE TRIGGER refuse BEFORE UPDATE ON local_log_heads FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        const second = numbered(3, 6, yield* nowMs)
        const error = yield* Effect.flip(append(second))
        assert.strictEqual(error.reason, "Unreachable")
        assert.isTrue(error.isRetryable)
        assert.deepStrictEqual(yield* log.endOffsets(TASK), [3n, 0n])
        yield* sql.unsafe("DROP TRIGGER refuse ON local_log_heads")
        yield* append(second)
        // The same values in another array are other records.
        yield* append([...second])
        assert.deepStrictEqual(valuesOf(yield* readAll(log)), ["0", "1", "2", "3", "4", "5", "3", "4", "5"])
      })
    )
  )

  it.effect("numbers the records of several writers without holes and repetitions", () =>
    withLog(({ log, writer }) =>
      Effect.gen(function* () {
        const writers = yield* Effect.all([writer, writer, writer, writer])
        yield* Effect.forEach(
          writers,
          ({ append }, index) =>
            Effect.forEach(Array.from({ length: 25 }).keys(), (turn) =>
              Effect.flatMap(nowMs, (now) =>
                append([
                  viewer(`${index}`, now),
                  ...Array.from({ length: 7 }, (_, n) => chat(`${index} ${String(turn * 7 + n).padStart(3, "0")}`, now))
                ])
              )
            ),
          { concurrency: "unbounded", discard: true }
        )
        const batches = yield* readAll(log)
        const records = recordsOf(batches)
        assert.deepStrictEqual(
          records.map(({ offset }) => offset),
          Array.from({ length: 4 * 25 * 7 }, (_, offset) => BigInt(offset))
        )
        assert.strictEqual(valuesOf(batches, 1).length, 100)
        for (const index of writers.keys()) {
          const own = records.map(({ value }) => value).filter((value) => value.startsWith(`${index} `))
          assert.strictEqual(new Set(own).size, 175)
          assert.deepStrictEqual(own, own.toSorted())
        }
      })
    )
  )

  it.effect("keeps the order of offsets across days, and while the clock jumps back", () =>
    withLog(({ log, options, sql, writer }) =>
      Effect.gen(function* () {
        const { append } = yield* writer
        const today = Date.parse(dayOf(yield* nowMs))
        const times = [-3 * DAY_MS, -2 * DAY_MS, -2 * DAY_MS + 5, -5 * DAY_MS, -2 * DAY_MS - 1, -DAY_MS, 7].map(
          (delta) => today + delta
        )
        for (const [index, timeMs] of times.entries()) yield* append([chat(String(index), timeMs)])
        assert.deepStrictEqual(
          recordsOf(yield* readAll(log)).map(({ offset, timestampMs, value }) => [Number(offset), timestampMs, value]),
          times.map((timeMs, index) => [index, timeMs, String(index)])
        )
        const days =
          yield* sql`SELECT day::text AS day, count(*)::int4 AS count FROM local_log GROUP BY day ORDER BY day`
        assert.deepStrictEqual(
          days.map(({ count, day }) => [day, count]),
          [
            [dayOf(today - 3 * DAY_MS), 1],
            [dayOf(today - 2 * DAY_MS), 4],
            [dayOf(today - DAY_MS), 1],
            [dayOf(today), 1]
          ]
        )
        // The first record of a time or a later one, by a scan over what was appended.
        const probes = times.flatMap((timeMs) => [timeMs - 1, timeMs, timeMs + 1])
        for (const timeMs of [...probes, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
          const expected = times.findIndex((time) => time >= timeMs)
          assert.deepStrictEqual(
            yield* offsetsAt(options, TASK.inputs, timeMs),
            [BigInt(expected < 0 ? times.length : expected), 0n],
            `time ${timeMs - today}`
          )
        }
      })
    )
  )

  it.effect("drops old days whether or not they were read: a reader behind learns what it lost", () =>
    withLog((world) =>
      Effect.gen(function* () {
        const { log, options, sql, writer } = world
        const { append } = yield* writer
        const today = Date.parse(dayOf(yield* nowMs))
        for (const age of [4, 3, 2, 0]) yield* append(numbered(age * 10, age * 10 + 10, today - age * DAY_MS))
        yield* append([viewer("v", today - 4 * DAY_MS)])
        assert.deepStrictEqual(yield* dropOlder(world, 5), [])
        // A day is dropped when it ended before the retention.
        assert.deepStrictEqual(yield* dropOlder(world, 2), [dayOf(today - 4 * DAY_MS), dayOf(today - 3 * DAY_MS)])
        assert.deepStrictEqual(yield* log.startOffsets(TASK), [20n, 1n])
        assert.deepStrictEqual(yield* offsetsAt(options, TASK.inputs, today - 4 * DAY_MS), [20n, 1n])
        const error = yield* Effect.flip(Stream.runDrain(log.read(TASK, [5n, 0n], () => [0])))
        assert.strictEqual(error.reason, "OffsetOutOfRange")
        assert.deepStrictEqual(error.loss, { topic: "chat", partition: 0, expected: 5n, start: 20n, end: 40n })
        assert.deepStrictEqual(valuesOf(yield* readAll(log, [20n, 1n])), [
          ...numbered(20, 30, 0).map(({ value }) => value),
          ...numbered(0, 10, 0).map(({ value }) => value)
        ])
        assert.strictEqual((yield* sql`SELECT FROM pg_inherits WHERE inhparent = 'local_log'::regclass`).length, 2)
      })
    )
  )

  it.effect("loses all days and continues with the next offset, also on a day that was dropped", () =>
    withLog((world) =>
      Effect.gen(function* () {
        const { log, sql, writer } = world
        const { append } = yield* writer
        const now = yield* nowMs
        yield* append(numbered(0, 5, now - 9 * DAY_MS))
        yield* dropOlder(world, 1)
        assert.deepStrictEqual(yield* log.startOffsets(TASK), [5n, 0n])
        assert.deepStrictEqual(yield* log.endOffsets(TASK), [5n, 0n])
        // The partition is created again, by the same writer and by another one.
        yield* append(numbered(5, 6, now - 9 * DAY_MS))
        yield* dropOlder(world, 1)
        yield* (yield* writer).append(numbered(6, 8, now - 9 * DAY_MS))
        assert.deepStrictEqual(valuesOf(yield* readAll(log, [6n, 0n])), ["6", "7"])
        assert.strictEqual((yield* sql`SELECT FROM local_log`).length, 2)
      })
    )
  )

  it.effect("reads a dropped day as lost, if it was dropped between two reads", () =>
    withLog((world) =>
      Effect.gen(function* () {
        const { log, writer } = world
        const { append } = yield* writer
        const now = yield* nowMs
        yield* append(numbered(0, 2_500, now - 3 * DAY_MS))
        yield* append(numbered(2_500, 2_510, now))
        const seen: Array<string> = []
        const error = yield* log
          .read(TASK, [0n, 0n], () => [0, 1])
          .pipe(
            Stream.tap((batch) =>
              Effect.suspend(() => {
                seen.push(...valuesOf([batch]))
                return seen.length === 1_000 ? dropOlder(world, 1) : Effect.void
              })
            ),
            Stream.runDrain,
            Effect.flip
          )
        assert.strictEqual(seen.length, 1_000)
        assert.deepStrictEqual("loss" in error ? error.loss : undefined, {
          topic: "chat",
          partition: 0,
          expected: 1_000n,
          start: 2_500n,
          end: 2_510n
        })
      })
    )
  )

  it.effect("does not skip a row that was deleted by hand", () =>
    withLog(({ log, sql, writer }) =>
      Effect.gen(function* () {
        yield* (yield* writer).append(numbered(0, 10, yield* nowMs))
        yield* sql`DELETE FROM local_log WHERE "offset" IN (4, 5)`
        const seen: Array<string> = []
        const error = yield* log
          .read(TASK, [0n, 0n], () => [0, 1])
          .pipe(
            Stream.tap((batch) => Effect.sync(() => seen.push(...valuesOf([batch])))),
            Stream.takeUntil(() => seen.length > 4),
            Stream.runDrain,
            Effect.flip
          )
        assert.deepStrictEqual(seen, ["0", "1", "2", "3"])
        assert.strictEqual(error.reason, "Unreadable")
        assert.match(error.message, /offset 4 is missing/)
        const beyond = yield* Effect.flip(Stream.runDrain(log.read(TASK, [11n, 0n], () => [0])))
        assert.strictEqual(beyond.reason, "OffsetOutOfRange")
        assert.isUndefined(beyond.loss)
      })
    )
  )

  it.effect("cuts huge values, and bounds what one read returns", () =>
    withLog(({ log, writer }) =>
      Effect.gen(function* () {
        const { append } = yield* writer
        const now = yield* nowMs
        const sizes = [
          MAX_VALUE_BYTES + 5_000_000,
          10,
          MAX_VALUE_BYTES - 1,
          MAX_VALUE_BYTES,
          900_000,
          900_000,
          900_000,
          1
        ]
        yield* append(sizes.map((size) => chat("x".repeat(size), now)))
        const batches = yield* readAll(log)
        assert.deepStrictEqual(
          recordsOf(batches).map(({ value }) => value.length),
          sizes.map((size) => Math.min(size, MAX_VALUE_BYTES))
        )
        for (const { records } of batches) assert.isAtMost(records.bytes.length, 4 * 1024 * 1024)
      })
    )
  )

  it.effect("marks about one in 10,000 records, so a time is found by few rows", () =>
    withLog(({ options, sql, writer }) =>
      Effect.gen(function* () {
        const { append } = yield* writer
        const now = yield* nowMs
        for (let from = 0; from < 30_000; from += 3_000) {
          yield* append(Array.from({ length: 3_000 }, (_, n) => chat(String(from + n), now - 30_000 + from + n)))
        }
        const marks = yield* sql<{ offset: bigint }>`SELECT "offset" FROM local_log_marks ORDER BY "offset"`
        // A mark lies between two appends.
        assert.deepStrictEqual(
          marks.map(({ offset }) => Number(offset)),
          [0, 12_000, 24_000]
        )
        for (const offset of [0, 1, 11_999, 12_000, 12_001, 29_999]) {
          assert.strictEqual(
            present((yield* offsetsAt(options, TASK.inputs, now - 30_000 + offset))[0], "one per input"),
            BigInt(offset)
          )
        }
      })
    )
  )
})
