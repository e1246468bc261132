/**
 * Runs the pure stages of a task, composed as in `Task.ts`, one input at a time and synchronously.
 */
import { Cause, Deferred, Effect, Exit, Fiber, Scheduler, Stream } from "effect"
import type { Flush } from "../../src/domain/Flush.ts"
import type { TaskInput } from "../../src/domain/TaskInput.ts"
import { decode } from "../../src/pipeline/Decode.ts"
import { detect } from "../../src/pipeline/Detect.ts"
import { FlushBuilder } from "../../src/pipeline/FlushBuilder.ts"
import { flushes } from "../../src/pipeline/Flushes.ts"
import { type TaskStart, type TaskState, taskState } from "../../src/pipeline/TaskState.ts"
import { windows } from "../../src/pipeline/Windows.ts"

export class Stages {
  readonly windows: TaskState["windows"]
  readonly detection: TaskState["detection"]
  readonly #fiber: Fiber.Fiber<void>
  #made: Array<Flush> = []
  /** Set while the stages wait for an input. */
  #feed: ((input: TaskInput) => void) | undefined

  constructor(start: TaskStart) {
    const state = taskState(start)
    this.windows = state.windows
    this.detection = state.detection
    const next = Effect.callback<readonly [TaskInput]>((resume) => {
      this.#feed = (input) => resume(Effect.succeed([input]))
    })
    const run = Stream.fromPull(Effect.succeed(next)).pipe(
      decode(state),
      windows({ settings: start.settings, stop: Deferred.makeUnsafe(), windows: state.windows }),
      detect(state.detection),
      flushes(new FlushBuilder(state)),
      Stream.runForEach((flush) => Effect.sync(() => this.#made.push(flush)))
    )
    this.#fiber = Effect.runFork(run, { scheduler: new Scheduler.MixedScheduler("sync") })
    this.#fiber.currentDispatcher.flush()
  }

  /** Processes an input and returns all its flushes. */
  step(input: TaskInput): ReadonlyArray<Flush> {
    const feed = this.#feed
    if (feed === undefined) throw new Error("the stages do not wait for an input")
    this.#feed = undefined
    feed(input)
    this.#fiber.currentDispatcher.flush()
    const exit = this.#fiber.pollUnsafe()
    if (exit !== undefined && Exit.isFailure(exit)) throw Cause.squash(exit.cause)
    return this.#made.splice(0)
  }
}
