/** What rules and dashboards ask for, held against what a running worker says. */
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

const asked = [
  ...rulesOf("ops/prometheus/alerts.yaml").map(({ expr }) => expr),
  ...rulesOf("ops/prometheus/recording.yaml").map(({ expr }) => expr),
  ...questions.flatMap(({ expr }) => expr ?? [])
]

/** Prometheus makes these itself. */
const isOfPrometheus = (name: string): boolean => name === "up" || name.includes(":")

const askedSeries = [...new Set(asked.flatMap((expr) => namesIn(expr, exposed()).series))].filter(
  (name) => !isOfPrometheus(name)
)

const namesOf = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^([a-zA-Z_]\w*)(?:\{| )/gm)].map(([, name = ""]) => name))

it.live("a running worker tells every series that rules and dashboards ask for", () =>
  Effect.scoped(
    Effect.gen(function* () {
      assert.isNotEmpty(askedSeries)
      const port = yield* Effect.promise(freePort)
      const url = `http://localhost:${port}`
      const worker = yield* startWorker(["run"], { DATA_DIR: yield* temporaryFolder, HTTP_PORT: String(port) })
      // Not by force: its PostgreSQL is to end with it.
      yield* Effect.addFinalizer(() =>
        Effect.andThen(worker.signal("SIGTERM"), Effect.timeoutOption(worker.ended, "30 seconds"))
      )
      let missing: ReadonlyArray<string> = askedSeries
      yield* Effect.tryPromise(async () => {
        // Somebody who follows, so that there is something to tell of them.
        const follower = await fetch(`${url}/api/v1/live`, { signal: AbortSignal.timeout(100_000) })
        const scraped = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(100_000) })
        const told = namesOf(await scraped.text())
        await follower.body?.cancel()
        missing = askedSeries.filter((name) => !told.has(name))
        if (missing.length > 0) throw new Error(missing.join())
      }).pipe(
        Effect.retry(Schedule.spaced("250 millis")),
        Effect.timeoutOrElse({
          duration: "8 minutes",
          orElse: () => Effect.die(`not told: ${missing.join()}\n${worker.output()}`)
        })
      )
    })
  )
)
