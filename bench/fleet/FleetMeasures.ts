/** Measures the cost of many quiet tasks, the bytes that a page receives, and a rolling restart. */
import { get } from "node:http"
import { Clock, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { familyCpu, residentMiB, statOf } from "../Proc.ts"
import { until } from "../Until.ts"
import { DEFAULTS } from "../../test/oracle/Defaults.ts"
import { type Fleet, PATIENCE, SCHEMA } from "./Fleet.ts"
import { readCommits } from "../platform/Tables.ts"

/** The kinds of updates that the pages of the dashboard request. */
export const PAGES = { overview: "moments,totals", stream: "windows,moments,totals", pipeline: "status" }

/** Rows of the last slide need time to be written. */
const SETTLE = "15 seconds"

const readCounters = (sql: SqlClient) =>
  sql
    .unsafe<{ commits: number; wal: number; syncs: number; flushes: number }>(
      `SELECT (SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()) AS commits,
        (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS wal,
        (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS syncs,
        (SELECT sum(flush)::float8 FROM ${SCHEMA}.checkpoints) AS flushes`
    )
    .pipe(Effect.map(([row]) => row ?? { commits: 0, wal: 0, syncs: 0, flushes: 0 }))

/** Rates per second, over the given time. */
export const measureQuiet = Effect.fnUntraced(function* (fleet: Fleet, seconds: number) {
  const { connections, members, postmasterPid, sql } = fleet
  const read = Effect.gen(function* () {
    return {
      ...(yield* readCounters(sql)),
      workerCpu: members.reduce((sum, { process }) => sum + (statOf(process.pid)?.cpu ?? 0), 0),
      postgresCpu: familyCpu(postmasterPid),
      seconds: (yield* Clock.currentTimeMillis) / 1000
    }
  })
  connections.most = 0
  const before = yield* read
  yield* Effect.sleep(seconds * 1000)
  const after = yield* read
  const rate = (name: keyof typeof before) => (after[name] - before[name]) / (after.seconds - before.seconds)
  return {
    workerCores: rate("workerCpu"),
    postgresCores: rate("postgresCpu"),
    flushes: rate("flushes"),
    commits: rate("commits"),
    syncs: rate("syncs"),
    walKiB: rate("wal") / 1024,
    connections: connections.most,
    memoryMiB: members.reduce((sum, { process }) => sum + (residentMiB(process.pid)?.now ?? 0), 0)
  }
})

/** KiB/s that a client receives. */
export const measureUpdates = (port: number, include: string, seconds: number) =>
  Effect.callback<number>((resume) => {
    let bytes = 0
    const url = `http://127.0.0.1:${port}/api/v1/live?include=${include}`
    const request = get(url, { headers: { accept: "text/event-stream" } }, (response) => {
      response.on("data", (chunk: Buffer) => void (bytes += chunk.length))
      response.on("error", () => undefined)
      setTimeout(() => {
        request.destroy()
        resume(Effect.succeed(bytes / 1024 / seconds))
      }, seconds * 1000)
    })
    request.on("error", () => undefined)
  })

/** Restarts all processes one after the other. Delays run from when a row could be written. */
export const measureRoll = Effect.fnUntraced(function* (fleet: Fleet) {
  const { connections, members, restart, sql, standing, upToDate } = fleet
  connections.most = 0
  const epochs = (yield* standing).epochs
  const beginMs = yield* Clock.currentTimeMillis
  for (const [index, member] of [...members].entries()) yield* restart(index, member)
  const restartedMs = yield* Clock.currentTimeMillis
  yield* until("no lag after the restart", PATIENCE, upToDate)
  const endMs = yield* Clock.currentTimeMillis
  yield* Effect.sleep(SETTLE)
  const delays = (yield* readCommits(sql, SCHEMA))
    .filter(({ committedMs }) => committedMs >= beginMs)
    .flatMap((commit) =>
      Array.from({ length: commit.rows }, () => commit.committedMs - commit.endMs - DEFAULTS.watermarkDelayMs)
    )
    .toSorted((a, b) => a - b)
  const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]
  return {
    restartedSeconds: (restartedMs - beginMs) / 1000,
    noLagSeconds: (endMs - beginMs) / 1000,
    takeOvers: (yield* standing).epochs - epochs,
    rows: delays.length,
    delayMs: { p50: at(0.5), p99: at(0.99), most: at(1) },
    connections: connections.most
  }
})
