/** Compares the queries of rules and dashboards with the series that a running worker reports. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { freePort } from "../harness/FreePort.ts"
import { startWorker } from "../harness/WorkerProcess.ts"
import { questions } from "./grafanaDashboards.ts"
import { exposed, namesIn, rulesOf } from "./prometheusExpressions.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-rules-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const expressions = [
  ...rulesOf("ops/prometheus/alerts.yaml").map(({ expr }) => expr),
  ...rulesOf("ops/prometheus/recording.yaml").map(({ expr }) => expr),
  ...questions.flatMap(({ expr }) => expr ?? [])
]

/** Prometheus makes these itself. */
const isOfPrometheus = (name: string): boolean => name === "up" || name.includes(":")

const queriedSeries = [...new Set(expressions.flatMap((expr) => namesIn(expr, exposed()).series))].filter(
  (name) => !isOfPrometheus(name)
)

const namesOf = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^([a-zA-Z_]\w*)(?:\{| )/gm)].map(([, name = ""]) => name))

it.live("a running worker reports every series that rules and dashboards query", () =>
  Effect.scoped(
    Effect.gen(function* () {
      assert.isNotEmpty(queriedSeries)
      const port = yield* Effect.promise(freePort)
      const url = `http://localhost:${port}`
      const worker = yield* startWorker(["run"], {
        DATA_DIR: yield* temporaryFolder,
        HTTP_PORT: String(port),
        // No server: the series about targets exist for each that is configured.
        NOTIFY_URLS: "http://127.0.0.1:9/"
      })
      // Not by force: its PostgreSQL is to end with it.
      yield* Effect.addFinalizer(() =>
        Effect.andThen(worker.signal("SIGTERM"), Effect.timeoutOption(worker.ended, "30 seconds"))
      )
      let missing: ReadonlyArray<string> = queriedSeries
      yield* Effect.tryPromise(async () => {
        // A follower, so that the series about followers exist.
        const follower = await fetch(`${url}/api/v1/live`, { signal: AbortSignal.timeout(100_000) })
        const scraped = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(100_000) })
        const reported = namesOf(await scraped.text())
        await follower.body?.cancel()
        missing = queriedSeries.filter((name) => !reported.has(name))
        if (missing.length > 0) throw new Error(missing.join())
      }).pipe(
        Effect.retry(Schedule.spaced("250 millis")),
        Effect.timeoutOrElse({
          duration: "8 minutes",
          orElse: () => Effect.die(`not reported: ${missing.join()}\n${worker.output()}`)
        })
      )
    })
  )
)
