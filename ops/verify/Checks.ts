/**
 * What an operator looks at after a start or a change: it answers, is well, gets on, and writes rows and moments. Each look is repeated until it is satisfied or the time is up, so that a
 * deployment that has just been started may be verified at once.
 */
import { Clock, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { doubtful, fine, type Finding, type Look, wrong } from "../../src/doctor/Check.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import type { AppConfig } from "../../src/config/AppConfig.ts"
import * as Database from "../../src/postgres/Database.ts"
import { AnswerError, ask, askJson, type Deployment } from "./Deployment.ts"

/** One look, by its name. `remedy` goes with failures that know none of their own. */
interface Check {
  readonly name: string
  readonly remedy: string
  readonly look: Effect.Effect<Look<void>, Error>
}

const AGAIN = Duration.seconds(1)

/** Looks until it is no failure, or until `deadlineMs`. */
const settle = Effect.fnUntraced(function* ({ look, name, remedy }: Check, deadlineMs: number) {
  while (true) {
    const seen = yield* Effect.catch(look, (error) =>
      Effect.succeed(
        wrong(error.message, error instanceof AnswerError ? error.remedy : undefined, ExitCode.unavailable)
      )
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

const missing = (found: string): Look<never> => wrong(found, undefined, ExitCode.notFound)

const START = "start the worker and look at its log (docker compose logs spark-streaming)"

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
  const status = askJson(deployment, "/api/v1/status", Status)
  /** Flushes and watermark as they were seen first. */
  let before: string | undefined
  return [
    {
      name: "answers",
      remedy: `${START}; check the address and that the port is published`,
      look: Effect.as(ask(deployment, "/", "HEAD"), fine(`HEAD / at ${deployment.url}: 200`, undefined))
    },
    {
      name: "live",
      remedy: "start it anew, and look at its log for what it waited for",
      look: Effect.map(ask(deployment, "/health/live"), (text) => fine(text, undefined))
    },
    {
      name: "ready",
      remedy: "telemetra doctor, in the worker's environment, says what is missing",
      look: Effect.map(ask(deployment, "/health/ready"), (text) => fine(text, undefined))
    },
    {
      name: "metrics",
      remedy: "what answers at this address is no worker: check it",
      look: Effect.map(ask(deployment, "/metrics/prometheus"), (text) => {
        const version = /^telemetra_build_info\{.*\bversion="([^"]*)"/m.exec(text)?.[1]
        return version === undefined ? missing("no telemetra_build_info") : fine(`version ${version}`, undefined)
      })
    },
    {
      name: "tasks",
      remedy: "give it time to join its group; then telemetra doctor says what is missing",
      look: Effect.map(status, ({ gaps, problems, tasks }) => {
        if (tasks.length === 0) return missing(problems.length > 0 ? problems.join("; ") : "none yet")
        const found = `${tasks.length} with a checkpoint`
        // those that keep it from being ready have failed the check before
        if (problems.length > 0) {
          return doubtful(`${found}; ${problems.join("; ")}`, "docs/runbook.md has each problem", undefined)
        }
        return gaps === 0
          ? fine(found, undefined)
          : doubtful(
              `${found}; ${gaps} gaps: records were lost before they were read`,
              "raise the topics' retention.ms; table gaps tells which windows are incomplete",
              undefined
            )
      })
    },
    {
      name: "progress",
      remedy:
        "while nothing is sent nothing moves: start the producers (docker compose --profile simulate up -d simulates them), or look at the log",
      look: Effect.map(status, ({ lag_records: lag, tasks, watermark }) => {
        const now = `${watermark ?? "none"} ${tasks.map(({ flush, source_partition }) => `${source_partition}:${flush}`).toSorted()}`
        before ??= now
        const stands = `watermark ${watermark ?? "none"}, ${lag ?? "unknown"} records behind`
        return now === before ? missing(`nothing moved; ${stands}`) : fine(stands, undefined)
      })
    },
    {
      name: "rows",
      remedy: "the first windows close a minute and ten seconds after the first events; look at progress first",
      look: Effect.map(askJson(deployment, "/api/v1/streams?limit=1", Streams), ({ items: [first] }) =>
        first === undefined
          ? missing("no stream has a row")
          : fine(`${first.stream_id}: ${first.chat_count ?? 0} messages up to ${first.window_end}`, undefined)
      )
    },
    {
      name: "moments",
      remedy: "none is needed: a stream must be known for two minutes before a moment can open",
      look: Effect.map(askJson(deployment, "/api/v1/moments?limit=1", Moments), ({ items: [first] }) =>
        first === undefined
          ? doubtful("none yet", undefined, undefined)
          : fine(`${first.moment_type} of ${first.stream_id} at ${first.timestamp}`, undefined)
      )
    }
  ]
}

/** What the earlier job's operators asked the tables, in their words. */
const bySql = ({ database, tables }: AppConfig): ReadonlyArray<Check> => {
  if (database._tag !== "postgres") return []
  const asked = <A>(question: (sql: SqlClient) => Effect.Effect<A, Error>) =>
    Effect.flatMap(SqlClient, question).pipe(
      Effect.provide(Database.layer({ postgres: database.postgres, store: tables, access: "read" }))
    )
  const remedy =
    "check POSTGRES_URL, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_SCHEMA: they have to be the worker's"
  return [
    {
      name: "chat_summary_minute",
      remedy,
      look: asked((sql) =>
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
      remedy: "none is needed, as above",
      look: asked((sql) =>
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
 * Makes all checks, in this order, and tells each finding as it comes. What builds on a deployment that does not answer is not asked.
 *
 * @param config of the database, where the tables are to be asked as well
 * @param patience of all checks together
 */
export const verify = Effect.fn("verify")(function* <E, R>(
  deployment: Deployment,
  config: AppConfig | undefined,
  patience: Duration.Duration,
  tell: (finding: Finding) => Effect.Effect<void, E, R>
) {
  const deadlineMs = (yield* Clock.currentTimeMillis) + Duration.toMillis(patience)
  const [answers, ...others] = byHttp(deployment)
  const findings: Array<Finding> = []
  const make = Effect.fnUntraced(function* (checks: ReadonlyArray<Check>) {
    for (const check of checks) {
      const finding = yield* settle(check, deadlineMs)
      findings.push(finding)
      yield* tell(finding)
    }
  })
  yield* make(answers === undefined ? [] : [answers])
  if (findings.every(({ status }) => status !== "failure")) yield* make(others)
  if (config !== undefined) yield* make(bySql(config))
  return findings
})
