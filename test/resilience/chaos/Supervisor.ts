/** Keeps worker processes running as a supervisor would, and takes note of how each one ended. */
import { Clock, Deferred, Effect, Fiber, type Scope } from "effect"
import type { Draws } from "../../../src/source/simulator/Draws.ts"
import { startWorker, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { emptyTally, type LogTally, tallyLog } from "../../harness/WorkerLog.ts"

/** A worker process that runs now. */
export interface Running {
  readonly slot: number
  readonly process: WorkerProcess
  readonly startedAtMs: number
  /** The requested way to end, if any. */
  requested: "kill" | "term" | undefined
  frozen: boolean
}

/** The end of a worker process that was not requested, or not in the requested way. */
export interface UnexpectedExit {
  readonly slot: number
  readonly pid: number
  readonly requested: "kill" | "term" | "nothing"
  /** Exit code, or the name of a signal. */
  readonly code: number | string
  readonly lastLines: ReadonlyArray<string>
}

/** Whether it has begun its work: before that, a signal meets Node and not the worker. */
export const isUp = ({ process }: Running): boolean => process.output().includes("Telemetra stream")

export interface SupervisorOptions {
  /** Variables of each process: their number is the number of processes. */
  readonly environments: ReadonlyArray<Readonly<Record<string, string>>>
  /** How long a process stays away. */
  readonly draws: Draws
  /** Given everything that a process printed, once it has ended. */
  readonly onEnd: (running: Running, code: number | string) => Effect.Effect<void>
}

export interface Supervisor {
  readonly running: () => ReadonlyArray<Running>
  readonly unexpected: () => ReadonlyArray<UnexpectedExit>
  /** The tally of all processes that have ended. */
  readonly tally: () => LogTally
  /** Waits until every process is up, sends it SIGTERM and waits for its end. */
  readonly stop: Effect.Effect<void>
}

/** Lines of an unexpected end that are kept. */
const LAST_LINES = 25

/** How long a process may take to be up. */
const START_PATIENCE = "5 minutes"

const EXPECTED = { kill: "SIGKILL", term: 0, nothing: undefined }

export const supervise = (options: SupervisorOptions): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.gen(function* () {
    const running = new Set<Running>()
    const unexpected: Array<UnexpectedExit> = []
    let tally = emptyTally
    const stopping = yield* Deferred.make<void>()

    const once = Effect.fnUntraced(function* (slot: number, environment: Readonly<Record<string, string>>) {
      const process = yield* startWorker(["run"], environment)
      const startedAtMs = yield* Clock.currentTimeMillis
      const mine: Running = { slot, process, startedAtMs, requested: undefined, frozen: false }
      running.add(mine)
      const code = yield* process.ended
      running.delete(mine)
      const requested = mine.requested ?? "nothing"
      const output = process.output()
      tally = tallyLog(output, tally)
      if (code !== EXPECTED[requested]) {
        const lastLines = output.trimEnd().split("\n").slice(-LAST_LINES)
        unexpected.push({ slot, pid: process.pid, requested, code, lastLines })
      }
      yield* options.onEnd(mine, code)
    }, Effect.scoped)

    const keep = Effect.fnUntraced(function* (slot: number, environment: Readonly<Record<string, string>>) {
      while (!(yield* Deferred.isDone(stopping))) {
        yield* once(slot, environment)
        const awayMs = options.draws.between(200, 2_000)
        yield* Effect.timeoutOption(Deferred.await(stopping), awayMs)
      }
    })

    const kept = yield* Effect.forEach(options.environments, (environment, slot) =>
      Effect.forkScoped(keep(slot, environment))
    )
    const allUp = Effect.gen(function* () {
      while (running.size < options.environments.length || ![...running].every(isUp)) yield* Effect.sleep("100 millis")
    })
    return {
      running: () => [...running],
      unexpected: () => unexpected,
      tally: () => tally,
      stop: Effect.gen(function* () {
        yield* allUp.pipe(Effect.timeoutOption(START_PATIENCE))
        yield* Deferred.succeed(stopping, undefined)
        for (const one of running) {
          one.requested = "term"
          yield* one.process.signal("SIGTERM")
        }
        yield* Effect.forEach(kept, Fiber.join, { discard: true })
      })
    }
  })
