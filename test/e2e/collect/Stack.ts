/** Collector and worker as processes, with the local platform in place of Twitch. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Layer, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { freePort } from "../../harness/FreePort.ts"
import * as PostgresHarness from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { untilTrue } from "../../harness/Until.ts"
import { postgresVariables, startWorker, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import type { TwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { RECOUNTED } from "../../oracle/Defaults.ts"
import { CHAT_TOPIC, VIEWER_TOPIC } from "./LocalTable.ts"

/** A folder that the scope removes. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-collect-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The channels as COLLECT and `telemetra collect` name them. */
export const channelsOf = (streams: ReadonlyArray<string>): string => `twitch:${streams.join(",")}`

/** The variables of all processes. */
export const COMMON: Readonly<Record<string, string>> = { ...RECOUNTED, CHAT_TOPIC, VIEWER_TOPIC, EMOTE_LISTS: "none" }

/** Ends the process as an operator does: its database would outlive a process that is killed. */
const endedWithScope = (worker: WorkerProcess) =>
  Effect.as(
    Effect.addFinalizer(() => Effect.andThen(worker.signal("SIGTERM"), worker.ended)),
    worker
  )

export interface LiveWorker {
  readonly worker: WorkerProcess
  /** The address of its page. */
  readonly url: string
}

/** `telemetra run` with COLLECT and nothing else installed: everything in one process. */
export const runAlone = (
  server: TwitchServer,
  streams: ReadonlyArray<string>,
  dataDir: string,
  extra: Readonly<Record<string, string>> = {}
): Effect.Effect<LiveWorker, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Effect.promise(freePort)
    const worker = yield* startWorker(["run"], {
      ...COMMON,
      ...server.variables(),
      COLLECT: channelsOf(streams),
      DATA_DIR: dataDir,
      HTTP_PORT: String(port),
      ...extra
    })
    yield* endedWithScope(worker)
    return { worker, url: `http://127.0.0.1:${port}` }
  })

/** A database of its own for collector and worker in separate processes. */
export interface SharedDatabase {
  /** The variables of both. */
  readonly variables: Readonly<Record<string, string>>
  readonly postgres: PostgresConfig
  readonly schema: string
}

export const sharedDatabase: Effect.Effect<SharedDatabase, never, PostgresHarness.Postgres> = Effect.map(
  PostgresHarness.Postgres,
  ({ freshSchema, postgres }) => {
    const schema = freshSchema()
    return {
      postgres,
      schema,
      variables: { ...COMMON, SOURCE: "local", ...postgresVariables(postgres, schema) }
    }
  }
)

/** The tables of a database that processes write. */
export const tablesOf = (
  postgres: PostgresConfig,
  schema: string
): Effect.Effect<Context.Context<SqlClient | ResultTables>, never, Scope.Scope> =>
  Layer.build(Layer.provideMerge(PostgresTables.tables, PostgresTables.pool({ postgres, store: { schema } }))).pipe(
    Effect.orDie
  )

/** `telemetra collect`. */
export const startCollector = (
  server: TwitchServer,
  streams: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>>
): Effect.Effect<WorkerProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Effect.promise(freePort)
    return yield* startWorker(["collect", channelsOf(streams)], {
      ...variables,
      ...server.variables(),
      HTTP_PORT: String(port)
    })
  })

/** `telemetra run` over the log that a collector fills. */
export const startReader = (
  variables: Readonly<Record<string, string>>
): Effect.Effect<WorkerProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    const port = yield* Effect.promise(freePort)
    return yield* startWorker(["run"], { ...variables, HTTP_PORT: String(port) })
  })

/** Waits until the server knows a connection for each of these channels. */
export const untilJoined = (server: TwitchServer, streams: ReadonlyArray<string>, collector: WorkerProcess) =>
  untilTrue(
    "the collector to join all channels",
    () => streams.every((stream) => server.chat.joined.has(stream)),
    collector.output
  )

/** The channels `channel0`, `channel1`, ... */
export const channels = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `channel${index}`)
