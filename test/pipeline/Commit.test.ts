import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, References, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Flush } from "../../src/domain/Flush.ts"
import { commit } from "../../src/pipeline/Commit.ts"
import { TaskActivity } from "../../src/pipeline/TaskActivity.ts"
import { TaskObserver } from "../../src/pipeline/TaskObserver.ts"
import { type CommitOutcome, ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import { ResultTopics } from "../../src/source/ResultTopics.ts"
import { checkpointOf, deadLetterOf, flushOf, momentOf, rowOf } from "../contract/ResultStoreContract.ts"

const task = { sourcePartition: 3, inputs: checkpointOf().inputs }
const flush = flushOf(checkpointOf(), { deadLetters: [deadLetterOf()] })

const UNREACHABLE = new ResultStoreError({ reason: "Unreachable", detail: "away" })

/**
 * Commits flushes to a store that replies with `outcomes`, one after the other. Returns what
 * happened, in order.
 */
const run = Effect.fnUntraced(function* (
  flushes: ReadonlyArray<Flush>,
  outcomes: ReadonlyArray<Effect.Effect<CommitOutcome, ResultStoreError>>
) {
  const happened: Array<string> = []
  const note = (what: string) => Effect.sync(() => void happened.push(what))
  let call = 0
  const services = Layer.mergeAll(
    Layer.mock(ResultStore, {
      commit: () =>
        Effect.andThen(
          note("commit"),
          Effect.suspend(() => outcomes[call++] ?? Effect.die("no outcome"))
        )
    }),
    Layer.mock(EventLog, { commit: () => note("offsets") }),
    Layer.mock(DeadLetterTopic, { publish: () => note("publish") }),
    Layer.succeed(ResultTopics, {
      publish: ({ moments, rows }) => note(`publish ${rows.length} rows, ${moments.length} moments`)
    }),
    TaskObserver.layer({
      onCommit: ({ status }, { refusedRows }) => note(`observed ${status.lagRecords} ${refusedRows}`)
    })
  )
  const fiber = yield* Stream.fromIterable(flushes).pipe(
    commit({ activity: new TaskActivity(task), knownLag: () => 7 }),
    Stream.runDrain,
    Effect.provide(services),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.exit,
    Effect.forkChild
  )
  yield* TestClock.adjust("1 minute")
  const exit = yield* Fiber.join(fiber)
  return { exit: exit._tag, happened }
})

describe("commit", () => {
  it.effect("publishes dead letters, commits, reports the offsets, and notifies the observer, in this order", () =>
    Effect.gen(function* () {
      const { exit, happened } = yield* run([flush], [Effect.succeed({ _tag: "Committed", refusedRows: 2 })])
      assert.strictEqual(exit, "Success")
      assert.deepStrictEqual(happened, ["publish", "commit", "offsets", "observed 7 2"])
    })
  )

  it.effect("publishes results before the commit, and again after a crash between the two", () =>
    Effect.gen(function* () {
      const results = flushOf(checkpointOf(), { rows: [rowOf()], moments: [momentOf()] })
      const crashed = yield* run([results], [Effect.die("a crash")])
      assert.deepStrictEqual(crashed, { exit: "Failure", happened: ["publish 1 rows, 1 moments", "commit"] })
      const { happened } = yield* run([results], [Effect.succeed({ _tag: "Committed", refusedRows: 0 })])
      assert.deepStrictEqual(happened, ["publish 1 rows, 1 moments", "commit", "offsets", "observed 7 0"])
    })
  )

  it.effect("commits again while the store is away, and counts a commit that had been durable as one", () =>
    Effect.gen(function* () {
      const { exit, happened } = yield* run(
        [flush],
        [Effect.fail(UNREACHABLE), Effect.fail(UNREACHABLE), Effect.succeed({ _tag: "AlreadyCommitted" })]
      )
      assert.strictEqual(exit, "Success")
      assert.deepStrictEqual(happened, ["publish", "commit", "commit", "commit", "offsets", "observed 7 0"])
    })
  )

  it.effect("ends the task at the first flush after another worker has taken it over", () =>
    Effect.gen(function* () {
      const { exit, happened } = yield* run([flush, flush], [Effect.succeed({ _tag: "Fenced", epoch: 9 })])
      assert.strictEqual(exit, "Failure")
      assert.deepStrictEqual(happened, ["publish", "commit"])
    })
  )
})
