/**
 * Batches that unpack to far more than they are: a worker process on a real Kafka and a real
 * PostgreSQL.
 */
import { readFileSync } from "node:fs"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import kafkajs from "kafkajs"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { startWorker, storeEnv, untilPrinted, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { telemetra } from "../../cli/Command.ts"
import { until } from "../../harness/Until.ts"

const BASE_MS = Date.UTC(2026, 5, 1)

/** An event a second, from one second (closed) to another (open). */
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => {
    const timestampMs = BASE_MS + (from + index) * 1000
    const event = { stream_id: "s", timestamp: timestampMs, user_id: "u", message: "so", viewer_count: 1 }
    return { partition: 0, value: JSON.stringify(event), timestampMs }
  })

const at = (second: number): string => new Date(BASE_MS + second * 1000).toISOString()

/** So many zeros as one record. */
const zeros = (mebibytes: number) => [
  { partition: 0, value: Buffer.alloc(mebibytes * 1024 * 1024), timestampMs: BASE_MS + 30_000 }
]

/** Peak resident memory of a process in MiB. */
const peakMiB = ({ pid }: WorkerProcess): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

const untilRead = (worker: WorkerProcess, offset: bigint) =>
  until(
    `chat to be read up to ${offset}`,
    Effect.map(
      Effect.flatMap(ResultStore, (store) => store.load(0)),
      (checkpoint) => (checkpoint?.inputs[0]?.nextOffset === offset ? true : undefined)
    ),
    worker.output
  )

describe.skipIf(kafkaMissing !== undefined)("a worker that reads bombs", () => {
  layer(Layer.merge(KafkaBroker.shared(), Postgres.layer()), { timeout: "3 minutes", excludeTestServices: true })(
    (it) => {
      it.effect("skips a small batch that unpacks to gigabytes, start after start, and reports the loss", () =>
        PostgresTables.inSchema((schema) =>
          Effect.gen(function* () {
            const broker = yield* KafkaBroker
            const { postgres } = yield* Postgres.Postgres
            const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
            yield* broker.createTopics({ [topics.chat]: 1, [topics.viewer]: 1 })
            yield* broker.produce(topics.chat, events(0, 60))
            // Batches of 300 MiB, which are 10 kB each; then what is written after them.
            for (let n = 0; n < 2; n++) yield* broker.produce(topics.chat, zeros(300), kafkajs.CompressionTypes.ZSTD)
            yield* broker.produce(topics.chat, events(60, 200))
            yield* broker.produce(topics.viewer, events(0, 200))
            const env = {
              ...(yield* storeEnv(postgres, schema)),
              KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
              KAFKA_GROUP_ID: uniqueName("group"),
              CHAT_TOPIC: topics.chat,
              VIEWER_TOPIC: topics.viewer,
              IDLE_TIMEOUT: "1 day",
              LIVENESS_TIMEOUT: "1 day"
            }
            const sql = yield* SqlClient
            const gaps = sql<{ from_offset: bigint; to_offset: bigint; line: string }>`
            SELECT from_offset, to_offset, g::text AS line FROM gaps g ORDER BY from_offset`

            const first = yield* startWorker(["run"], env)
            yield* untilRead(first, 202n)
            assert.include(
              first.output(),
              `Kafka topic ${topics.chat}[0]: skipped offsets 60 to 60: the batch at offset 60 (`
            )
            assert.include(first.output(), "decompresses to more than MAX_BATCH_BYTES (67108864)")
            assert.isBelow(peakMiB(first), 800)
            const found = yield* gaps
            assert.deepStrictEqual(
              found.map(({ from_offset, to_offset }) => [from_offset, to_offset]),
              [60n, 61n].map((offset) => [offset, offset + 1n])
            )
            const incomplete = yield* sql<{ complete: boolean; window_start: Date }>`
            SELECT complete, window_start FROM chat_summary_minute ORDER BY window_start`
            assert.isAbove(incomplete.length, 5)
            assert.isFalse(incomplete.find(({ window_start }) => window_start.getTime() === BASE_MS)?.complete)
            yield* first.signal("SIGKILL")
            yield* first.ended

            const second = yield* startWorker(["run"], env)
            yield* untilPrinted(second, "taken over")
            yield* broker.produce(topics.chat, events(200, 300))
            yield* broker.produce(topics.viewer, events(200, 300))
            yield* untilRead(second, 302n)
            assert.isBelow(peakMiB(second), 800)
            // Known gaps were found again, if at all: they have not changed.
            assert.deepStrictEqual(
              (yield* gaps).map(({ line }) => line),
              found.map(({ line }) => line)
            )
            yield* second.signal("SIGTERM")
            assert.strictEqual(yield* second.ended, 0, second.output())

            // The oldest remaining record is a bomb now, and the newest one, too.
            const strict = { ...env, MAX_BATCH_BYTES: "1048576" }
            yield* broker.produce(topics.chat, zeros(2), kafkajs.CompressionTypes.ZSTD)
            yield* broker.deleteRecords(topics.chat, 0, 302n)
            yield* broker.produce(topics.chat, events(300, 320))
            yield* broker.produce(topics.chat, zeros(2), kafkajs.CompressionTypes.ZSTD)
            const replayed = yield* telemetra(["replay", "--from", at(0), "--to", at(300)], { env: strict })
            assert.strictEqual(replayed.code, 0, replayed.stderr)
            assert.include(replayed.stdout + replayed.stderr, "starts at offset 302; earlier records were deleted")
            const doctor = yield* telemetra(["doctor", "--json"], { env: strict })
            assert.strictEqual(doctor.code, 0, doctor.stdout)
            assert.include(doctor.stdout, "the batch at offset 323 (")
          })
        )
      )
    }
  )
})
