/**
 * Entry of a worker thread: runs one member. The main thread sends its database and the stop; it
 * sends reports.
 */
import { parentPort, workerData } from "node:worker_threads"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Deferred, Effect, Layer, Redacted, Runtime } from "effect"
import { type AppConfig, Config, type PostgresConfig } from "../config/AppConfig.ts"
import * as Environment from "../config/Environment.ts"
import * as Load from "../config/Load.ts"
import * as Logging from "../observability/Logging.ts"
import { member } from "./Member.ts"
import type { FromThread, ThreadData } from "./WorkerThread.ts"

const data = workerData as ThreadData // WorkerThread.ts provides it

const send = (message: FromThread): Effect.Effect<void> => Effect.sync(() => parentPort?.postMessage(message))

const postgres: PostgresConfig = {
  ...data.postgres,
  password: data.postgres.password === undefined ? undefined : Redacted.make(data.postgres.password)
}

const logging = ({ log }: AppConfig) => Logging.layer(log)

Effect.gen(function* () {
  const config = yield* Config
  const stop = yield* Deferred.make<void>()
  parentPort?.on("message", () => Deferred.doneUnsafe(stop, Effect.void))
  yield* member({
    postgres,
    stop,
    report: (report) => send({ _tag: "Report", report })
  }).pipe(Effect.provide(logging(config)))
}).pipe(
  Effect.provide(
    // The main thread has logged its notices.
    Layer.effect(
      Config,
      Effect.map(Load.load, ({ config }) => config)
    ).pipe(
      Layer.provide(Environment.layer({ process: process.env, envFile: data.envFile })),
      Layer.provide(NodeServices.layer)
    )
  ),
  Effect.catchCause((cause) => {
    const error = Cause.squash(cause)
    const detail = error instanceof Error ? error.message : Cause.pretty(cause)
    return send({ _tag: "Failed", detail, exitCode: Runtime.getErrorExitCode(error) })
  }),
  Effect.ensuring(Effect.sync(() => parentPort?.close())),
  Effect.runFork
)
