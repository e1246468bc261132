import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Flush } from "../../../src/domain/Flush.ts"
import { type CommitOutcome, ResultStoreError } from "../../../src/sink/ResultStore.ts"
import * as GroupCommit from "../../../src/sink/postgres/GroupCommit.ts"
import { checkpointOf, flushOf, rowOf } from "../../contract/ResultStoreContract.ts"

const COMMITTED: CommitOutcome = { _tag: "Committed", refusedRows: 0 }
const FENCED: CommitOutcome = { _tag: "Fenced", epoch: 7 }

const position = (sourcePartition: number): Flush => flushOf(checkpointOf({ sourcePartition }))
const withRow = (sourcePartition: number): Flush => flushOf(checkpointOf({ sourcePartition }), { rows: [rowOf()] })
const tasksOf = (flushes: ReadonlyArray<Flush>) => flushes.map(({ checkpoint }) => checkpoint.sourcePartition)

const errorOf = (reason: "Unreachable" | "Refused") => new ResultStoreError({ reason, detail: "planted" })

/** A group commit over a store that records its calls. `together` decides about each group. */
const withStore = (
  together: (flushes: ReadonlyArray<Flush>) => Effect.Effect<ReadonlyArray<Flush>, ResultStoreError> = Effect.succeed
) =>
  Effect.gen(function* () {
    const groups: Array<ReadonlyArray<number>> = []
    const single: Array<number> = []
    const commit = yield* GroupCommit.make({
      together: (flushes) => {
        groups.push(tasksOf(flushes))
        return Effect.map(together(flushes), (durable) => new Map(durable.map((flush) => [flush, COMMITTED])))
      },
      alone: (flush) => {
        single.push(flush.checkpoint.sourcePartition)
        return Effect.succeed(FENCED)
      }
    })
    const begin = (flushes: ReadonlyArray<Flush>) =>
      Effect.forkChild(Effect.forEach(flushes, commit, { concurrency: "unbounded" }))
    return { begin, commit, groups, single }
  })

describe("the group commit", () => {
  it.effect("waits 100 ms for other flushes if it has no rows", () =>
    Effect.gen(function* () {
      const { begin, groups } = yield* withStore()
      const first = yield* begin([position(1)])
      yield* TestClock.adjust("60 millis")
      const second = yield* begin([position(2), position(3)])
      yield* TestClock.adjust("39 millis")
      assert.deepStrictEqual(groups, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(groups, [[1, 2, 3]])
      assert.deepStrictEqual(
        [yield* Fiber.join(first), yield* Fiber.join(second)],
        [[COMMITTED], [COMMITTED, COMMITTED]]
      )
    })
  )

  it.effect("waits 10 ms with rows", () =>
    Effect.gen(function* () {
      const { begin, groups } = yield* withStore()
      yield* begin([position(1)])
      yield* TestClock.adjust("50 millis")
      yield* begin([withRow(2)])
      yield* TestClock.adjust("9 millis")
      assert.deepStrictEqual(groups, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(groups, [[1, 2]])
      // The rows of one group do not hurry the next.
      yield* begin([position(3)])
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(groups.length, 1)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(groups[1], [3])
    })
  )

  it.effect("does not wait if no other task has committed since the task's last flush", () =>
    Effect.gen(function* () {
      const { begin, groups, single } = yield* withStore()
      yield* begin([position(1)])
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual([groups, single], [[[1]], []])
      const next = yield* begin([position(1)])
      yield* Fiber.join(next)
      const rows = yield* begin([withRow(1)])
      yield* Fiber.join(rows)
      assert.deepStrictEqual([groups, single], [[[1]], [1, 1]])
      yield* begin([position(2)])
      yield* begin([position(1)])
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(groups.length, 1)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(
        [groups[1], single],
        [
          [2, 1],
          [1, 1]
        ]
      )
    })
  )

  it.effect("bounds a transaction", () =>
    Effect.gen(function* () {
      const { begin, groups } = yield* withStore()
      const all = yield* begin(Array.from({ length: 230 }, (_, task) => position(task)))
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(
        groups.map(({ length }) => length),
        [100, 100, 30]
      )
      assert.strictEqual((yield* Fiber.join(all)).length, 230)
    })
  )

  it.effect("commits alone what is not durable with the others", () =>
    Effect.gen(function* () {
      const { begin, single } = yield* withStore((flushes) =>
        Effect.succeed(flushes.filter(({ checkpoint }) => checkpoint.sourcePartition !== 2))
      )
      const all = yield* begin([1, 2, 3].map(position))
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* Fiber.join(all), [COMMITTED, FENCED, COMMITTED])
      assert.deepStrictEqual(single, [2])
    })
  )

  it.effect("commits each alone after a failure that no retry helps, or a defect", () =>
    Effect.gen(function* () {
      for (const failure of [Effect.fail(errorOf("Refused")), Effect.die("planted")]) {
        const { begin, groups, single } = yield* withStore(() => failure)
        for (const round of [1, 2]) {
          const all = yield* begin([1, 2].map(position))
          yield* TestClock.adjust("100 millis")
          assert.deepStrictEqual(yield* Fiber.join(all), [FENCED, FENCED])
          assert.strictEqual(groups.length, round)
        }
        assert.deepStrictEqual(single, [1, 2, 1, 2])
      }
    })
  )

  it.effect("reports a failure that is worth a retry, and retries alone", () =>
    Effect.gen(function* () {
      const { begin, groups, single } = yield* withStore(() => Effect.fail(errorOf("Unreachable")))
      const flushes = [1, 2].map(position)
      const all = yield* begin(flushes)
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* Fiber.await(all), Exit.fail(errorOf("Unreachable")))
      assert.deepStrictEqual([groups, single], [[[1, 2]], []])
      const again = yield* begin(flushes)
      assert.deepStrictEqual(yield* Fiber.join(again), [FENCED, FENCED])
      assert.deepStrictEqual([groups.length, single], [1, [1, 2]])
    })
  )
})
