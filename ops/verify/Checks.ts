/**
 * Verifies a deployment after a start or a change: it replies, is healthy, makes progress, and
 * writes rows and moments. Each probe is repeated until it succeeds or the time is up, so that a
 * deployment can be verified right after its start.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { doubtful, fine, type Finding, type Observation, wrong } from "../../src/doctor/Check.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import type { AppConfig } from "../../src/config/AppConfig.ts"
import * as Database from "../../src/postgres/Database.ts"
import { ReplyError, request, requestJson, type Deployment } from "./Deployment.ts"

/** A named probe. `remedy` is for failures without their own. */
interface Check {
  readonly name: string
  readonly remedy: string
  readonly probe: Effect.Effect<Observation<void>, Error>
}

const AGAIN = Duration.seconds(1)

/** Repeats the probe until it does not fail, or until `deadlineMs`. */
const settle = Effect.fnUntraced(function* ({ probe, name, remedy }: Check, deadlineMs: number) {
  while (true) {
    const seen = yield* Effect.catch(probe, (error) =>
      Effect.succeed(wrong(error.message, error instanceof ReplyError ? error.remedy : undefined, ExitCode.unavailable))
    )
    if (seen.status !== "failure" || (yield* Clock.currentTimeMillis) >= deadlineMs) {
      const finding: Finding = {
        name,
        status: seen.status,
        found: seen.found,
        remedy: seen.status === "ok" ? undefined : (seen.remedy ?? remedy),
        exitCode: seen.status === "failure" ? seen.exitCode : ExitCode.ok
      }
      return finding
    }
    yield* Effect.sleep(AGAIN)
  }
})

const missing = (found: string): Observation<never> => wrong(found, undefined, ExitCode.notFound)

const START = "start the worker and check its log (docker compose logs spark-streaming)"

const Status = Schema.Struct({
  watermark: Schema.NullOr(Schema.String),
  lag_records: Schema.NullOr(Schema.Int),
  tasks: Schema.Array(Schema.Struct({ source_partition: Schema.Int, flush: Schema.String })),
  gaps: Schema.Int,
  problems: Schema.Array(Schema.String)
})

const Streams = Schema.Struct({
  items: Schema.Array(
    Schema.Struct({ stream_id: Schema.String, window_end: Schema.String, chat_count: Schema.NullOr(Schema.Int) })
  )
})

const Moments = Schema.Struct({
  items: Schema.Array(Schema.Struct({ stream_id: Schema.String, moment_type: Schema.String, timestamp: Schema.String }))
})

const byHttp = (deployment: Deployment): ReadonlyArray<Check> => {
  const status = requestJson(deployment, "/api/v1/status", Status)
  /** The flushes and the watermark of the first probe. */
  let before: string | undefined
  return [
    {
      name: "answers",
      remedy: `${START}; check the address and that the port is published`,
      probe: Effect.as(request(deployment, "/", "HEAD"), fine(`HEAD / at ${deployment.url}: 200`, undefined))
    },
    {
      name: "live",
      remedy: "restart it, and check its log for the reason of the wait",
      probe: Effect.map(request(deployment, "/health/live"), (text) => fine(text, undefined))
    },
    {
      name: "ready",
      remedy: "telemetra doctor, in the worker's environment, reports the cause",
      probe: Effect.map(request(deployment, "/health/ready"), (text) => fine(text, undefined))
    },
    {
      name: "metrics",
      remedy: "the server at this address is not a worker: check the address",
      probe: Effect.map(request(deployment, "/metrics/prometheus"), (text) => {
        const version = /^telemetra_build_info\{.*\bversion="([^"]*)"/m.exec(text)?.[1]
        return version === undefined ? missing("no telemetra_build_info") : fine(`version ${version}`, undefined)
      })
    },
    {
      name: "tasks",
      remedy: "give it time to join its group; then run telemetra doctor",
      probe: Effect.map(status, ({ gaps, problems, tasks }) => {
        if (tasks.length === 0) return missing(problems.length > 0 ? problems.join("; ") : "none yet")
        const found = `${tasks.length} with a checkpoint`
        // Problems that prevent readiness have failed the check before.
        if (problems.length > 0) {
          return doubtful(`${found}; ${problems.join("; ")}`, "docs/runbook.md has each problem", undefined)
        }
        return gaps === 0
          ? fine(found, undefined)
          : doubtful(
              `${found}; ${gaps} gaps: records were lost before they were read`,
              "raise the topics' retention.ms; table gaps lists the incomplete windows",
              undefined
            )
      })
    },
    {
      name: "progress",
      remedy:
        "without new records nothing moves: start the producers (docker compose --profile simulate up -d simulates them), or check the log",
      probe: Effect.map(status, ({ lag_records: lag, tasks, watermark }) => {
        const now = `${watermark ?? "none"} ${tasks.map(({ flush, source_partition }) => `${source_partition}:${flush}`).toSorted()}`
        before ??= now
        const stands = `watermark ${watermark ?? "none"}, ${lag ?? "unknown"} records behind`
        return now === before ? missing(`nothing moved; ${stands}`) : fine(stands, undefined)
      })
    },
    {
      name: "rows",
      remedy: "the first windows close a minute and ten seconds after the first events; check progress first",
      probe: Effect.map(requestJson(deployment, "/api/v1/streams?limit=1", Streams), ({ items: [first] }) =>
        first === undefined
          ? missing("no stream has a row")
          : fine(`${first.stream_id}: ${first.chat_count ?? 0} messages up to ${first.window_end}`, undefined)
      )
    },
    {
      name: "moments",
      remedy: "none needed: a stream must be known for two minutes before a moment can open",
      probe: Effect.map(requestJson(deployment, "/api/v1/moments?limit=1", Moments), ({ items: [first] }) =>
        first === undefined
          ? doubtful("none yet", undefined, undefined)
          : fine(`${first.moment_type} of ${first.stream_id} at ${first.timestamp}`, undefined)
      )
    }
  ]
}

/** The queries that operators of the Spark job used. */
const bySql = ({ database, tables }: AppConfig): ReadonlyArray<Check> => {
  if (database._tag !== "postgres") return []
  const querying = <A>(query: (sql: SqlClient) => Effect.Effect<A, Error>) =>
    Effect.flatMap(SqlClient, query).pipe(
      Effect.provide(Database.layer({ postgres: database.postgres, store: tables, access: "read" }))
    )
  const remedy =
    "check POSTGRES_URL, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_SCHEMA: they must be those of the worker"
  return [
    {
      name: "chat_summary_minute",
      remedy,
      probe: querying((sql) =>
        Effect.map(
          sql<{ stream_id: string; latest: string }>`
            SELECT stream_id, window_end::text AS latest FROM chat_summary_minute ORDER BY window_start DESC LIMIT 10`,
          (rows) => {
            const [row] = rows
            return row === undefined ? missing("no rows") : fine(`rows up to ${row.latest} UTC`, undefined)
          }
        )
      )
    },
    {
      name: "moments by SQL",
      remedy: "none needed, as above",
      probe: querying((sql) =>
        Effect.map(
          sql<{ moment_type: string; latest: string }>`
            SELECT moment_type, detected_at::text AS latest FROM moments ORDER BY detected_at DESC LIMIT 10`,
          (rows) => {
            const [row] = rows
            return row === undefined
              ? doubtful("none yet", undefined, undefined)
              : fine(`${row.moment_type}, found at ${row.latest} UTC`, undefined)
          }
        )
      )
    }
  ]
}

/**
 * Runs all checks in this order and reports each finding at once. The other HTTP checks are skipped
 * if the deployment does not reply.
 *
 * @param config The configuration of the database, to check the tables as well.
 * @param patience The time of all checks together.
 */
export const verify = Effect.fn("verify")(function* <E, R>(
  deployment: Deployment,
  config: AppConfig | undefined,
  patience: Duration.Duration,
  report: (finding: Finding) => Effect.Effect<void, E, R>
) {
  const deadlineMs = (yield* Clock.currentTimeMillis) + Duration.toMillis(patience)
  const [answers, ...others] = byHttp(deployment)
  const findings: Array<Finding> = []
  const make = Effect.fnUntraced(function* (checks: ReadonlyArray<Check>) {
    for (const check of checks) {
      const finding = yield* settle(check, deadlineMs)
      findings.push(finding)
      yield* report(finding)
    }
  })
  yield* make(answers === undefined ? [] : [answers])
  if (findings.every(({ status }) => status !== "failure")) yield* make(others)
  if (config !== undefined) yield* make(bySql(config))
  return findings
})
