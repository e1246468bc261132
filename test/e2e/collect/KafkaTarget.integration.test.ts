/**
 * Kafka as the collector's log: `telemetra run` with COLLECT and KAFKA_BOOTSTRAP_SERVERS. The
 * topics have every message once, keyed by its channel. The rows equal the recount of the topics.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import * as PostgresHarness from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { until } from "../../harness/Until.ts"
import { startWorker, storeEnv } from "../../harness/WorkerProcess.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { FRAMINGS } from "../../harness/twitch/Framing.ts"
import { startTwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { compareRows } from "../../oracle/Compare.ts"
import { DEFAULTS } from "../../oracle/Defaults.ts"
import { NO_DECISIONS, type OracleInput, recount } from "../../oracle/Recount.ts"
import { readPartition, toRecord } from "../../resilience/chaos/LogReader.ts"
import { assertSent, chatEventsOf } from "./LocalTable.ts"
import { channels, channelsOf, COMMON, untilJoined } from "./Stack.ts"

const STREAMS = channels(12)
const PARTITIONS = [0, 1, 2]

describe.skipIf(kafkaMissing !== undefined)("the collector into Kafka", () => {
  layer(Layer.merge(KafkaBroker.shared(), PostgresHarness.layer()), {
    timeout: "10 minutes",
    excludeTestServices: true
  })((it) => {
    it.effect("appends every message once, keyed by its channel, for a worker in the same process", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const { freshSchema, postgres } = yield* PostgresHarness.Postgres
        const schema = freshSchema()
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        yield* broker.createTopics({ [topics.chat]: PARTITIONS.length, [topics.viewer]: PARTITIONS.length })
        const server = yield* startTwitchServer()
        const worker = yield* startWorker(["run"], {
          ...COMMON,
          ...server.variables(),
          ...(yield* storeEnv(postgres, schema)),
          COLLECT: channelsOf(STREAMS),
          KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
          KAFKA_GROUP_ID: uniqueName("group"),
          CHAT_TOPIC: topics.chat,
          VIEWER_TOPIC: topics.viewer
        })
        yield* untilJoined(server, STREAMS, worker)
        const crowd = new Crowd({ streams: STREAMS, people: 40 })
        const startedMs = Date.now() - 3_600_000
        for (let second = 0; second < 300; second++) {
          server.chat.post(crowd.several(20, startedMs + second * 1_000), FRAMINGS[second % FRAMINGS.length])
          if (second === 100) for (const connection of server.chat.open) connection.reconnect(500)
          if (second % 20 === 0) yield* Effect.sleep(50)
        }
        yield* Effect.promise(() => server.chat.barrier())
        const sent = new Set(server.chat.sent.map(({ post }) => post.id)).size

        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const checkpoints = yield* until(
            "the worker to read all messages",
            Effect.gen(function* () {
              const ends = yield* broker.endOffsets(topics.chat)
              if (ends.reduce((sum, end) => sum + Number(end), 0) < sent) return undefined
              const found = yield* Effect.forEach(PARTITIONS, (partition) => store.load(partition))
              const isRead = found.every((checkpoint, partition) =>
                checkpoint?.inputs.every(
                  ({ nextOffset, topic }) => topic !== topics.chat || nextOffset === ends[partition]
                )
              )
              return isRead ? found : undefined
            }),
            worker.output
          )
          yield* worker.signal("SIGTERM")
          assert.strictEqual(yield* worker.ended, 0, worker.output())

          const ends = yield* broker.endOffsets(topics.chat)
          const values: Array<Uint8Array> = []
          const homes = new Map<string, number>()
          const rows = yield* (yield* ResultTables).rows
          let counted = 0
          for (const partition of PARTITIONS) {
            const read = yield* readPartition(
              broker.kafka,
              partition,
              new Map([[topics.chat, ends[partition] ?? 0n]]),
              (message) => ({ key: String(message.key), record: toRecord(message) })
            )
            const records = read.get(topics.chat) ?? []
            for (const { key, record } of records) {
              if (record.value === null) return assert.fail("a tombstone")
              values.push(record.value)
              assert.strictEqual(homes.get(key) ?? partition, partition)
              homes.set(key, partition)
              assert.include(Buffer.from(record.value).toString("utf8"), `"stream_id":"${key}"`)
            }
            const inputs: ReadonlyArray<OracleInput> = [
              {
                kind: "chat",
                topic: topics.chat,
                partition,
                records: records.map(({ record }) => record),
                ...NO_DECISIONS
              },
              { kind: "viewer", topic: topics.viewer, partition, records: [], ...NO_DECISIONS }
            ]
            const expected = recount(inputs, DEFAULTS, checkpoints[partition]?.watermarkMs)
            const ofTask = rows.filter(({ sourcePartition }) => sourcePartition === partition)
            assert.strictEqual(compareRows(expected.rows, ofTask).join("\n"), "")
            counted += expected.rows.length
          }
          assert.strictEqual(assertSent(server.chat, chatEventsOf(values)), sent)
          assert.isAbove(homes.size, 1)
          assert.isAbove(counted, 0)
        }).pipe(
          Effect.provide(
            Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
              Layer.provideMerge(PostgresTables.database(schema))
            )
          )
        )
      })
    )
  })
})
