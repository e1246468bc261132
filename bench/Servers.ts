/** The broker and the PostgreSQL of a benchmark, and their processes. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { KafkaBroker } from "../test/harness/Kafka.ts"
import * as PostgresHarness from "../test/harness/Postgres.ts"
import * as PostgresTables from "../test/harness/PostgresTables.ts"
import { statOf } from "./Proc.ts"

/** As Kafka's own start script has it. */
export const BROKER_JVM = [
  "-server",
  "-Xms1g",
  "-Xmx1g",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent"
]

/** Durable, as PostgreSQL is by default; the harness alone would spare the waiting for the disk. */
export const POSTGRES_SETTINGS = { fsync: "on", track_commit_timestamp: "on" }

/** Comparing all rows takes longer than a worker's statement may. */
const STATEMENT_TIMEOUT = Duration.minutes(2)

export const layer: Layer.Layer<
  KafkaBroker | PostgresHarness.Postgres | SqlClient,
  PostgresHarness.PostgresHarnessError
> = Layer.unwrap(
  Effect.gen(function* () {
    const postgres = yield* PostgresHarness.startPostgres18({ timezone: "UTC", settings: POSTGRES_SETTINGS })
    const limits = { statementTimeout: STATEMENT_TIMEOUT, poolSize: 2 }
    const sql = PostgresTables.pool({ postgres: postgres.postgres, store: { schema: "public" }, limits })
    return Layer.mergeAll(
      Layer.succeed(PostgresHarness.Postgres, postgres),
      KafkaBroker.layer({ jvm: BROKER_JVM }),
      sql.pipe(Layer.orDie)
    )
  })
)

/** PostgreSQL's first process, the parent of all others. */
export const postmasterPid = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [backend] = yield* sql.unsafe<{ pid: number }>("SELECT pg_backend_pid() AS pid")
  return statOf(backend?.pid ?? -1)?.parent ?? -1
})
