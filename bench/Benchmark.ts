/** Runs systems in turn over one load, on one broker and one PostgreSQL, and measures each. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Clock, Console, Data, Duration, Effect, Redacted, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../src/config/AppConfig.ts"
import { KafkaBroker, uniqueName } from "../test/harness/Kafka.ts"
import * as PostgresHarness from "../test/harness/Postgres.ts"
import { expect } from "./Expected.ts"
import { fill } from "./Fill.ts"
import { Load, type LoadOptions } from "./Load.ts"
import { machine } from "./Machine.ts"
import * as Meter from "./Meter.ts"
import type { Results, Run } from "./Results.ts"
import { compare } from "./Rows.ts"
import * as Servers from "./Servers.ts"
import type { Place, System } from "./System.ts"

const TIME_LIMIT = Duration.minutes(15)
/** For the disk and the garbage of the run before. */
const PAUSE = Duration.seconds(2)
const PROBE_INTERVAL = Duration.millis(100)

const EXPECTED_SCHEMA = "bench_expected"

const placeFor = (
  given: Pick<Place, "bootstrap" | "folder" | "records" | "topics">,
  postgres: PostgresConfig
): Place => {
  const group = uniqueName("bench")
  return {
    ...given,
    group,
    schema: group.replaceAll(/[^a-z0-9]/g, "_"),
    postgres: {
      host: postgres.host,
      port: postgres.port,
      database: postgres.database,
      user: postgres.user,
      password: postgres.password === undefined ? "" : Redacted.value(postgres.password)
    }
  }
}

/** A folder that goes with the scope. */
const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "telemetra-bench-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** A system did not do its work. */
export class RunError extends Data.TaggedError("RunError")<{
  readonly system: string
  readonly why: string
  readonly output: string
}> {
  override get message(): string {
    return `${this.system} ${this.why}; the last that it printed:\n${this.output.slice(-5_000)}`
  }
}

/** Waits until a system has done its work and ended. */
const untilEnded = Effect.fnUntraced(function* (system: System, place: Place, running: Meter.Running) {
  if (system.isDone !== undefined) {
    yield* system
      .isDone(place)
      .pipe(
        Effect.repeat({ schedule: Schedule.spaced(PROBE_INTERVAL), until: (done) => done }),
        Effect.raceFirst(running.ended)
      )
    yield* running.signal("SIGTERM")
  }
  const code = yield* running.ended
  if (code !== 0) {
    return yield* new RunError({ system: system.id, why: `ended with ${code}`, output: running.output() })
  }
})

const seconds = (fromMs: number, toMs: number): number => (toMs - fromMs) / 1000

/** The processes of both servers. */
export const serverPids = Effect.gen(function* () {
  const { pid } = yield* KafkaBroker
  const pids: Meter.Servers = { brokerPid: yield* pid, postmasterPid: yield* Servers.postmasterPid }
  return pids
})

/**
 * Runs a system once, in a schema and group of its own: what it took, and what is found in the
 * schema before that goes.
 */
export const measure = <A, E, R>(
  system: System,
  given: Pick<Place, "records" | "topics">,
  pids: Meter.Servers,
  find: (schema: string) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const { bootstrap, kafka } = yield* KafkaBroker
    const { postgres } = yield* PostgresHarness.Postgres
    const before = yield* listTopics(kafka.admin())
    const place = placeFor({ ...given, bootstrap, folder: yield* temporaryFolder }, postgres)
    yield* Effect.acquireRelease(sql.unsafe(`CREATE SCHEMA ${place.schema}`), () =>
      sql
        .unsafe(`DROP SCHEMA ${place.schema} CASCADE`)
        .pipe(Effect.andThen(deleteTopicsBut(before, kafka.admin())), Effect.ignore({ log: "Warn" }))
    )
    for (const statement of system.ddl(place.schema)) yield* sql.unsafe(statement)
    yield* sql.unsafe("CHECKPOINT")
    yield* Effect.sleep(PAUSE)

    const running = yield* Meter.start(system.program(place), pids)
    yield* untilEnded(system, place, running).pipe(
      Effect.timeoutOrElse({
        duration: TIME_LIMIT,
        orElse: () =>
          Effect.fail(
            new RunError({
              system: system.id,
              why: `has not ended within ${Duration.format(TIME_LIMIT)}`,
              output: running.output()
            })
          )
      })
    )
    return { usage: yield* running.usage, found: yield* find(place.schema) }
  }).pipe(Effect.scoped)

const runOnce = Effect.fnUntraced(function* (
  system: System,
  round: number,
  given: Pick<Place, "records" | "topics">,
  pids: Meter.Servers
) {
  const { found: compared, usage } = yield* measure(system, given, pids, (schema) =>
    system.table === undefined ? Effect.succeed(undefined) : compare(EXPECTED_SCHEMA, schema, system.table)
  )
  const { firstFetchMs } = usage
  const lastMs = compared?.lastCommitMs ?? system.lastMs?.(usage.output) ?? Number.NaN
  if (firstFetchMs === undefined || !Number.isFinite(lastMs)) {
    return yield* new RunError({ system: system.id, why: "has read or written nothing", output: usage.output })
  }
  const run: Run = {
    system: system.id,
    round,
    seconds: seconds(firstFetchMs, lastMs),
    wallSeconds: seconds(usage.startedMs, usage.endedMs),
    startToFetchSeconds: seconds(usage.startedMs, firstFetchMs),
    startToRowSeconds: compared === undefined ? null : seconds(usage.startedMs, compared.firstCommitMs),
    cpuSeconds: usage.cpu,
    brokerCpuSeconds: usage.brokerCpu,
    postgresCpuSeconds: usage.postgresCpu,
    otherCpuSeconds: usage.otherCpu,
    stolenCpuSeconds: usage.stolenCpu,
    peakMemoryMiB: usage.peakMemoryMiB,
    rows: compared?.rows ?? null
  }
  return run
})

type Admin = ReturnType<KafkaBroker["Service"]["kafka"]["admin"]>

const connected = <A>(admin: Admin, use: (admin: Admin) => Promise<A>): Effect.Effect<A> =>
  Effect.promise(async () => {
    await admin.connect()
    try {
      return await use(admin)
    } finally {
      await admin.disconnect()
    }
  })

const listTopics = (admin: Admin): Effect.Effect<ReadonlyArray<string>> =>
  connected(admin, (admin) => admin.listTopics())

/** Deletes the topics that systems made for themselves. */
const deleteTopicsBut = (kept: ReadonlyArray<string>, admin: Admin): Effect.Effect<void> =>
  connected(admin, async (admin) => {
    const made = (await admin.listTopics()).filter((topic) => !kept.includes(topic) && !topic.startsWith("__"))
    if (made.length > 0) await admin.deleteTopics({ topics: made })
  })

export interface BenchmarkOptions {
  /** How to do it again. */
  readonly command: string
  readonly systems: ReadonlyArray<System>
  readonly rounds: number
  readonly load: LoadOptions
  /** After each run, with all so far. */
  readonly onRun: (results: Results) => Effect.Effect<void>
}

/** Round by round, each system once a round; the order turns by one each round. */
export const benchmark = (options: BenchmarkOptions) =>
  Effect.gen(function* () {
    const { rounds } = options
    const unavailable = new Map<string, string>()
    yield* Effect.forEach(options.systems, ({ id, name, prepare }) =>
      Effect.catchTag(prepare, "Unavailable", ({ why }) => {
        unavailable.set(id, why)
        return Console.error(`${name} is not measured: ${why}`)
      })
    )
    const systems = options.systems.filter(({ id }) => !unavailable.has(id))
    const pids = yield* serverPids
    const load = new Load(options.load)
    yield* Console.log(`Writing ${load.totalRecords.toLocaleString("en")} records, and counting them`)
    const [topics, rows] = yield* Effect.all([fill(load), expect(EXPECTED_SCHEMA, options.load)], { concurrency: 2 })
    const place = { topics, records: load.totalRecords }
    const facts = {
      at: new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10),
      command: options.command,
      rounds,
      records: load.totalRecords,
      rows,
      load: options.load,
      machine: yield* machine,
      systems: options.systems.map(({ id, kind, name, settings, without }) => {
        const why = unavailable.get(id)
        return { id, kind, name, settings, without, ...(why === undefined ? {} : { unavailable: why }) }
      })
    }
    const runs: Array<Run> = []
    const failures: Array<Results["failures"][number]> = []
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < systems.length; turn++) {
        const system = systems[(turn + round) % systems.length]
        if (system === undefined) continue
        yield* runOnce(system, round + 1, place, pids).pipe(
          Effect.matchEffect({
            onSuccess: (run) => {
              runs.push(run)
              return options.onRun({ ...facts, runs, failures })
            },
            // The others' runs are not lost by it.
            onFailure: (error) => {
              failures.push({
                system: system.id,
                round: round + 1,
                why: error._tag === "RunError" ? error.why : error._tag
              })
              return Console.error(error.message)
            }
          })
        )
      }
    }
    const results: Results = { ...facts, runs, failures }
    return results
  }).pipe(Effect.provide(Servers.layer))
