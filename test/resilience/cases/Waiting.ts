/** How the tests of this folder start a worker, and wait for what it does. */
import { Effect, Redacted } from "effect"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import { freePort } from "../../harness/FreePort.ts"
import { until as bounded } from "../../harness/Until.ts"
import type { WorkerProcess } from "../../harness/WorkerProcess.ts"

/** The variables that make a worker write into a schema, and listen on a port of its own. */
export const storeEnv = (postgres: PostgresConfig, schema: string) =>
  Effect.promise(async (): Promise<Readonly<Record<string, string>>> => ({
    POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=disable`,
    POSTGRES_USER: postgres.user,
    POSTGRES_PASSWORD: postgres.password === undefined ? "" : Redacted.value(postgres.password),
    POSTGRES_SCHEMA: schema,
    HTTP_PORT: String(await freePort())
  }))

/** Waits until the probe finds something; dies with what the worker has printed once the bound is reached. */
export const until = <A, E, R>(
  worker: Pick<WorkerProcess, "output">,
  what: string,
  probe: Effect.Effect<A | undefined, E, R>
): Effect.Effect<A, never, R> => bounded(what, probe, worker.output)

/** Waits until its readiness route says this. */
export const untilReadiness = (worker: WorkerProcess, status: number, text: string): Effect.Effect<void> =>
  until(
    worker,
    `readiness ${status}: ${text}`,
    Effect.promise(async () => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(worker.output()) ?? []
      if (address === undefined) return undefined
      const answer = await fetch(`${address}health/ready`)
      return (answer.status === status && (await answer.text()).includes(text)) || undefined
    })
  )

/** Waits until the worker has printed this. */
export const untilPrinted = (worker: WorkerProcess, text: string | RegExp): Effect.Effect<void> =>
  until(
    worker,
    `the worker to print ${text}`,
    Effect.sync(() => {
      const found = typeof text === "string" ? worker.output().includes(text) : text.test(worker.output())
      return found || undefined
    })
  )
