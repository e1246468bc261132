/**
 * Measures a worker under the load of a whole platform, on servers of its own. `full`: the whole
 * load is in the log at the start. `live`: it arrives in real time. When every window has closed,
 * the tables are compared with the load.
 */
import { rmSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"
import { Clock, Console, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { freePort } from "../../test/harness/FreePort.ts"
import { KafkaBroker, uniqueName } from "../../test/harness/Kafka.ts"
import { Postgres } from "../../test/harness/Postgres.ts"
import { postgresVariables, startWorker, type WorkerProcess } from "../../test/harness/WorkerProcess.ts"
import { ORIGIN_MS } from "../Load.ts"
import { machine } from "../Machine.ts"
import { residentMiB } from "../Proc.ts"
import * as Servers from "../Servers.ts"
import { until } from "../Until.ts"
import { imageMalloc } from "./Image.ts"
import { VIEWER_INTERVAL_MS } from "./Platform.ts"
import { type Producer, startProducer } from "./Producer.ts"
import { measuredOf } from "./Observed.ts"
import type { Case, Sample } from "./Results.ts"
import { readCommits, readRoom, readStanding, readWal, type Standing } from "./Tables.ts"
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

/** {@link until} a condition holds. Also dies if the worker ends. */
const untilSo = <R>(
  what: string,
  patience: Duration.Duration,
  worker: WorkerProcess,
  isSo: Effect.Effect<boolean, never, R>
) =>
  Effect.raceFirst(
    until(what, patience, isSo),
    Effect.flatMap(worker.ended, (code) =>
      Effect.die(new Error(`the worker ended with ${code} before ${what}:\n${worker.output().slice(-3000)}`))
    )
  )

/** Removes the server's gigabytes if the measurement is ended from outside. */
const removeFilesAtExit = (sql: SqlClient) =>
  Effect.map(sql.unsafe<{ data_directory: string }>("SHOW data_directory"), ([row]) => {
    if (row === undefined) return
    process.once("exit", () => rmSync(row.data_directory, { recursive: true, force: true }))
  })

interface Started {
  /** Log time of the first record. */
  readonly originMs: number
  readonly producer: Producer
  readonly startedMs: number
  readonly worker: WorkerProcess
}

/**
 * Starts the producer and the worker. `full`: the worker starts when everything is written. `live`:
 * the load starts when the worker has its tasks.
 */
const begin = Effect.fnUntraced(function* (
  { messagesPerSecond, minutes, mode, partitions, streams, workers }: Case,
  { env, slideMs, watermarkDelayMs }: Variant,
  httpPort: number,
  standing: Effect.Effect<Standing>
) {
  const broker = yield* KafkaBroker
  const { postgres } = yield* Postgres
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
  const produce = (originMs: number) =>
    startProducer({
      bootstrap: broker.bootstrap,
      topics,
      platform: { streams, messagesPerSecond, partitions, originMs, seconds: minutes * 60 },
      inRealTime: mode === "live",
      slideMs,
      watermarkDelayMs
    })
  const work = startWorker(["run"], {
    ...imageMalloc(),
    ...env,
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
    KAFKA_GROUP_ID: uniqueName("group"),
    CHAT_TOPIC: topics.chat,
    VIEWER_TOPIC: topics.viewer,
    ...postgresVariables(postgres, SCHEMA),
    WORKERS: String(workers),
    HTTP_PORT: String(httpPort)
  })
  if (mode === "full") {
    const producer = yield* produce(ORIGIN_MS)
    const { chats, seconds, viewers } = yield* producer.produced
    yield* Console.log(`  ${chats + viewers} records written in ${seconds.toFixed(0)} s`)
    const startedMs = yield* Clock.currentTimeMillis
    return { originMs: ORIGIN_MS, producer, startedMs, worker: yield* work } satisfies Started
  }
  const worker = yield* work
  const isReady = Effect.map(standing, ({ tasks }) => tasks === partitions)
  yield* untilSo("the worker to have its tasks", START_PATIENCE, worker, isReady)
  const now = yield* Clock.currentTimeMillis
  // The producer needs time to start.
  const originMs = Math.ceil((now + 3_000) / slideMs) * slideMs
  const producer = yield* produce(originMs)
  yield* Effect.sleep(originMs - now)
  return { originMs, producer, startedMs: originMs, worker } satisfies Started
})

/** Prints the newest sample at times, until the scope closes. */
const reportProgress = (samples: ReadonlyArray<Sample>) =>
  Effect.suspend(() => {
    const last = samples.at(-1)
    return last === undefined
      ? Effect.void
      : Console.log(
          `  ${last.second.toFixed(0)} s: ${last.lagRecords} records behind, ${last.memoryMiB.toFixed(0)} MiB`
        )
  }).pipe(Effect.delay(REPORT_INTERVAL), Effect.forever, Effect.forkScoped)

export const measure = (given: Case, command: string, variant = AS_SHIPPED) =>
  Effect.gen(function* () {
    const { messagesPerSecond, minutes, mode, streams, workers } = given
    const { sizeMs, slideMs } = variant
    yield* checkRoom(given, variant)
    const sql = yield* SqlClient
    yield* removeFilesAtExit(sql)
    const httpPort = yield* Effect.promise(freePort)
    const standing = readStanding(sql, SCHEMA).pipe(Effect.orDie)
    yield* Console.log(
      `${mode}, ${streams} streams, ${messagesPerSecond} messages/s, ${minutes} minutes, WORKERS=${workers}`
    )
    yield* sql.unsafe(`CREATE SCHEMA ${SCHEMA}`)
    const walBefore = yield* readWal(sql)
    const { originMs, producer, startedMs, worker } = yield* begin(given, variant, httpPort, standing)
    const { pid } = yield* KafkaBroker
    const pids = { workerPid: worker.pid, brokerPid: yield* pid, postmasterPid: yield* Servers.postmasterPid }
    const samples: Array<Sample> = []
    const lag = Effect.map(standing, ({ records }) => producer.written() - records)
    const spent = yield* watch(pids, lag, samples)
    yield* reportProgress(samples)

    const produced = yield* producer.produced
    const isRead = Effect.map(
      standing,
      ({ emitting, records }) => records === produced.chats + produced.viewers && !emitting
    )
    yield* untilSo("the worker to have read everything", READ_PATIENCE, worker, isRead)
    const cpu = spent()
    const peakMemoryMiB = residentMiB(worker.pid)?.peak ?? Number.NaN
    const read = yield* standing
    const samplesWhileReading = samples.slice()
    yield* Console.log(
      `  read in ${((read.lastCommitMs - startedMs) / 1000).toFixed(1)} s; waiting for the last windows to close`
    )

    const lastEndMs = Math.floor(produced.lastEventMs / slideMs) * slideMs + sizeMs
    const isClosed = Effect.map(standing, ({ watermarkMs }) => watermarkMs >= lastEndMs)
    yield* untilSo("the last windows to close", CLOSE_PATIENCE, worker, isClosed)
    const wal = (yield* readWal(sql)) - walBefore
    const metrics = yield* Effect.promise(async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text())
    yield* worker.signal("SIGTERM")
    const code = yield* worker.ended
    if (code !== 0)
      return yield* Effect.die(new Error(`the worker ended with ${code}:\n${worker.output().slice(-3000)}`))
    const commits = yield* readCommits(sql, SCHEMA)
    const room = yield* readRoom(sql, SCHEMA)
    return measuredOf(
      given,
      variant,
      { command, machine: yield* machine },
      {
        originMs,
        startedMs,
        produced,
        read,
        cpu,
        peakMemoryMiB,
        samples: samplesWhileReading,
        wal,
        metrics,
        commits,
        room
      }
    )
  }).pipe(Effect.scoped, Effect.provide(Servers.layer))
