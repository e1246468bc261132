/** Observes a call that always fails, under the test clock. */
import { Clock, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

/**
 * Runs `retry` over the call for 10 minutes; returns its fiber, the log lines, and the times of the
 * calls.
 */
export const observeAttempts = <A, E>(failure: E, retry: (call: Effect.Effect<never, E>) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const times: Array<number> = []
    const call = Effect.gen(function* () {
      times.push(yield* Clock.currentTimeMillis)
      return yield* Effect.fail(failure)
    })
    const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
    const fiber = yield* retry(call).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.exit,
      Effect.forkChild({ startImmediately: true })
    )
    yield* TestClock.adjust("10 minutes")
    return { fiber, lines, times }
  })
