/**
 * Measures a worker under the load of a whole platform, on servers of its own. `full`: the whole
 * load is in the log at the start. `live`: it arrives in real time. When every window has closed,
 * the tables are compared with the load.
 */
import { rmSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"
import { Clock, Console, Duration, Effect, Redacted, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { freePort } from "../../test/harness/FreePort.ts"
import { KafkaBroker, uniqueName } from "../../test/harness/Kafka.ts"
import { Postgres } from "../../test/harness/Postgres.ts"
import { startWorker, type WorkerProcess } from "../../test/harness/WorkerProcess.ts"
import { ORIGIN_MS } from "../Load.ts"
import { machine } from "../Machine.ts"
import { residentMiB } from "../Proc.ts"
import * as Servers from "../Servers.ts"
import { count } from "./Count.ts"
import { delaysOf } from "./Delays.ts"
import { imageMalloc } from "./Image.ts"
import { VIEWER_INTERVAL_MS } from "./Platform.ts"
import { startProducer } from "./Producer.ts"
import type { Case, Percentiles, Result, Sample } from "./Results.ts"
import { readCommits, readRoom, readStanding, readWal } from "./Tables.ts"
import { AS_SHIPPED, type Variant } from "./Variant.ts"
import { watch } from "./Watch.ts"

/** Upper bounds of the disk space of a row, of a record, and of the servers. */
const ROW_BYTES = 900
const RECORD_BYTES = 150
const BESIDES_BYTES = 4 * 2 ** 30

const START_PATIENCE = Duration.minutes(2)
/** Time limit for reading, in addition to the load's own time in real time. */
const READ_PATIENCE = Duration.minutes(45)
/**
 * Time limit until the last windows close: IDLE_TIMEOUT, window size, watermark delay and the
 * flush.
 */
const CLOSE_PATIENCE = Duration.minutes(5)
const PROBE_INTERVAL = Duration.millis(100)
const REPORT_INTERVAL = Duration.minutes(1)

const SCHEMA = "platform"

/** Dies if the disk may be too small. */
const checkRoom = ({ messagesPerSecond, minutes, streams }: Case, { slideMs }: Variant): Effect.Effect<void> =>
  Effect.promise(async () => {
    const seconds = minutes * 60
    const rows = (streams * seconds * 1000) / slideMs
    const records = seconds * (messagesPerSecond + (streams * 1000) / VIEWER_INTERVAL_MS)
    const needed = rows * ROW_BYTES + records * RECORD_BYTES + BESIDES_BYTES
    const { bavail, bsize } = await statfs(tmpdir())
    if (bavail * bsize < needed) {
      throw new Error(
        `${tmpdir()} has ${Math.floor((bavail * bsize) / 2 ** 30)} GiB free, and ${Math.ceil(needed / 2 ** 30)} may be needed`
      )
    }
  })

/** Waits until the condition holds. Dies after the time limit, or if the worker ends. */
const until = (what: string, patience: Duration.Duration, worker: WorkerProcess, isSo: Effect.Effect<boolean>) =>
  isSo.pipe(
    Effect.repeat({ schedule: Schedule.spaced(PROBE_INTERVAL), until: (so) => so }),
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.die(new Error(`still waiting for ${what}`)) }),
    Effect.raceFirst(
      Effect.flatMap(worker.ended, (code) =>
        Effect.die(new Error(`the worker ended with ${code} before ${what}:\n${worker.output().slice(-3000)}`))
      )
    )
  )

/** Removes the server's gigabytes if the measurement is ended from outside. */
const removeFilesAtExit = (sql: SqlClient) =>
  Effect.map(sql.unsafe<{ data_directory: string }>("SHOW data_directory"), ([row]) => {
    if (row === undefined) return
    process.once("exit", () => rmSync(row.data_directory, { recursive: true, force: true }))
  })

/** The sum of a counter over its labels. */
const counterOf = (metrics: string, name: string): number =>
  [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0
  )

export interface Measured {
  readonly result: Result
  /** Only in real time: from the end of a window to the commit of its rows, over all rows. */
  readonly agesMs: Percentiles
}

export const measure = (given: Case, command: string, variant = AS_SHIPPED) =>
  Effect.gen(function* () {
    const { messagesPerSecond, minutes, mode, partitions, streams, workers } = given
    const { sizeMs, slideMs, watermarkDelayMs } = variant
    yield* checkRoom(given, variant)
    const sql = yield* SqlClient
    yield* removeFilesAtExit(sql)
    const broker = yield* KafkaBroker
    const { postgres } = yield* Postgres
    const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
    yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
    const httpPort = yield* Effect.promise(freePort)
    const seconds = minutes * 60

    const produce = (originMs: number) =>
      startProducer({
        bootstrap: broker.bootstrap,
        topics,
        platform: { streams, messagesPerSecond, partitions, originMs, seconds },
        inRealTime: mode === "live",
        slideMs,
        watermarkDelayMs
      })
    const work = startWorker(["run"], {
      ...imageMalloc(),
      ...variant.env,
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
      KAFKA_GROUP_ID: uniqueName("group"),
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer,
      POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=disable`,
      POSTGRES_USER: postgres.user,
      POSTGRES_PASSWORD: postgres.password === undefined ? "" : Redacted.value(postgres.password),
      POSTGRES_SCHEMA: SCHEMA,
      WORKERS: String(workers),
      HTTP_PORT: String(httpPort)
    })
    const standing = readStanding(sql, SCHEMA).pipe(Effect.orDie)

    yield* Console.log(
      `${mode}, ${streams} streams, ${messagesPerSecond} messages/s, ${minutes} minutes, WORKERS=${workers}`
    )
    yield* sql.unsafe(`CREATE SCHEMA ${SCHEMA}`)
    const walBefore = yield* readWal(sql)
    const { originMs, producer, startedMs, worker } = yield* mode === "full"
      ? Effect.gen(function* () {
          const producer = yield* produce(ORIGIN_MS)
          const { chats, seconds, viewers } = yield* producer.produced
          yield* Console.log(`  ${chats + viewers} records written in ${seconds.toFixed(0)} s`)
          const startedMs = yield* Clock.currentTimeMillis
          return { originMs: ORIGIN_MS, producer, startedMs, worker: yield* work }
        })
      : Effect.gen(function* () {
          const worker = yield* work
          const isReady = Effect.map(standing, ({ tasks }) => tasks === partitions)
          yield* until("the worker to have its tasks", START_PATIENCE, worker, isReady)
          const now = yield* Clock.currentTimeMillis
          // The producer needs time to start.
          const originMs = Math.ceil((now + 3_000) / slideMs) * slideMs
          const producer = yield* produce(originMs)
          yield* Effect.sleep(originMs - now)
          return { originMs, producer, startedMs: originMs, worker }
        })
    const pids = { workerPid: worker.pid, brokerPid: yield* broker.pid, postmasterPid: yield* Servers.postmasterPid }
    const samples: Array<Sample> = []
    const lag = Effect.map(standing, ({ records }) => producer.written() - records)
    const spent = yield* watch(pids, lag, samples)
    yield* Effect.suspend(() => {
      const last = samples.at(-1)
      return last === undefined
        ? Effect.void
        : Console.log(
            `  ${last.second.toFixed(0)} s: ${last.lagRecords} records behind, ${last.memoryMiB.toFixed(0)} MiB`
          )
    }).pipe(Effect.delay(REPORT_INTERVAL), Effect.forever, Effect.forkScoped)

    const produced = yield* producer.produced
    const records = produced.chats + produced.viewers
    yield* until(
      "the worker to have read everything",
      READ_PATIENCE,
      worker,
      Effect.map(standing, (now) => now.records === records)
    )
    const cpu = spent()
    const peakMemoryMiB = residentMiB(worker.pid)?.peak ?? Number.NaN
    const read = yield* standing
    const measured = samples.slice()
    yield* Console.log(
      `  read in ${((read.lastCommitMs - startedMs) / 1000).toFixed(1)} s; waiting for the last windows to close`
    )

    const lastEndMs = Math.floor(produced.lastEventMs / slideMs) * slideMs + sizeMs
    yield* until(
      "the last windows to close",
      CLOSE_PATIENCE,
      worker,
      Effect.map(standing, ({ watermarkMs }) => watermarkMs >= lastEndMs)
    )
    const wal = (yield* readWal(sql)) - walBefore
    const metrics = yield* Effect.promise(async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text())
    yield* worker.signal("SIGTERM")
    const code = yield* worker.ended
    if (code !== 0)
      return yield* Effect.die(new Error(`the worker ended with ${code}:\n${worker.output().slice(-3000)}`))

    const commits = yield* readCommits(sql, SCHEMA)
    const room = yield* readRoom(sql, SCHEMA)
    const counted = count(commits, produced, variant, { streams, fromMs: originMs, toMs: originMs + seconds * 1000 })
    const late =
      counterOf(metrics, "telemetra_late_events_total") + counterOf(metrics, "telemetra_late_chat_pairs_total")
    const deadLetters = counterOf(metrics, "telemetra_dead_letters_total")
    const { ages, all, boundaries } = delaysOf(commits, produced.crossings)
    const rowsOf = (some: typeof commits): number => some.reduce((sum, { rows }) => sum + rows, 0)
    const result: Result = {
      case: given,
      at: new Date(startedMs).toISOString().slice(0, 10),
      command,
      machine: yield* machine,
      produced: {
        chats: produced.chats,
        viewers: produced.viewers,
        seconds: produced.seconds,
        cpuSeconds: produced.cpuSeconds,
        mostDelayMs: produced.mostDelayMs
      },
      seconds: (read.lastCommitMs - startedMs) / 1000,
      cpu,
      rows: rowsOf(commits.filter(({ committedMs }) => committedMs <= read.lastCommitMs)),
      flushes: read.flushes,
      peakMemoryMiB,
      samples: measured,
      boundaries: mode === "live" ? boundaries : [],
      delaysMs: mode === "live" ? all : null,
      room: { rows: rowsOf(commits), table: room.total, indexes: room.indexes, wal },
      counted: {
        ...counted,
        late,
        deadLetters,
        differences: [
          ...counted.differences,
          ...(counterOf(metrics, "telemetra_events_total") === records
            ? []
            : ["not every record was counted as an event"]),
          ...(late === 0 ? [] : [`${late} late events, or late for one of their windows`]),
          ...(deadLetters === 0 ? [] : [`${deadLetters} dead letters`])
        ]
      }
    }
    return { result, agesMs: ages } satisfies Measured
  }).pipe(Effect.scoped, Effect.provide(Servers.layer))
