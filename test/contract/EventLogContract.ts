/**
 * The contract of every source of events: one suite for memory, files, the simulator, Kafka and the
 * log in a table.
 */
import { assert } from "@effect/vitest"
import { Effect, type Scope, Stream } from "effect"
import type { Batch } from "../../src/domain/Batch.ts"
import { present } from "../../src/domain/Invariant.ts"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import type { Demand, EventLog, EventLogError } from "../../src/source/EventLog.ts"
import { Random } from "../harness/Random.ts"

/** A record, as a reader should get it. */
export interface Held {
  readonly offset: bigint
  readonly value: string
}

/** An open log, and the content that it should have. */
export interface OpenedLog {
  readonly log: EventLog["Service"]
  /** Its inputs: chat, then viewers. */
  readonly task: TaskDefinition
  /** Per input, in order. */
  readonly holds: ReadonlyArray<ReadonlyArray<Held>>
  /** The offset after the last record, per input. */
  readonly ends: ReadonlyArray<bigint>
  /** Appends values to an input. */
  readonly append?: ((input: number, values: ReadonlyArray<string>) => Effect.Effect<void>) | undefined
  /** Removes all records of an input before the offset, as retention does. */
  readonly lose?: ((input: number, before: bigint) => Effect.Effect<void>) | undefined
}

type Values = readonly [chat: ReadonlyArray<string>, viewers: ReadonlyArray<string>]

export interface LogUnderTest<R> {
  /** Opens a new log with these values. */
  readonly open: (
    values: Values,
    start?: "earliest" | "latest"
  ) => Effect.Effect<OpenedLog, EventLogError, R | Scope.Scope>
  /** The parts of the contract that apply. */
  readonly can: {
    /** Records come while it is read: {@link OpenedLog.append}. Otherwise reading ends. */
    readonly grow: boolean
    /** {@link OpenedLog.lose} */
    readonly lose: boolean
    /** A position beyond the end is an error at once. */
    readonly refuseBeyondEnd: boolean
    /** It can start at its end. */
    readonly startLatest: boolean
    /** Several readers may read a task at a time. In Kafka the newest one replaces the others. */
    readonly serveSeveral: boolean
  }
}

/** Registers a test, with the clock of the machine. */
export type Check<R> = (name: string, test: Effect.Effect<void, unknown, R | Scope.Scope>) => void

export const chatValue = (index: number): string => `{"stream_id":"demo","message":"message ${index} ÷ 😂"}`
export const viewerValue = (index: number): string => `{"stream_id":"demo","viewer_count":${index}}`

const series = (value: (index: number) => string, from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, index) => value(from + index))

const filled = (chat: number, viewers: number): Values => [series(chatValue, 0, chat), series(viewerValue, 0, viewers)]

const everything =
  ({ inputs }: TaskDefinition): Demand =>
  () => [...inputs.keys()]

const at = <A>(items: ReadonlyArray<A>, index: number): A => present(items[index], "the test stays in its bounds")

/** The records of one input, as text. */
const heldOf = (batches: ReadonlyArray<Batch>, input: number): ReadonlyArray<Held> =>
  batches
    .filter((batch) => batch.input === input)
    .flatMap(({ records }) =>
      Array.from(records, ({ offset, value }) => ({ offset, value: Buffer.from(value ?? "").toString("utf8") }))
    )

const moved = (positions: ReadonlyArray<bigint>, batches: ReadonlyArray<Batch>): ReadonlyArray<bigint> =>
  batches.reduce((now, { input, nextOffset }) => now.with(input, nextOffset), positions)

const isRead = ({ ends }: Pick<OpenedLog, "ends">, positions: ReadonlyArray<bigint>): boolean =>
  ends.every((end, input) => at(positions, input) >= end)

/** Reads from the positions until `enough` holds for what has come. */
const readUntil = (
  { log, task }: OpenedLog,
  positions: ReadonlyArray<bigint>,
  enough: (batches: ReadonlyArray<Batch>, now: ReadonlyArray<bigint>) => boolean,
  demand: Demand = everything(task)
): Effect.Effect<ReadonlyArray<Batch>, EventLogError> =>
  Effect.suspend(() => {
    const batches: Array<Batch> = []
    let now = positions
    if (enough(batches, now)) return Effect.succeed(batches)
    return log.read(task, positions, demand).pipe(
      Stream.takeUntil((batch) => {
        batches.push(batch)
        now = moved(now, [batch])
        return enough(batches, now)
      }),
      Stream.runDrain,
      Effect.as(batches)
    )
  })

const readAll = (opened: OpenedLog, positions: ReadonlyArray<bigint>) =>
  readUntil(opened, positions, (_, now) => isRead(opened, now))

const assertHolds = (
  { holds }: OpenedLog,
  batches: ReadonlyArray<Batch>,
  positions: ReadonlyArray<bigint>,
  why = ""
): void => {
  for (const [input, records] of holds.entries()) {
    const expected = records.filter(({ offset }) => offset >= at(positions, input))
    assert.deepStrictEqual(heldOf(batches, input), expected, `input ${input} from ${positions.join()} ${why}`)
  }
}

const isOutOfRange = (error: unknown): error is EventLogError =>
  typeof error === "object" && error !== null && "reason" in error && error.reason === "OffsetOutOfRange"

const outOfRange = <A, R>(read: Effect.Effect<A, EventLogError, R>) =>
  Effect.map(Effect.flip(read), (error) => {
    if (!isOutOfRange(error)) return assert.fail(`another failure: ${String(error)}`)
    assert.isFalse(error.isRetryable)
    return error
  })

/** Pulls arrays of batches, with the demand at the time of each pull. */
const pullsOf = ({ log, task }: OpenedLog, positions: ReadonlyArray<bigint>, demand: Demand) =>
  Stream.toPull(log.read(task, positions, demand))

/** Registers the tests of a source with `check`. */
export const eventLogContract = <R>(subject: LogUnderTest<R>, check: Check<R>): void => {
  const { can, open } = subject
  const checkIf = (applies: boolean): Check<R> => (applies ? check : () => undefined)

  check(
    "reads every record of every input once, in order",
    Effect.gen(function* () {
      const opened = yield* open(filled(2_500, 1_300))
      const starts = yield* opened.log.startOffsets(opened.task)
      assertHolds(opened, yield* readAll(opened, starts), starts)
    })
  )

  check(
    "resumes at any position, also within a batch and at the end",
    Effect.gen(function* () {
      const opened = yield* open(filled(400, 90))
      const random = new Random(5)
      for (let run = 0; run < 25; run++) {
        const positions = opened.ends.map((end) => (random.chance(0.2) ? end : BigInt(random.between(0, Number(end)))))
        assertHolds(opened, yield* readAll(opened, positions), positions)
      }
    })
  )

  check(
    "continues where a reader stopped, wherever that was",
    Effect.gen(function* () {
      const opened = yield* open(filled(3_100, 1_100))
      const starts = yield* opened.log.startOffsets(opened.task)
      const random = new Random(6)
      const all: Array<Batch> = []
      let positions = starts
      while (!isRead(opened, positions)) {
        const most = random.between(1, 3)
        const demanded = random.pick<ReadonlyArray<number>>([[0, 1], [1, 0], [0], [1]])
        const some = yield* readUntil(
          opened,
          positions,
          (batches, now) => batches.length >= most || isRead(opened, now),
          () => demanded
        )
        all.push(...some)
        positions = moved(positions, some)
      }
      assertHolds(opened, all, starts)
    })
  )

  check(
    "keeps the bounds of batches and of pulls",
    Effect.scoped(
      Effect.gen(function* () {
        const opened = yield* open(filled(4_000, 2_500))
        let now = yield* opened.log.startOffsets(opened.task)
        const demanded = [1, 0]
        const pull = yield* pullsOf(opened, now, () => demanded)
        while (!isRead(opened, now)) {
          const batches = yield* pull
          const inputs = batches.map(({ input }) => input)
          assert.deepStrictEqual(
            inputs,
            demanded.filter((input) => inputs.includes(input)),
            "one batch per input, in the order of the demand"
          )
          const records = batches.reduce((sum, batch) => sum + batch.records.count, 0)
          assert.isAtMost(records, 1_000)
          for (const batch of batches) {
            let before = at(now, batch.input) - 1n
            for (const { offset } of batch.records) {
              assert.isTrue(offset > before, `offset ${offset} after ${before}`)
              before = offset
            }
            assert.isTrue(batch.nextOffset > before, `position ${batch.nextOffset} after ${before}`)
          }
          now = moved(now, batches)
        }
      })
    )
  )

  check(
    "returns only demanded inputs, checked before each read",
    Effect.scoped(
      Effect.gen(function* () {
        const opened = yield* open(filled(3_000, 3_000))
        const random = new Random(7)
        let now = yield* opened.log.startOffsets(opened.task)
        const starts = now
        let demanded: ReadonlyArray<number> = [1]
        const pull = yield* pullsOf(opened, now, () => demanded)
        const all: Array<Batch> = []
        while (!isRead(opened, now)) {
          const batches = yield* pull
          // Without records an empty batch may name any input.
          const inputs = batches.filter(({ records }) => records.count > 0).map(({ input }) => input)
          assert.isTrue(
            inputs.every((input) => demanded.includes(input)),
            `demanded ${demanded.join()}, returned ${inputs.join()}`
          )
          all.push(...batches)
          now = moved(now, batches)
          demanded = random.pick<ReadonlyArray<number>>([[0, 1], [1, 0], [0], [1], []])
        }
        assertHolds(opened, all, starts)
      })
    )
  )

  checkIf(can.serveSeveral)(
    "serves readers at different positions independently",
    Effect.gen(function* () {
      const opened = yield* open(filled(1_500, 300))
      const all = [0n, 0n]
      const middle = opened.ends.map((end) => end / 2n)
      const [first, second, third] = yield* Effect.all(
        [readAll(opened, all), readAll(opened, middle), readAll(opened, all)],
        { concurrency: "unbounded" }
      )
      assertHolds(opened, first, all)
      assertHolds(opened, second, middle)
      assertHolds(opened, third, all)
    })
  )

  check(
    "knows its ends, starts at its beginning, and takes commits",
    Effect.gen(function* () {
      const opened = yield* open(filled(37, 5))
      const { ends, log, task } = opened
      assert.deepStrictEqual(yield* log.endOffsets(task), ends)
      assert.deepStrictEqual(yield* log.readableEnds(task), ends)
      const starts = yield* log.startOffsets(task)
      assertHolds(opened, yield* readAll(opened, starts), [0n, 0n])
      assert.deepStrictEqual(yield* log.openTransactions(task), [])
      yield* log.commit(task, ends)
    })
  )

  check(
    "assigns the task at once",
    Effect.gen(function* () {
      const { log, task } = yield* open(filled(3, 3))
      const [first] = yield* Stream.runCollect(Stream.take(log.assignments, 1))
      const own = first?.tasks.find(({ sourcePartition }) => sourcePartition === task.sourcePartition)
      assert.deepStrictEqual(
        own?.inputs.map(({ kind, partition, topic }) => ({ kind, partition, topic })),
        task.inputs.map(({ kind, partition, topic }) => ({ kind, partition, topic }))
      )
    })
  )

  checkIf(!can.grow)(
    "ends after its last record",
    Effect.gen(function* () {
      const opened = yield* open(filled(1_200, 30))
      const batches = yield* Stream.runCollect(opened.log.read(opened.task, [0n, 0n], everything(opened.task)))
      assertHolds(opened, batches, [0n, 0n])
    })
  )

  checkIf(can.startLatest)(
    "can start at its end",
    Effect.gen(function* () {
      const { ends, log, task } = yield* open(filled(12, 7), "latest")
      assert.deepStrictEqual(yield* log.startOffsets(task), ends)
    })
  )

  checkIf(can.grow)(
    "returns empty batches at the end, with the position of the input",
    Effect.gen(function* () {
      const opened = yield* open(filled(8, 3))
      const batches = yield* readUntil(opened, opened.ends, (some) => some.length === 4)
      for (const { input, nextOffset, records } of batches) {
        assert.strictEqual(records.count, 0)
        assert.strictEqual(nextOffset, at(opened.ends, input))
      }
    })
  )

  checkIf(can.grow)(
    "continues with records that are appended later, whenever they come",
    Effect.scoped(
      Effect.gen(function* () {
        const opened = yield* open(filled(5, 0))
        const append = present(opened.append, "a log that grows can be appended to")
        const total = 600
        yield* Effect.forkScoped(
          Effect.gen(function* () {
            for (let from = 5; from < total; from += 35) {
              yield* append(0, series(chatValue, from, Math.min(total, from + 35)))
              yield* append(1, series(viewerValue, from, from + 1))
            }
          })
        )
        const read = yield* readUntil(
          opened,
          [0n, 0n],
          (batches) => heldOf(batches, 0).length >= total && heldOf(batches, 1).length >= 17
        )
        assert.deepStrictEqual(
          heldOf(read, 0).map(({ value }) => value),
          series(chatValue, 0, total)
        )
        assert.strictEqual(heldOf(read, 1).length, 17)
      })
    )
  )

  checkIf(can.grow)(
    "loses and repeats nothing when pulls are interrupted",
    Effect.scoped(
      Effect.gen(function* () {
        const opened = yield* open(filled(0, 0))
        const append = present(opened.append, "a log that grows can be appended to")
        const total = 500
        yield* Effect.forkScoped(
          Effect.gen(function* () {
            for (let from = 0; from < total; from += 25) yield* append(0, series(chatValue, from, from + 25))
          })
        )
        const pull = yield* pullsOf(opened, [0n, 0n], everything(opened.task))
        const random = new Random(8)
        const all: Array<Batch> = []
        while (heldOf(all, 0).length < total) {
          const got = yield* Effect.timeoutOption(pull, random.between(1, 250))
          if (got._tag === "Some") all.push(...got.value)
        }
        assert.deepStrictEqual(
          heldOf(all, 0).map(({ value }) => value),
          series(chatValue, 0, total)
        )
      })
    )
  )

  checkIf(can.lose)(
    "refuses a position that it no longer holds, and names the range",
    Effect.gen(function* () {
      const opened = yield* open(filled(100, 20))
      yield* present(opened.lose, "records can be removed")(0, 40n)
      const error = yield* outOfRange(readAll(opened, [39n, 0n]))
      const { partition, topic } = at(opened.task.inputs, 0)
      assert.deepStrictEqual(error.range, { topic, partition, expected: 39n, start: 40n, end: 100n })
      assert.deepStrictEqual(error.loss, error.range)
      assert.deepStrictEqual(yield* opened.log.startOffsets(opened.task), [40n, 0n])
      assertHolds(opened, yield* readAll(opened, [40n, 0n]), [40n, 0n])
      assert.deepStrictEqual(yield* opened.log.endOffsets(opened.task), opened.ends)
    })
  )

  checkIf(can.lose)(
    "fails at the first lost record when retention passes a reader",
    Effect.gen(function* () {
      const opened = yield* open(filled(8_000, 0))
      const lose = present(opened.lose, "records can be removed")
      const all: Array<Batch> = []
      let isLost = false
      const error = yield* outOfRange(
        opened.log.read(opened.task, [0n, 0n], everything(opened.task)).pipe(
          Stream.runForEach((batch) =>
            Effect.gen(function* () {
              all.push(batch)
              if (isLost || batch.records.count === 0) return
              isLost = true
              yield* lose(0, 7_900n)
            })
          ),
          // A log that had fetched everything has lost nothing.
          Effect.timeoutOrElse({ duration: "20 seconds", orElse: () => Effect.void })
        )
      )
      const read = heldOf(all, 0)
      assert.deepStrictEqual(read, at(opened.holds, 0).slice(0, read.length))
      assert.strictEqual(error.range?.expected, BigInt(read.length))
      assert.strictEqual(error.range?.start, 7_900n)
    })
  )

  checkIf(can.refuseBeyondEnd)(
    "refuses a position beyond its end, which skipping cannot mend",
    Effect.gen(function* () {
      const opened = yield* open(filled(10, 4))
      for (const [input, end] of opened.ends.entries()) {
        const positions = [0n, 0n].with(input, end + 1n)
        const error = yield* outOfRange(
          Stream.runDrain(opened.log.read(opened.task, positions, everything(opened.task)))
        )
        assert.isUndefined(error.loss)
      }
    })
  )
}
