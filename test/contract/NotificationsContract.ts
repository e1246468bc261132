/** The contract of the outbox of every result store: what a flush inserts, and what it does not. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import { momentId, type NotifyRule } from "../../src/domain/Notification.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { flushOf, momentOf, ResultTables, started, type StoredNotification, T0 } from "./ResultStoreContract.ts"

/** One target receives everything, the other strong raids of alpha. */
const NOTIFY: ReadonlyArray<NotifyRule> = [
  { target: "all", filters: [{ streams: undefined, types: undefined, minIntensity: Number.NEGATIVE_INFINITY }] },
  { target: "raids", filters: [{ streams: ["alpha"], types: ["raid"], minIntensity: 5 }] }
]

const expected = (target: string, moment: Moment, flush: number, sourcePartition = 3): StoredNotification => {
  const { metadata: _, ...rest } = moment
  return { target, id: momentId(sourcePartition, moment), sourcePartition, flush, ...rest }
}

/** Runs the suite. `store` makes a store with empty tables that notifies the given targets. */
export const suite = <S, E, E2>(
  name: string,
  server: Layer.Layer<S, E>,
  store: (notify: ReadonlyArray<NotifyRule>) => Layer.Layer<ResultStore | ResultTables, E2, S>
): void =>
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`outbox of notifications: ${name}`, (it) => {
    const checkWith = (
      notify: ReadonlyArray<NotifyRule>,
      title: string,
      body: Effect.Effect<void, unknown, ResultStore | ResultTables>
    ) =>
      it.effect(title, () =>
        body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(store(notify)), Logger.layer([]))))
      )
    const check = (title: string, body: Effect.Effect<void, unknown, ResultStore | ResultTables>) =>
      checkWith(NOTIFY, title, body)

    checkWith(
      [],
      "without targets nothing is inserted",
      Effect.gen(function* () {
        const store = yield* ResultStore
        yield* store.commit(flushOf(yield* started(), { moments: [momentOf()] }))
        assert.deepStrictEqual(yield* (yield* ResultTables).notifications, [])
      })
    )

    check(
      "each target receives the moments that it wants",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const raid = momentOf({ type: "raid", openedAs: "raid", intensity: 5, description: 'It\'s \\ a "raid"' })
        const weak = momentOf({ type: "raid", openedAs: "raid", intensity: 4.9, timestampMs: EventTimeMs(T0) })
        const other = momentOf({ type: "raid", openedAs: "raid", intensity: 9, stream: "be\u0301ta \u{1F600}" })
        yield* store.commit(flushOf(yield* started(), { moments: [raid, weak, other] }))
        assert.deepStrictEqual(yield* (yield* ResultTables).notifications, [
          ...[raid, weak, other].map((moment) => expected("all", moment, 1)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
          expected("raids", raid, 1)
        ])
      })
    )

    check(
      "a moment that later flushes change is sent once to each target, when the target wants it",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const states = [
          momentOf({ intensity: 3 }),
          momentOf({ intensity: 6, description: "grew" }),
          momentOf({ intensity: 6, type: "raid", description: "became a raid" }),
          momentOf({ intensity: 7, type: "raid", description: "grew again" })
        ]
        let checkpoint = yield* started()
        for (const moment of states) {
          const flush = flushOf(checkpoint, { moments: [moment] })
          yield* store.commit(flush)
          checkpoint = flush.checkpoint
        }
        const [first, , third] = states
        assert(first !== undefined && third !== undefined)
        assert.deepStrictEqual(yield* (yield* ResultTables).notifications, [
          expected("all", first, 1),
          expected("raids", third, 3)
        ])
      })
    )

    check(
      "the same flush again, and one of an earlier owner, insert nothing",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const first = yield* started()
        const flush = flushOf(first, { moments: [momentOf()] })
        yield* store.commit(flush)
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "AlreadyCommitted" })
        yield* store.takeOver(3, "another")
        const late = flushOf(flush.checkpoint, { moments: [momentOf({ stream: "beta" })] })
        assert.strictEqual((yield* store.commit(late))._tag, "Fenced")
        assert.lengthOf(yield* (yield* ResultTables).notifications, 1)
      })
    )

    check(
      "equal moments of two tasks are two notifications",
      Effect.gen(function* () {
        const store = yield* ResultStore
        for (const sourcePartition of [3, 4]) {
          yield* store.commit(flushOf(yield* started({ sourcePartition }), { moments: [momentOf()] }))
        }
        assert.deepStrictEqual(yield* (yield* ResultTables).notifications, [
          expected("all", momentOf(), 1),
          expected("all", momentOf(), 1, 4)
        ])
      })
    )

    check(
      "a moment that the tables refuse is not sent, new or known",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const known = momentOf({ type: "raid", openedAs: "raid", intensity: 3 })
        const first = flushOf(yield* started(), { moments: [known] })
        yield* store.commit(first)
        const outcome = yield* store.commit(
          flushOf(first.checkpoint, {
            moments: [
              { ...known, intensity: 9, description: "nul \u0000" },
              momentOf({ stream: "nul \u0000" }),
              momentOf({ stream: "x".repeat(256) }),
              momentOf({ stream: "gamma" })
            ]
          })
        )
        assert(outcome._tag === "Committed" && outcome.refusedRows === 3)
        assert.deepStrictEqual(yield* (yield* ResultTables).notifications, [
          expected("all", known, 1),
          expected("all", momentOf({ stream: "gamma" }), 2)
        ])
      })
    )
  })
