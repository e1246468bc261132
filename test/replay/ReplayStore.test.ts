import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import * as ReplayStore from "../../src/replay/ReplayStore.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { baselineOf, checkpointOf, flushOf, momentOf, rowOf, started, T0 } from "../contract/ResultStoreContract.ts"

const SLIDE = 10_000
const MINUTE = 60_000
const HOUR = 3_600_000

/** The replay's last window before its first one ends then. */
const BEFORE = EventTimeMs(T0 + 2 * HOUR)

const start = checkpointOf({ watermarkMs: BEFORE })

/** A replay over a task that has written two hours and a half, one row a slide. */
const replaying = <A, E>(body: (store: typeof ResultStore.Service) => Effect.Effect<A, E, MemoryStore.MemoryTables>) =>
  Effect.gen(function* () {
    const store = yield* ResultStore
    const checkpoint = yield* started()
    const rows = Array.from({ length: 900 }, (_, n) => {
      const endMs = EventTimeMs(T0 + n * SLIDE)
      return rowOf({ startMs: EventTimeMs(endMs - MINUTE), endMs })
    })
    yield* store.commit(
      flushOf(
        { ...checkpoint, watermarkMs: EventTimeMs(T0 + 3 * HOUR) },
        {
          rows,
          baselines: [baselineOf("alpha", T0 + HOUR)],
          moments: [
            momentOf({
              stream: "ended",
              timestampMs: EventTimeMs(BEFORE - MINUTE),
              endedAtMs: EventTimeMs(BEFORE - SLIDE)
            }),
            momentOf({
              stream: "open",
              timestampMs: EventTimeMs(BEFORE - MINUTE),
              endedAtMs: EventTimeMs(BEFORE + MINUTE)
            }),
            momentOf({
              stream: "first",
              timestampMs: EventTimeMs(BEFORE - SLIDE),
              endedAtMs: EventTimeMs(BEFORE + MINUTE)
            }),
            momentOf({ stream: "later", timestampMs: BEFORE, endedAtMs: EventTimeMs(BEFORE + MINUTE) })
          ]
        }
      )
    )
    const replay = yield* ReplayStore.make({
      start,
      range: { fromMs: BEFORE + SLIDE - MINUTE, toMs: T0 + 3 * HOUR },
      lookBackMs: HOUR,
      sessionGapMs: 10 * MINUTE,
      keepDeadLetters: false,
      onRepair: () => Effect.void
    })
    return yield* body(replay)
  }).pipe(Effect.provide(Layer.fresh(MemoryStore.layer)))

const LEARNED = { from: EventTimeMs(BEFORE - HOUR), to: BEFORE }

const boundsOf = (slides: ReadonlyArray<StreamSlide>) => ({ from: slides.at(0)?.endMs, to: slides.at(-1)?.endMs })

it.effect("learns from the slides of the time before, and from no baseline", () =>
  replaying(
    Effect.fnUntraced(function* (store) {
      yield* store.baselines(start, BEFORE_ALL, () => assert.fail("a replay has no baseline"))
      const slides: Array<StreamSlide> = []
      yield* store.slides(start, EventTimeMs(BEFORE - MINUTE), (page) => void slides.push(...page))
      assert.deepStrictEqual(boundsOf(slides), LEARNED)
    })
  )
)

it.effect("continues with the last end after a failure, and starts over with a task that recovers again", () =>
  replaying(
    Effect.fnUntraced(function* (store) {
      const read = (pages: Array<StreamSlide>) => store.slides(start, BEFORE, (page) => void pages.push(...page))
      yield* store.baselines(start, BEFORE_ALL, () => {})
      yield* read([])
      const again: Array<StreamSlide> = []
      yield* read(again)
      assert.deepStrictEqual(boundsOf(again), { from: BEFORE, to: BEFORE })
      yield* store.baselines(start, BEFORE_ALL, () => {})
      const readAgain: Array<StreamSlide> = []
      yield* read(readAgain)
      assert.deepStrictEqual(boundsOf(readAgain), LEARNED)
    })
  )
)

it.effect("gives moments as they were before its first window", () =>
  replaying(
    Effect.fnUntraced(function* (store) {
      const { moments } = yield* store.recover(start, { openSinceMs: BEFORE_ALL, slidesSinceMs: BEFORE_ALL })
      assert.deepStrictEqual(
        moments.map(({ endedAtMs, stream }) => [stream, endedAtMs]),
        [
          ["ended", BEFORE - SLIDE],
          ["open", BEFORE],
          ["first", BEFORE]
        ]
      )
    })
  )
)

it.effect("writes no baseline", () =>
  replaying(
    Effect.fnUntraced(function* (store) {
      const tables = yield* MemoryStore.MemoryTables
      const before = yield* tables.baselines
      yield* store.commit(
        flushOf({ ...start, watermarkMs: EventTimeMs(T0 + 3 * HOUR) }, { baselines: [baselineOf("alpha", BEFORE)] })
      )
      assert.deepStrictEqual(yield* tables.baselines, before)
    })
  )
)
