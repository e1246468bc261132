import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { freePort } from "../harness/FreePort.ts"
import { startWorker } from "../harness/WorkerProcess.ts"

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-metrics-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The metrics of a worker over simulated events after its first commit. */
const scraped = Effect.gen(function* () {
  const port = yield* Effect.promise(freePort)
  const worker = yield* startWorker(["run"], {
    DATA_DIR: yield* temporaryFolder,
    HTTP_PORT: String(port)
  })
  // Not by force: its PostgreSQL is to end with it.
  yield* Effect.addFinalizer(() =>
    Effect.andThen(worker.signal("SIGTERM"), Effect.timeoutOption(worker.ended, "30 seconds"))
  )
  const get = (path: string) =>
    Effect.tryPromise(async () => {
      const answer = await fetch(`http://localhost:${port}${path}`, { signal: AbortSignal.timeout(100_000) })
      return { type: answer.headers.get("content-type"), text: await answer.text() }
    })
  return yield* get("/metrics").pipe(
    Effect.filterOrFail(
      ({ text }) =>
        /^kafka_consumergroup_group_lag\{/m.test(text) && /^telemetra_watermark_seconds\{task="0"\}/m.test(text)
    ),
    Effect.andThen(
      Effect.all([get("/metrics"), get("/metrics/prometheus"), get("/health/live"), get("/health/ready")])
    ),
    Effect.retry(Schedule.spaced("250 millis")),
    Effect.timeoutOrElse({
      duration: "8 minutes",
      orElse: () => Effect.die(`no metrics of a commit yet:\n${worker.output()}`)
    })
  )
})

describe("metrics of a running worker", () => {
  if (hasPromtool) {
    it.live("are what Prometheus' own checker accepts", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const [metrics, prometheus, live, ready] = yield* scraped
          assert.strictEqual(live.text, "live\n")
          assert.strictEqual(ready.text, "ready\n")
          for (const { text, type } of [metrics, prometheus]) {
            assert.strictEqual(type, "text/plain; version=0.0.4; charset=utf-8")
            const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], {
              input: text,
              encoding: "utf8"
            })
            assert.deepStrictEqual({ status, reported: `${stdout}${stderr}` }, { status: 0, reported: "" })
            for (const line of [
              /^telemetra_records_total [1-9]/m,
              /^telemetra_flush_seconds_count [1-9]/m,
              /^telemetra_tasks [1-9]/m,
              /^telemetra_live 1$/m,
              /^telemetra_watermark_lag_seconds\{task="0"\} \d/m,
              /^kafka_consumergroup_group_lag\{group="simulator",topic="telemetra\.events\.chat",partition="0"\} \d/m,
              /^nodejs_eventloop_lag_seconds_count [1-9]/m,
              /^process_cpu_seconds_total \d/m
            ]) {
              assert.match(text, line)
            }
          }
        })
      )
    )
  } else {
    it.skipIf(process.env["CI"] !== "true")(
      "need promtool of Debian's package prometheus, which is not installed",
      () => {
        throw new Error("install it: apt-get install prometheus")
      }
    )
  }
})
