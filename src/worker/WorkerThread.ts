/**
 * WORKERS=n: n members in one process, all but the first in worker threads. They share only the
 * process: the consumer group divides the tasks among them as among machines.
 */
import { getHeapStatistics } from "node:v8"
import { Worker } from "node:worker_threads"
import { Deferred, Effect, Redacted, Runtime, Schema } from "effect"
import type { PostgresConfig } from "../config/AppConfig.ts"
import type { Report } from "../observability/Report.ts"
import { OperatorError } from "../domain/OperatorError.ts"

export interface ThreadData {
  readonly envFile: string | undefined
  /** Redacted values don't pass between threads. */
  readonly postgres: Omit<PostgresConfig, "password"> & { readonly password: string | undefined }
}

export type FromThread =
  | { readonly _tag: "Report"; readonly report: Report }
  | { readonly _tag: "Failed"; readonly detail: string; readonly exitCode: number }

/** A member in a thread has failed; the exit code is that of its own error. */
export class ThreadError extends OperatorError.extend<ThreadError>("ThreadError")({
  _tag: Schema.tag("ThreadError"),
  exitCode: Schema.Int
}) {
  override get [Runtime.errorExitCode](): number {
    return this.exitCode
  }
}

/** The entry of the thread, next to this file: built, or as source. */
const script = new URL(import.meta.url.endsWith(".ts") ? "./ThreadEntry.ts" : "./ThreadEntry.js", import.meta.url)

/** Minimum heap for an idle thread. */
const LEAST_HEAP_MIB = 128

/**
 * Limit of a thread's old generation in MiB: an equal part of the process's own limit. V8 sets that
 * to at most half of the memory limit. So all heaps together stay below the memory limit, if the
 * parts reach the minimum.
 */
export const heapMiB = (threads: number): number =>
  Math.max(LEAST_HEAP_MIB, Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20 / threads))

export interface ThreadOptions {
  /** Threads of the process. */
  readonly threads: number
  readonly envFile: string | undefined
  readonly postgres: PostgresConfig
  readonly stop: Deferred.Deferred<void>
  readonly report: (report: Report) => Effect.Effect<void>
}

/** Runs a member in a thread of its own until it has ended. An interruption ends it at once. */
export const thread = Effect.fn("cli.thread")(function* ({ envFile, postgres, report, stop, threads }: ThreadOptions) {
  const password = postgres.password === undefined ? undefined : Redacted.value(postgres.password)
  const workerData: ThreadData = { envFile, postgres: { ...postgres, password } }
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(script, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMiB(threads) } })),
    (running) => Effect.promise(() => running.terminate())
  )
  yield* Deferred.await(stop).pipe(Effect.andThen(Effect.sync(() => worker.postMessage("stop"))), Effect.forkScoped)
  yield* Effect.callback<void, ThreadError>((resume) => {
    let failure: ThreadError | undefined
    worker.on("message", (message: FromThread) => {
      if (message._tag === "Report") Effect.runFork(report(message.report))
      else failure = new ThreadError({ detail: message.detail, exitCode: message.exitCode })
    })
    worker.on("error", (error) => {
      failure = new ThreadError({ detail: `A worker thread crashed: ${error.stack ?? error.message}`, exitCode: 1 })
    })
    worker.on("exit", () => resume(failure === undefined ? Effect.void : Effect.fail(failure)))
  })
}, Effect.scoped)
