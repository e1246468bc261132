import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { isMoving, untilStalled } from "../../src/worker/Liveness.ts"
import { TaskActivity, TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import { INPUTS } from "../pipeline/Script.ts"

const TIMEOUT_MS = 120_000
const CHAT = 0
const VIEWER = 1

/** A task that reads both inputs from 0, and wants both in that order. */
class FakeTask {
  readonly activity: TaskActivity
  positions: Array<bigint> = [0n, 0n]
  demand: ReadonlyArray<number> = [CHAT, VIEWER]

  constructor(sourcePartition: number) {
    this.activity = new TaskActivity({ sourcePartition, inputs: INPUTS })
    this.activity.reads({ demand: () => this.demand, positions: () => this.positions }, 0)
  }

  read(input: number): void {
    this.positions[input] = (this.positions[input] ?? 0n) + 1n
  }
}

/** A log that lets every task read up to `ends`, and a store that answers or not. */
const services = (ends: ReadonlyArray<bigint>, answers: boolean, logAnswers = true) =>
  Layer.merge(
    Layer.mock(EventLog, {
      assignments: Stream.never,
      readableEnds: () => (logAnswers ? Effect.succeed(ends) : Effect.never)
    }),
    Layer.mock(ResultStore, {
      tasks: answers
        ? Effect.succeed([0])
        : Effect.fail(new ResultStoreError({ reason: "Unreachable", detail: "away" }))
    })
  )

interface Options {
  readonly ends?: ReadonlyArray<bigint>
  readonly answers?: boolean
  readonly logAnswers?: boolean
  /** Runs each second. */
  readonly each?: (second: number) => void
}

/** The report of the watchdog within so many seconds; undefined while all is well. */
const after = Effect.fnUntraced(function* (
  seconds: number,
  tasks: ReadonlyArray<FakeTask>,
  { answers = true, each = () => {}, ends = [1000n, 1000n], logAnswers = true }: Options = {}
) {
  const activities = new Map(tasks.map(({ activity }) => [activity.task.sourcePartition, activity]))
  const watch = yield* untilStalled(activities, TIMEOUT_MS).pipe(
    Effect.provide(services(ends, answers, logAnswers)),
    Effect.flip,
    Effect.forkChild
  )
  for (let second = 0; second < seconds; second++) {
    each(second)
    yield* TestClock.adjust("1 second")
  }
  const exit = watch.pollUnsafe()
  yield* Fiber.interrupt(watch)
  return exit?._tag === "Success" ? exit.value.message : undefined
})

describe("liveness", () => {
  it.effect("reports a task that reads nothing for the timeout although there is something to read", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* after(119, [new FakeTask(0)], { ends: [5n, 5n] }))
    })
  )

  it.effect("names the task and what it does not read", () =>
    Effect.gen(function* () {
      const message = yield* after(136, [new FakeTask(3)], { ends: [5n, 5n] })
      assert.include(message, "Task 3 has made no progress for 120 s although 5 records of chat[0]")
    })
  )

  it.effect("takes records read for progress, whether or not they are committed", () =>
    Effect.gen(function* () {
      const task = new FakeTask(0)
      assert.isUndefined(yield* after(600, [task], { each: () => task.read(CHAT) }))
    })
  )

  it.effect("finds a stalled task among busy ones", () =>
    Effect.gen(function* () {
      const busy = [new FakeTask(0), new FakeTask(2)]
      const each = () => busy.forEach((task) => task.read(CHAT))
      assert.include(yield* after(300, [...busy, new FakeTask(1)], { each }), "Task 1 has made no progress")
    })
  )

  it.effect("finds a stalled input that is wanted first, behind an input that is read", () =>
    Effect.gen(function* () {
      const task = new FakeTask(0)
      assert.include(yield* after(300, [task], { each: () => task.read(VIEWER) }), "chat[0]")
    })
  )

  it.effect("leaves an input to wait that alignment pauses", () =>
    Effect.gen(function* () {
      const task = new FakeTask(0)
      task.demand = [VIEWER]
      assert.isUndefined(yield* after(600, [task], { ends: [5n, 0n] }))
    })
  )

  it.effect(
    "leaves an input to wait whose next records are in an open transaction, and one that is read to its end",
    () =>
      Effect.gen(function* () {
        assert.isUndefined(yield* after(600, [new FakeTask(0)], { ends: [0n, 0n] }))
      })
  )

  it.effect("is content while the store does not answer, or the log", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* after(300, [new FakeTask(0)], { answers: false }))
    })
  )

  it.effect("is content while the log does not answer", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* after(300, [new FakeTask(0)], { logAnswers: false }))
    })
  )

  it.effect("is content while a commit takes longer than the timeout, and watches again after it", () =>
    Effect.gen(function* () {
      const task = new FakeTask(0)
      const each = (second: number) => {
        if (second === 1) task.activity.busy(1000)
        if (second === 600) task.activity.pulls()
      }
      assert.isUndefined(yield* after(710, [task], { each }))
      assert.isUndefined(yield* after(1, [task], { each: () => {} }))
    })
  )

  it.effect("reports a task that stalls after a long commit", () =>
    Effect.gen(function* () {
      const task = new FakeTask(0)
      const each = (second: number) => {
        if (second === 1) task.activity.busy(1000)
        if (second === 600) task.activity.pulls()
      }
      assert.isDefined(yield* after(760, [task], { each }))
    })
  )

  it.effect(
    "reports a recovery whose request to the log gets no reply, and leaves one alone that reads its history",
    () =>
      Effect.gen(function* () {
        const recovering = new TaskActivity({ sourcePartition: 0, inputs: INPUTS })
        const watch = yield* untilStalled(new Map([[0, recovering]]), TIMEOUT_MS).pipe(
          Effect.provide(services([5n, 5n], true)),
          Effect.flip,
          Effect.forkChild
        )
        yield* Effect.repeat(TestClock.adjust("1 second"), { times: 599 })
        assert.isUndefined(watch.pollUnsafe())
        const request = yield* Effect.forkChild(recovering.awaitingLog(Effect.never))
        yield* Effect.repeat(TestClock.adjust("1 second"), { times: 150 })
        assert.include((yield* Fiber.join(watch)).message, "a request to the log gets no reply")
        yield* Fiber.interrupt(request)
      })
  )
})

describe("the condition of a member", () => {
  it.effect("is moving while its tasks read on, and not while records are read again or wait", () =>
    Effect.gen(function* () {
      const memory = new TaskMemory()
      const first = new FakeTask(0)
      first.positions = [10n, 10n]
      memory.activities.set(0, first.activity)
      assert.isTrue(yield* isMoving(memory, 2500))
      assert.isFalse(yield* isMoving(memory, 2500))
      first.read(CHAT)
      assert.isTrue(yield* isMoving(memory, 2500))
      const again = new FakeTask(0)
      memory.activities.set(0, again.activity)
      again.read(CHAT)
      assert.isFalse(yield* isMoving(memory, 2500))
      again.demand = []
      assert.isTrue(yield* isMoving(memory, 2500))
    }).pipe(Effect.provide(services([1000n, 1000n], true)))
  )
})
