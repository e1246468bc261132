/** A threshold that is set over HTTP is applied by a worker that runs, and survives its death. */
import { assert, layer } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SensitivityVersion } from "../../src/api/Sensitivity.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { request } from "../harness/Request.ts"
import { until } from "../harness/Until.ts"
import { startWorker, storeEnv, untilReadiness, type WorkerProcess } from "../harness/WorkerProcess.ts"

type Version = typeof SensitivityVersion.Encoded

interface Running {
  readonly worker: WorkerProcess
  readonly url: string
}

const run = (schema: string): Effect.Effect<Running, never, Scope.Scope | Postgres.Postgres> =>
  Effect.gen(function* () {
    const { postgres } = yield* Postgres.Postgres
    const env = yield* storeEnv(postgres, schema)
    const worker = yield* startWorker(["run"], {
      ...env,
      SOURCE: "simulator",
      WINDOW_DURATION: "10 seconds",
      SLIDE_DURATION: "1 second",
      WATERMARK_DELAY: "1 second"
    })
    yield* untilReadiness(worker, 200, "")
    return { worker, url: `http://127.0.0.1:${env["HTTP_PORT"]}/api/v1/sensitivity` }
  })

const setForAll = ({ url, worker }: Running, threshold: number) =>
  Effect.map(
    request<Version>(url, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ stream_id: null, moment_type: null, threshold })
    }),
    ({ body, status, text }) => {
      assert.strictEqual(status, 200, `${text}\n${worker.output()}`)
      return body.version
    }
  )

/** Waits until every task applies the version. Returns from where on, by task. */
const untilApplied = ({ url, worker }: Running, version: string) =>
  until(
    `every task to apply version ${version}`,
    Effect.map(request<Version>(`${url}/versions/${version}`), ({ body, status }) => {
      const tasks = status === 200 ? body.tasks : []
      return tasks.length > 0 && tasks.every(({ applied_version }) => applied_version === version)
        ? tasks.map(({ from_end, source_partition }) => [source_partition, from_end] as const)
        : undefined
    }),
    worker.output
  )

/**
 * By version in force: the rows with a score, and those that were judged by another threshold than
 * the version's.
 */
const judged = (thresholds: Readonly<Record<string, number>>) =>
  Effect.flatMap(
    SqlClient,
    (sql) =>
      sql<{ version: string; scored: number; wrong: number }>`
      SELECT version::text, count(*)::int4 AS scored,
        (count(*) FILTER (WHERE is_anomaly <> (z_score >=
          (${JSON.stringify(thresholds)}::jsonb ->> version::text)::float8)))::int4 AS wrong
      FROM (
        SELECT s.z_score, s.is_anomaly, (
          SELECT COALESCE(max(a.version), 0) FROM sensitivity_applied a
          WHERE a.source_partition = s.source_partition AND a.from_end < s.window_end
        ) AS version
        FROM chat_summary_minute s WHERE s.z_score IS NOT NULL
      ) AS rows GROUP BY 1 ORDER BY 1`
  )

/** Waits until rows were judged under each of the thresholds. */
const untilJudged = (running: Running, thresholds: Readonly<Record<string, number>>) =>
  until(
    "rows under each version",
    Effect.map(judged(thresholds), (found) => {
      assert.deepStrictEqual(
        found.filter(({ wrong }) => wrong > 0),
        []
      )
      return found.length === Object.keys(thresholds).length || undefined
    }),
    running.worker.output
  )

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("a worker that runs", (it) => {
  it.effect("judges by a threshold from the stated window on, also after it was killed", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* Postgres.Postgres
      const schema = freshSchema()
      yield* Effect.gen(function* () {
        const first = yield* run(schema)
        yield* untilJudged(first, { 0: 3 })
        const one = yield* setForAll(first, 0.1)
        assert.strictEqual(one, "1")
        const applied = yield* untilApplied(first, one)
        yield* untilJudged(first, { 0: 3, 1: 0.1 })
        yield* first.worker.signal("SIGKILL")
        yield* first.worker.ended

        const second = yield* run(schema)
        assert.deepStrictEqual(yield* untilApplied(second, one), applied)
        const two = yield* setForAll(second, 1000)
        yield* untilApplied(second, two)
        yield* untilJudged(second, { 0: 3, 1: 0.1, 2: 1000 })
        yield* second.worker.signal("SIGTERM")
        assert.strictEqual(yield* second.worker.ended, 0, second.worker.output())
      }).pipe(Effect.scoped, Effect.provide(PostgresTables.database(schema)))
    })
  )
})
