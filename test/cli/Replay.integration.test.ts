import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Schedule, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { JOIN_MS } from "../../src/domain/Moment.ts"
import { FROM_FILES } from "../../src/domain/Task.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { makeKafkaWriter } from "../../src/source/kafka/KafkaWriter.ts"
import { Simulator } from "../../src/source/simulator/Simulator.ts"
import { LEAST_SLOT_MS } from "../../src/source/simulator/SimulatorOptions.ts"
import { ResultTables } from "../contract/ResultStoreContract.ts"
import { freePort } from "../harness/FreePort.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../oracle/Defaults.ts"
import { type OracleInput, recount, NO_DECISIONS } from "../oracle/Recount.ts"
import { config } from "../source/kafka/KafkaLogHarness.ts"
import { start, telemetra } from "./Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"

const PARTITIONS = [0, 1]
const SECONDS = 900
const PER_SECOND = { chat: 60, viewer: 6 }

const expectNone = (differences: ReadonlyArray<string>) => assert.strictEqual(differences.join("\n"), "")

const keyOf = ({
  stream,
  timestampMs,
  type
}: {
  readonly stream: string
  readonly type: string
  readonly timestampMs: number
}): string => JSON.stringify([stream, type, timestampMs])

/** A platform with many late events, that ended a minute ago. */
const platform = () =>
  new Simulator({
    seed: 11,
    partitions: PARTITIONS.length,
    perSecond: PER_SECOND,
    channelsPerPartition: 12,
    lateShare: 0.02,
    momentEveryMs: LEAST_SLOT_MS,
    originMs: Math.floor(Date.now() / 1000) * 1000 - (SECONDS + 60) * 1000
  })

const recordsOf = (simulator: Simulator, kind: "chat" | "viewer", partition: number) =>
  Array.from({ length: PER_SECOND[kind] * SECONDS }, (_, offset) => ({
    ...simulator.recordAt(kind, partition, BigInt(offset)),
    offset: BigInt(offset)
  }))

const fill = Effect.gen(function* () {
  const broker = yield* KafkaBroker
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: PARTITIONS.length, [topics.viewer]: PARTITIONS.length })
  const writer = yield* makeKafkaWriter(config(broker.bootstrap))
  const simulator = platform()
  const inputs: Array<OracleInput> = []
  for (const kind of ["chat", "viewer"] as const) {
    for (const partition of PARTITIONS) {
      const topic = topics[kind]
      const records = recordsOf(simulator, kind, partition)
      yield* writer.write(Stream.fromIterable(records.map((record) => ({ ...record, topic, partition, key: null }))))
      inputs.push({ kind, topic, partition, records, ...NO_DECISIONS })
    }
  }
  return { topics, inputs, originMs: simulator.options.originMs }
}).pipe(Effect.scoped)

/** Every byte of the tables, but for the ids that were drawn on the way. */
const bytes = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [all] = yield* sql<{ rows: string; moments: string; checkpoints: string; letters: string }>`SELECT
    (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM chat_summary_minute t) AS rows,
    (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM moments t) AS moments,
    (SELECT md5(string_agg(t::text, ',' ORDER BY source_partition)) FROM checkpoints t) AS checkpoints,
    (SELECT md5(string_agg(t::text, ',' ORDER BY topic, partition, kafka_offset)) FROM dead_letters t) AS letters`
  return all
})

const standing = Effect.gen(function* () {
  const store = yield* ResultStore
  return yield* Effect.forEach(PARTITIONS, (partition) => store.load(partition))
})

/** Runs a worker until it has read everything, then stops it. */
const workThrough = (env: Readonly<Record<string, string>>, inputs: ReadonlyArray<OracleInput>) =>
  Effect.gen(function* () {
    const worker = yield* start(["run"], { env })
    const isRead = Effect.map(standing, (checkpoints) =>
      checkpoints.every((checkpoint) =>
        checkpoint?.inputs.every(({ nextOffset, partition, topic }) => {
          const input = inputs.find((one) => one.topic === topic && one.partition === partition)
          return nextOffset === BigInt(input?.records.length ?? -1)
        })
      )
    )
    yield* isRead.pipe(
      Effect.orElseSucceed(() => false),
      Effect.repeat({ schedule: Schedule.spaced("200 millis"), until: (done) => done }),
      Effect.raceFirst(Effect.flatMap(worker.ended, (ended) => Effect.die(`it ended: ${JSON.stringify(ended)}`))),
      Effect.timeoutOrElse({ duration: "8 minutes", orElse: () => Effect.die(JSON.stringify(worker.printed())) })
    )
    yield* worker.signal("SIGTERM")
    const { code, stdout } = yield* worker.ended
    assert.strictEqual(code, 0, stdout)
  }).pipe(Effect.scoped)

const replay = Effect.fnUntraced(function* (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) {
  const { code, stderr, stdout } = yield* telemetra(["replay", "--json", ...args], { env })
  assert.strictEqual(code, 0, stderr)
  const summary: Readonly<Record<string, number>> = JSON.parse(stdout)
  return summary
})

const iso = (timeMs: number): string => new Date(timeMs).toISOString()

/** Store, tables and pool on a fresh schema, and the variables that name it. */
const inSchema = <A, E, R>(use: (env: Readonly<Record<string, string>>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    return yield* use({ ...postgresVariables(postgres, schema), ...RECOUNTED }).pipe(
      Effect.provide(
        Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
          Layer.provideMerge(PostgresTables.database(schema))
        )
      )
    )
  })

describe.skipIf(kafkaMissing !== undefined)("replay", () => {
  layer(Layer.merge(KafkaBroker.shared(), PostgresHarness.layer()), {
    timeout: "10 minutes",
    excludeTestServices: true
  })("on real servers", (it) => {
    // Longer than 70 lines: the steps of one scenario, on the same tables.
    it.effect("keeps the correct rows of a time range, and counts events that were late before a longer delay", () =>
      inSchema((place) =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const { inputs, originMs, topics } = yield* fill
          const env = {
            ...place,
            KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
            KAFKA_GROUP_ID: uniqueName("group"),
            CHAT_TOPIC: topics.chat,
            VIEWER_TOPIC: topics.viewer,
            HTTP_PORT: String(yield* Effect.promise(freePort))
          }
          yield* workThrough(env, inputs)
          const before = yield* bytes
          const standingRows = yield* (yield* ResultTables).rows
          const everything = iso(originMs - 600_000)

          const same = yield* replay(env, "--from", everything)
          assert.isAbove(same["rows"] ?? 0, 1000)
          assert.isAbove(same["moments"] ?? 0, 0)
          assert.deepStrictEqual(yield* bytes, before)
          // The configured topics are not those of the tables.
          const swapped = { ...env, CHAT_TOPIC: topics.viewer, VIEWER_TOPIC: topics.chat }
          const others = yield* telemetra(["replay", "--from", everything], { env: swapped })
          assert.strictEqual(others.code, 78, others.stderr)
          assert.include(others.stderr, `CHAT_TOPIC=${topics.viewer}: expected ${topics.chat}`)
          assert.deepStrictEqual(yield* bytes, before)
          yield* replay(env, "--from", iso(originMs + 250_000), "--to", iso(originMs + 600_000))
          assert.deepStrictEqual(yield* bytes, before)

          const repaired = yield* replay(env, "--from", everything, "--watermark-delay", "3 minutes")
          assert.isAbove(repaired["rows_written"] ?? 0, 50)
          const after = yield* bytes
          assert.strictEqual(after?.checkpoints, before?.checkpoints)
          assert.strictEqual(after?.letters, before?.letters)
          const settings = { ...DEFAULTS, watermarkDelayMs: 180_000 }
          const tables = yield* ResultTables
          const rows = yield* tables.rows
          const moments = yield* tables.moments
          const checkpoints = yield* standing
          for (const partition of PARTITIONS) {
            const watermarkMs = checkpoints[partition]?.watermarkMs ?? 0
            const ofTask = inputs.filter((input) => input.partition === partition)
            const isMine = (item: { readonly sourcePartition: number }) => item.sourcePartition === partition
            const isWritten = ({ endMs }: { readonly endMs: number }) => endMs <= watermarkMs
            expectNone(
              compareRows(
                recount(ofTask, settings).rows.filter(isWritten),
                rows.filter((row) => isMine(row) && isWritten(row))
              )
            )
            // Only the worker knows which moments may change after its watermark.
            const expected = recount(ofTask, settings, watermarkMs).moments
            const isOpen = ({ endedAtMs }: { readonly endedAtMs: number }) =>
              endedAtMs + JOIN_MS + settings.slideMs > watermarkMs
            const open = expected.filter(isOpen).map(keyOf)
            const isOver = (moment: (typeof expected)[number]) => !isOpen(moment) && !open.includes(keyOf(moment))
            const found = moments.filter((moment) => isMine(moment) && !isOpen(moment) && !open.includes(keyOf(moment)))
            expectNone(compareMoments(expected.filter(isOver), found))
          }

          const again = yield* replay(env, "--from", everything, "--watermark-delay", "3 minutes")
          assert.deepStrictEqual([again["rows_written"], again["moments_written"], again["moments_removed"]], [0, 0, 0])
          assert.deepStrictEqual(yield* bytes, after)

          // Under the worker's settings the range holds what the worker computed: no row of the
          // longer delay is left.
          const back = yield* replay(env, "--from", everything)
          const whole = (all: typeof rows) => all.map((row) => ({ ...row, flush: 0 }))
          assert.deepStrictEqual(whole(yield* tables.rows), whole(standingRows))
          assert.isAbove(back["rows_removed"] ?? 0, 0)
          assert.strictEqual(back["rows_left"], 0)
        })
      )
    )
  })

  layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("from files", (it) => {
    it.effect("gives the rows of a recount, however the lines come, and nothing else twice", () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-replay-test-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
        )
        // A file has no timestamps of a log that could show which events are far ahead; the scenes
        // are those of this evening.
        const originMs = Date.UTC(2026, 10, 29, 20)
        const simulator = new Simulator({ ...platform().options, partitions: 1, futureShare: 0, originMs })
        const lines = [...recordsOf(simulator, "chat", 0), ...recordsOf(simulator, "viewer", 0)]
          .toSorted((a, b) => a.timestampMs - b.timestampMs)
          .filter(({ value }) => value !== null && value.length > 0)
        const text = Buffer.concat(lines.flatMap(({ value }) => [value ?? new Uint8Array(0), Buffer.from("\n")]))
        const plain = join(folder, "evening.ndjson")
        const compressed = join(folder, "evening.ndjson.gz")
        writeFileSync(plain, text)
        writeFileSync(compressed, gzipSync(text))
        const isViewer = ({ value }: (typeof lines)[number]) =>
          value !== null && Buffer.from(value).includes('"viewer_count":')
        const inputs = (["chat", "viewer"] as const).map((kind): OracleInput => ({
          kind,
          topic: plain,
          partition: 0,
          records: lines.flatMap((line, offset) =>
            isViewer(line) === (kind === "viewer")
              ? [{ offset: BigInt(offset), timestampMs: -1, value: line.value }]
              : []
          ),
          ...NO_DECISIONS
        }))
        const expected = recount(inputs, DEFAULTS)
        assert.isAbove(expected.moments.length, 1)

        yield* inSchema((env) =>
          Effect.gen(function* () {
            const summary = yield* replay(env, plain)
            const tables = yield* ResultTables
            const rows = yield* tables.rows
            expectNone(compareRows(expected.rows, rows))
            expectNone(compareMoments(expected.moments, yield* tables.moments))
            expectNone(compareDeadLetters(expected.deadLetters, yield* tables.deadLetters))
            assert.isTrue(rows.every(({ sourcePartition }) => sourcePartition === FROM_FILES))
            assert.deepStrictEqual(
              [summary["records"], summary["late"], summary["rows"], summary["rows_written"]],
              [expected.counts.records, expected.counts.late, rows.length, rows.length]
            )
            const before = yield* bytes
            yield* replay(env, plain)
            assert.deepStrictEqual(yield* bytes, before)
            const ofCompressed = yield* replay(env, compressed)
            assert.strictEqual(ofCompressed["rows_written"], 0)
            const piped = yield* telemetra(["replay", "-"], { env, stdin: text })
            assert.match(piped.stdout, /rows +[\d,]+ {2}in the range: 0 written/)

            const missing = yield* telemetra(["replay", join(folder, "none.ndjson")], { env })
            assert.deepStrictEqual([missing.code, missing.stdout], [66, ""])
            const both = yield* telemetra(["replay", plain, "--from", "2026-01-01"], { env })
            assert.strictEqual(both.code, 2)
          })
        )
      }).pipe(Effect.scoped)
    )
  })
})
