/**
 * Long-term changes of logs and tables, case by case, with a worker process on a real Kafka and a
 * real PostgreSQL. Each case checks the message for the operator and the contents of the tables.
 * docs/reliability.md lists the cases.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, type Scope, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { CHECKPOINT_VERSION } from "../../../src/domain/Checkpoint.ts"
import { BEFORE_ALL } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { makeKafkaWriter } from "../../../src/source/kafka/KafkaWriter.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { startWorker, storeEnv, untilPrinted, untilReadiness, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { compareRows } from "../../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../../oracle/Defaults.ts"
import { type OracleGap, type OracleRecord, recount, NO_DECISIONS } from "../../oracle/Recount.ts"
import { config } from "../../source/kafka/KafkaLogHarness.ts"
import { until } from "../../harness/Until.ts"

const KINDS = ["chat", "viewer"] as const
type Kind = (typeof KINDS)[number]

const BASE_MS = Date.UTC(2026, 5, 1)

const encoder = new TextEncoder()

/** The n-th record of a partition: five a second. */
const recordAt = (kind: Kind, partition: number, n: number): OracleRecord => {
  const timestampMs = BASE_MS + n * 200
  const event = { stream_id: `stream-${partition}`, timestamp: timestampMs }
  const value =
    kind === "chat"
      ? { ...event, user_id: `u${n % 37}`, message: n % 5 === 0 ? "love it" : "so", emotes: [`e${n % 13}`] }
      : { ...event, viewer_count: 100 + (n % 7) }
  return { offset: BigInt(n), timestampMs, value: encoder.encode(JSON.stringify(value)) }
}

/** A pair of topics, and how far each partition has been written. */
interface Log {
  readonly topics: Readonly<Record<Kind, string>>
  /** Records by topic and partition. */
  readonly written: Map<string, number>
}

const endOf = (log: Log, kind: Kind, partition: number): number =>
  log.written.get(`${log.topics[kind]}/${partition}`) ?? 0

/** Goes on writing these partitions up to offset `to` (open). */
const append = (log: Log, to: number, partitions: ReadonlyArray<number>, kinds: ReadonlyArray<Kind> = KINDS) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const writer = yield* makeKafkaWriter(config(broker.bootstrap))
    for (const kind of kinds) {
      for (const partition of partitions) {
        const topic = log.topics[kind]
        const from = endOf(log, kind, partition)
        const records = Array.from({ length: to - from }, (_, index) => ({
          ...recordAt(kind, partition, from + index),
          topic,
          partition,
          key: null
        }))
        yield* writer.write(Stream.fromIterable(records))
        log.written.set(`${topic}/${partition}`, to)
      }
    }
  }).pipe(Effect.scoped)

/** A log of this many partitions with this many records in each. */
const makeLog = (partitions: number, records: number) =>
  Effect.gen(function* () {
    const broker = yield* KafkaBroker
    const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
    yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
    const log: Log = { topics, written: new Map() }
    yield* append(log, records, [...Array(partitions).keys()])
    return log
  })

/** A partition's records from offset `from` on, as the recount wants them. */
const inputsOf = (log: Log, partition: number, from = 0, chatGaps: ReadonlyArray<OracleGap> = []) =>
  KINDS.map((kind) => ({
    kind,
    topic: log.topics[kind],
    partition,
    records: Array.from({ length: endOf(log, kind, partition) - from }, (_, n) => recordAt(kind, partition, from + n)),
    ...NO_DECISIONS,
    gaps: kind === "chat" ? chatGaps : []
  }))

const checkpointOf = (task: number) => Effect.flatMap(ResultStore, (store) => store.load(task))

/** Waits until these tasks have read and committed all that has been written. */
const untilAllRead = (worker: WorkerProcess, log: Log, tasks: ReadonlyArray<number>) =>
  until(
    `tasks ${tasks.join(", ")} to read everything`,
    Effect.forEach(tasks, checkpointOf).pipe(
      Effect.map((checkpoints) =>
        checkpoints.every(
          (checkpoint) =>
            checkpoint?.emitted === undefined &&
            checkpoint?.inputs.every(
              ({ kind, nextOffset, partition }) => nextOffset === BigInt(endOf(log, kind, partition))
            )
        )
          ? true
          : undefined
      )
    ),
    worker.output
  )

const stopped = (worker: WorkerProcess) =>
  Effect.gen(function* () {
    yield* worker.signal("SIGTERM")
    assert.strictEqual(yield* worker.ended, 0, worker.output())
  })

/** Starts a worker on the log, with further variables. */
type Start = (
  log: Log,
  extra?: Readonly<Record<string, string>>
) => Effect.Effect<WorkerProcess, never, KafkaBroker | Scope.Scope>

/** A worker whose tasks have read everything. */
const startAndRead = Effect.fnUntraced(function* (
  start: Start,
  log: Log,
  tasks: ReadonlyArray<number>,
  extra?: Readonly<Record<string, string>>
) {
  const worker = yield* start(log, extra)
  yield* untilAllRead(worker, log, tasks)
  return worker
})

/** A worker that has read everything before its chat topic is deleted. */
const readThenDelete = Effect.fnUntraced(function* (start: Start) {
  const broker = yield* KafkaBroker
  const log = yield* makeLog(1, 1500)
  const worker = yield* startAndRead(start, log, [0])
  const stood = yield* contents
  const { chat } = log.topics
  yield* broker.deleteTopic(chat)
  return { broker, chat, stood, worker }
})

const readAndStop = (...args: Parameters<typeof startAndRead>) => Effect.tap(startAndRead(...args), stopped)

/** Waits for a worker that gives up. */
const untilEnded = (worker: WorkerProcess, code: number) =>
  Effect.gen(function* () {
    const ended = yield* worker.ended.pipe(
      Effect.timeoutOrElse({
        duration: "8 minutes",
        orElse: () => Effect.die(`the worker still runs:\n${worker.output()}`)
      })
    )
    assert.strictEqual(ended, code, worker.output())
  })

const rowsOf = (task: number) =>
  Effect.flatMap(ResultTables, ({ rows }) => rows).pipe(
    Effect.map((rows) => rows.filter(({ sourcePartition }) => sourcePartition === task))
  )

/** The task's rows equal the recount of its records from `from` on. */
const assertRecount = (log: Log, task: number, from = 0) =>
  Effect.gen(function* () {
    const checkpoint = yield* checkpointOf(task)
    const expected = recount(inputsOf(log, task, from), DEFAULTS, checkpoint?.watermarkMs ?? BEFORE_ALL)
    assert.isAbove(expected.rows.length, 0)
    assert.strictEqual(compareRows(expected.rows, yield* rowsOf(task)).join("\n"), "")
  })

/** The contents of the results' tables, as text. */
const contents = Effect.flatMap(SqlClient, (sql) =>
  sql.unsafe<{ line: string }>(
    `SELECT t::text AS line FROM chat_summary_minute t UNION ALL SELECT t::text FROM moments t UNION ALL
    SELECT t::text FROM dead_letters t UNION ALL SELECT t::text FROM gaps t ORDER BY line`
  )
).pipe(Effect.map((rows) => rows.map(({ line }) => line)))

const checkpointRows = Effect.flatMap(SqlClient, (sql) =>
  sql.unsafe<{ line: string }>("SELECT t::text AS line FROM checkpoints t ORDER BY line")
).pipe(Effect.map((rows) => rows.map(({ line }) => line)))

/** Without what is judged by the rows before. */
const alone = <A extends { readonly zScore: number | null; readonly isAnomaly: boolean }>(rows: ReadonlyArray<A>) =>
  rows.map((row) => ({ ...row, zScore: null, isAnomaly: false }))

type Services = KafkaBroker | Postgres.Postgres | ResultStore | ResultTables | SqlClient | Scope.Scope

describe.skipIf(kafkaMissing !== undefined)("a worker whose log or tables changed under it", () => {
  layer(Layer.merge(KafkaBroker.shared(), Postgres.layer()), { timeout: "10 minutes", excludeTestServices: true })(
    (it) => {
      /**
       * A case in a schema and a group of its own. `start` starts a worker on the log; no input
       * ever becomes idle, so that the log alone decides.
       */
      const inCase = (title: string, body: (start: Start, schema: string) => Effect.Effect<void, unknown, Services>) =>
        it.effect(title, () =>
          PostgresTables.inSchema((schema) =>
            Effect.gen(function* () {
              const { postgres } = yield* Postgres.Postgres
              const group = uniqueName("group")
              const start: Start = (log, extra) =>
                Effect.gen(function* () {
                  const broker = yield* KafkaBroker
                  return yield* startWorker(["run"], {
                    ...(yield* storeEnv(postgres, schema)),
                    ...RECOUNTED,
                    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
                    KAFKA_GROUP_ID: group,
                    CHAT_TOPIC: log.topics.chat,
                    VIEWER_TOPIC: log.topics.viewer,
                    IDLE_TIMEOUT: "1 day",
                    LIVENESS_TIMEOUT: "1 day",
                    ...extra
                  })
                })
              yield* body(start, schema)
            })
          )
        )

      const recreated = [
        { where: "before where it would read again", length: 10 },
        { where: "between where it would read again and its position", length: 1450 }
      ]
      for (const { length, where } of recreated) {
        inCase(`stops at a topic that was recreated and ends ${where}`, (start) =>
          Effect.gen(function* () {
            const broker = yield* KafkaBroker
            const log = yield* makeLog(1, 1500)
            yield* readAndStop(start, log, [0])
            const stood = yield* contents

            yield* broker.deleteTopic(log.topics.chat)
            yield* broker.createTopics({ [log.topics.chat]: 1 })
            log.written.delete(`${log.topics.chat}/0`)
            yield* append(log, length, [0], ["chat"])
            const worker = yield* start(log)
            yield* untilEnded(worker, 65)
            assert.match(
              worker.output(),
              new RegExp(
                `[tT]opic ${log.topics.chat}\\[0\\]: offset \\d+ is beyond the log's end ${length}: the topic was recreated or lost records; start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
              )
            )
            assert.deepStrictEqual(yield* contents, stood)
          })
        )
      }

      inCase("stops at a topic that is deleted while it runs", (start) =>
        Effect.gen(function* () {
          const { broker, chat, stood, worker } = yield* readThenDelete(start)
          yield* untilEnded(worker, 78)
          assert.include(
            worker.output(),
            `topic ${chat} missing: create with kafka-topics.sh --bootstrap-server ${broker.bootstrap} --create --topic ${chat} --partitions 1 (or correct CHAT_TOPIC and VIEWER_TOPIC)`
          )
          assert.deepStrictEqual(yield* contents, stood)
        })
      )

      inCase("keeps its position while a topic of results is missing, and ends if it stays missing", (start) =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const log = yield* makeLog(1, 1500)
          const windows = uniqueName("windows")
          // Long enough for a busy broker: the worker ends after four of them.
          const settings = { WINDOWS_TOPIC: windows, LIVENESS_TIMEOUT: "20 seconds", IDLE_TIMEOUT: "1 second" }
          const worker = yield* start(log, settings)
          yield* untilEnded(worker, 69)
          assert.include(worker.output(), `Windows topic ${windows} not available (attempt 1)`)
          assert.include(worker.output(), "create it or unset WINDOWS_TOPIC")
          assert.strictEqual((yield* checkpointOf(0))?.flushNumber, 0)

          yield* broker.createTopics({ [windows]: 1 })
          yield* readAndStop(start, log, [0], settings)
        })
      )

      inCase("stops at a topic that is recreated while it runs", (start) =>
        Effect.gen(function* () {
          const { broker, chat, stood, worker } = yield* readThenDelete(start)
          yield* broker.createTopics({ [chat]: 1 })
          yield* untilEnded(worker, 65)
          assert.include(worker.output(), `Kafka topic ${chat}[0]: offset 1500 is beyond the log's end 0`)
          assert.deepStrictEqual(yield* contents, stood)
        })
      )

      inCase("goes on behind what retention took, and marks the windows that lack it", (start) =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const log = yield* makeLog(1, 1500)
          yield* readAndStop(start, log, [0])
          const checkpoint = yield* checkpointOf(0)
          assert(checkpoint !== undefined)
          const rereadOffset = checkpoint.inputs[0]?.rereadOffset ?? 0n
          const stood = yield* contents

          yield* append(log, 2500, [0])
          yield* broker.deleteRecords(log.topics.chat, 0, 1700n)
          const worker = yield* readAndStop(start, log, [0])
          assert.include(
            worker.output(),
            `Kafka topic ${log.topics.chat}[0]: offset ${rereadOffset} was deleted: the log starts at 1700; ${1700n - rereadOffset} offsets were lost to retention (retention.ms, retention.bytes)`
          )
          const gaps = yield* Effect.flatMap(ResultTables, (tables) => tables.gaps)
          assert.deepStrictEqual(gaps, [
            {
              topic: log.topics.chat,
              partition: 0,
              fromOffset: rereadOffset,
              toOffset: 1700n,
              eventsFromMs: checkpoint.watermarkMs,
              eventsToMs: gaps[0]?.eventsToMs ?? BEFORE_ALL
            }
          ])

          // Earlier rows are unchanged. Later rows lack the lost records and are marked incomplete.
          const now = yield* contents
          assert.deepStrictEqual(
            stood.filter((line) => !now.includes(line)),
            []
          )
          const gap = { fromOffset: rereadOffset, toOffset: 1700n, watermarkMs: checkpoint.watermarkMs }
          const upToMs = (yield* checkpointOf(0))?.watermarkMs ?? BEFORE_ALL
          const expected = recount(inputsOf(log, 0, 0, [gap]), DEFAULTS, upToMs).rows
          const isAfter = ({ endMs }: { readonly endMs: number }) => endMs > checkpoint.watermarkMs
          const rows = yield* rowsOf(0)
          assert.strictEqual(compareRows(alone(expected.filter(isAfter)), alone(rows.filter(isAfter))).join("\n"), "")
          const complete = new Set(rows.map((row) => row.complete))
          assert.deepStrictEqual(complete, new Set([true, false]))
        })
      )

      inCase("reads partitions that are added, once both topics have them", (start) =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const log = yield* makeLog(1, 100)
          const { chat, viewer } = log.topics
          const latest = { KAFKA_STARTING_OFFSETS: "latest" }
          yield* readAndStop(start, log, [0], latest)
          yield* append(log, 800, [0])
          const worker = yield* startAndRead(start, log, [0], latest)

          yield* untilReadiness(worker, 200, "ready")
          yield* broker.grow(chat, 2)
          const problem = `${chat} has 2 partitions, ${viewer} has 1 partition: the counts must be equal. Add partitions (kafka-topics.sh --bootstrap-server ${broker.bootstrap} --alter --topic ${viewer} --partitions 2), or set TASK_SCOPE=all so that one task reads everything`
          yield* untilPrinted(worker, problem)
          yield* untilReadiness(worker, 503, `not ready: ${problem}`)
          // So few that they close no window: the other input has to count before more come.
          yield* append(log, 40, [1], ["chat"])
          yield* append(log, 1500, [0])
          yield* untilAllRead(worker, log, [0])
          assert.isUndefined(yield* checkpointOf(1))

          yield* broker.grow(viewer, 2)
          yield* append(log, 1500, [1], ["viewer"])
          yield* untilPrinted(worker, `partitions were added (${chat} 2, ${viewer} 2); rejoining the group`)
          yield* until("the new task", checkpointOf(1), worker.output)
          yield* append(log, 1500, [1], ["chat"])
          yield* untilAllRead(worker, log, [0, 1])
          yield* untilReadiness(worker, 200, "ready")
          yield* stopped(worker)
          yield* assertRecount(log, 0, 100)
          yield* assertRecount(log, 1)
        })
      )

      inCase("stops under TASK_SCOPE=all when partitions are added", (start) =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const log = yield* makeLog(1, 800)
          const worker = yield* startAndRead(start, log, [-2], { TASK_SCOPE: "all" })
          const stood = yield* contents
          yield* broker.grow(log.topics.viewer, 2)
          yield* untilEnded(worker, 78)
          const { chat, viewer } = log.topics
          assert.include(
            worker.output(),
            `Task -2 has read the inputs ${chat}[0], ${viewer}[0], but is configured to read ${chat}[0], ${viewer}[0], ${viewer}[1]`
          )
          assert.deepStrictEqual(yield* contents, stood)
        })
      )

      inCase("loses nothing after a crash before the first flush, under KAFKA_STARTING_OFFSETS=latest", (start) =>
        Effect.gen(function* () {
          const log = yield* makeLog(2, 100)
          const latest = { KAFKA_STARTING_OFFSETS: "latest" }
          const worker = yield* start(log, { ...latest, TRIGGER_INTERVAL: "1 hour" })
          yield* until(
            "both tasks",
            Effect.forEach([0, 1], checkpointOf).pipe(
              Effect.map((checkpoints) => checkpoints.every((checkpoint) => checkpoint?.epoch === 1) || undefined)
            ),
            worker.output
          )
          yield* append(log, 900, [0, 1])
          yield* worker.signal("SIGKILL")
          assert.strictEqual(yield* worker.ended, "SIGKILL")
          for (const task of [0, 1]) assert.strictEqual((yield* checkpointOf(task))?.flushNumber, 0)

          yield* append(log, 1500, [0, 1])
          yield* readAndStop(start, log, [0, 1], latest)
          for (const task of [0, 1]) yield* assertRecount(log, task, 100)
        })
      )

      const refusals = [
        {
          title: "stops at a checkpoint that can't be read",
          damage: `UPDATE checkpoints SET inputs = '[{"kind": "chat"}]' WHERE source_partition = 1`,
          message: (schema: string) =>
            new RegExp(
              `the checkpoint of task 1 in schema ${schema} is unreadable: inputs: .*\\. Restore the row from a backup\\. Or lose only the position: .*DELETE FROM ${schema}\\.checkpoints WHERE source_partition = 1, and start with KAFKA_STARTING_OFFSETS=latest\\.`
            ),
          touches: 1
        },
        {
          title: "stops at checkpoints of a newer version, in the middle of an upgrade",
          damage: `UPDATE checkpoints SET version = ${CHECKPOINT_VERSION + 1}`,
          message: (schema: string) =>
            new RegExp(
              `the checkpoint of task [01] in schema ${schema} has version ${CHECKPOINT_VERSION + 1}, and this worker reads versions up to ${CHECKPOINT_VERSION}\\. Run the worker that wrote it, or a newer one`
            ),
          touches: 0
        }
      ]
      for (const { damage, message, title, touches } of refusals) {
        inCase(title, (start, schema) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient
            const log = yield* makeLog(2, 800)
            yield* readAndStop(start, log, [0, 1])
            yield* sql.unsafe(damage)
            const stood = yield* contents
            const checkpoints = yield* checkpointRows

            const worker = yield* start(log)
            yield* untilEnded(worker, 65)
            assert.match(worker.output(), message(schema))
            assert.deepStrictEqual(yield* contents, stood)
            // The other task may have been taken over before.
            const now = yield* checkpointRows
            assert.isAtMost(checkpoints.filter((line) => !now.includes(line)).length, touches)
          })
        )
      }

      inCase("catches up with a log that is ahead of tables from an older backup", (start, schema) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const log = yield* makeLog(2, 900)
          yield* readAndStop(start, log, [0, 1])

          const tables = ["chat_summary_minute", "moments", "dead_letters", "gaps", "checkpoints"]
          for (const table of tables) yield* sql.unsafe(`CREATE TABLE ${schema}.backup_${table} AS TABLE ${table}`)
          yield* append(log, 1800, [0, 1])
          yield* readAndStop(start, log, [0, 1])
          const rows = (yield* rowsOf(0)).length
          for (const table of tables) {
            yield* sql.unsafe(`TRUNCATE ${table}`)
            yield* sql.unsafe(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE backup_${table}`)
          }
          assert.isBelow((yield* rowsOf(0)).length, rows)

          yield* readAndStop(start, log, [0, 1])
          for (const task of [0, 1]) yield* assertRecount(log, task)
        })
      )

      inCase("writes windows of another size next to the existing ones", (start) =>
        Effect.gen(function* () {
          const log = yield* makeLog(1, 1500)
          yield* readAndStop(start, log, [0])
          yield* assertRecount(log, 0)
          const stood = yield* contents

          yield* append(log, 3500, [0])
          yield* readAndStop(start, log, [0], { WINDOW_DURATION: "2 minutes", SLIDE_DURATION: "20 seconds" })
          const now = yield* contents
          assert.deepStrictEqual(
            stood.filter((line) => !now.includes(line)),
            []
          )
          const checkpoint = yield* checkpointOf(0)
          assert(checkpoint !== undefined)
          const settings = { ...DEFAULTS, sizeMs: 120_000, slideMs: 20_000 }
          const whole = recount(inputsOf(log, 0), settings, checkpoint.watermarkMs).rows.filter(
            ({ startMs }) => startMs > checkpoint.partialToMs
          )
          assert.isAbove(whole.length, 0)
          const rows = (yield* rowsOf(0)).filter(({ endMs, startMs }) => endMs - startMs === 120_000)
          assert.strictEqual(compareRows(alone(whole), alone(rows)).join("\n"), "")
        })
      )
    }
  )
})
