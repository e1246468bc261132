import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { EventLogError } from "../../../src/source/EventLog.ts"
import type { GroupOffset } from "../../../src/source/kafka/GroupMembership.ts"
import { OffsetCommits } from "../../../src/source/kafka/OffsetCommits.ts"

const offsetOf = (partition: number, offset: bigint): GroupOffset => ({ topic: "chat", partition, offset })

describe("OffsetCommits", () => {
  it.effect("sends the first offsets at once, and those that arrive meanwhile in one request", () =>
    Effect.gen(function* () {
      const sent: Array<ReadonlyArray<GroupOffset>> = []
      const reply = yield* Deferred.make<void>()
      const commits = new OffsetCommits((offsets) => {
        sent.push(offsets)
        return Deferred.await(reply)
      })
      const fibers = yield* Effect.forEach(
        [offsetOf(0, 1n), offsetOf(1, 2n), offsetOf(2, 3n), offsetOf(1, 4n)],
        (one) => Effect.forkChild(commits.commit([one]))
      )
      yield* Effect.yieldNow
      assert.deepStrictEqual(sent, [[offsetOf(0, 1n)]])
      yield* Deferred.succeed(reply, undefined)
      yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual(sent, [[offsetOf(0, 1n)], [offsetOf(1, 4n), offsetOf(2, 3n)]])
    })
  )

  it.effect("continues after a request that failed", () =>
    Effect.gen(function* () {
      const failure = new EventLogError({ reason: "Unreachable", detail: "planted" })
      const sent: Array<ReadonlyArray<GroupOffset>> = []
      const commits = new OffsetCommits((offsets) => {
        sent.push(offsets)
        return sent.length === 1 ? Effect.fail(failure) : Effect.void
      })
      assert.strictEqual(yield* Effect.flip(commits.commit([offsetOf(0, 1n)])), failure)
      yield* commits.commit([offsetOf(0, 2n)])
      assert.deepStrictEqual(sent[1], [offsetOf(0, 2n)])
    })
  )
})
