import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { JOIN_MS } from "../../src/domain/Moment.ts"
import { present } from "../../src/domain/Invariant.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { EventWriter, type NewRecord } from "../../src/source/EventWriter.ts"
import * as LocalWriter from "../../src/source/local/LocalWriter.ts"
import { Simulator } from "../../src/source/simulator/Simulator.ts"
import { LEAST_SLOT_MS } from "../../src/source/simulator/SimulatorOptions.ts"
import { ResultTables } from "../contract/ResultStoreContract.ts"
import { freePort } from "../harness/FreePort.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { Random } from "../harness/Random.ts"
import { untilTrue } from "../harness/Until.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { compareMoments, compareRows } from "../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../oracle/Defaults.ts"
import { NO_DECISIONS, type OracleInput, recount } from "../oracle/Recount.ts"
import { start, telemetra } from "./Command.ts"

const SECONDS = 900
const PER_SECOND = { chat: 40, viewer: 4 }
const TOPICS = { chat: "telemetra.events.chat", viewer: "telemetra.events.viewer" } as const

const expectNone = (differences: ReadonlyArray<string>) => assert.strictEqual(differences.join("\n"), "")

/** A fixed hour: channels come and go, so the numbers of rows and moments depend on it. */
const originMs = Date.UTC(2026, 0, 31, 10)

/** Records of a platform, in the order of their appends. */
const collected = (): ReadonlyArray<NewRecord> => {
  const simulator = new Simulator({
    seed: 12,
    partitions: 1,
    perSecond: PER_SECOND,
    channelsPerPartition: 10,
    lateShare: 0.02,
    momentEveryMs: LEAST_SLOT_MS,
    originMs
  })
  const records = (["chat", "viewer"] as const).flatMap((kind) =>
    Array.from({ length: PER_SECOND[kind] * SECONDS }, (_, offset) => {
      const { timestampMs, value } = simulator.recordAt(kind, 0, BigInt(offset))
      return { kind, stream: "any", timestampMs, value: Buffer.from(value ?? "").toString("utf8") }
    })
  )
  return records.toSorted((a, b) => a.timestampMs - b.timestampMs)
}

const inputsOf = (records: ReadonlyArray<NewRecord>): ReadonlyArray<OracleInput> =>
  (["chat", "viewer"] as const).map((kind) => ({
    kind,
    topic: TOPICS[kind],
    partition: 0,
    records: records
      .filter((record) => record.kind === kind)
      .map(({ timestampMs, value }, offset) => ({
        offset: BigInt(offset),
        timestampMs,
        value: new Uint8Array(Buffer.from(value))
      })),
    ...NO_DECISIONS
  }))

/** Whether the worker has committed everything. */
const isRead = (inputs: ReadonlyArray<OracleInput>) =>
  Effect.gen(function* () {
    const checkpoint = yield* (yield* ResultStore).load(0)
    return (
      checkpoint?.inputs.every(
        ({ nextOffset, topic }) =>
          nextOffset === BigInt(inputs.find((input) => input.topic === topic)?.records.length ?? -1)
      ) === true
    )
  }).pipe(Effect.orElseSucceed(() => false))

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })(
  "a worker on the local log",
  (it) => {
    it.effect("writes the rows of a recount although it is killed, and a replay writes the same", () =>
      Effect.gen(function* () {
        const { freshSchema, postgres } = yield* PostgresHarness.Postgres
        const schema = freshSchema()
        yield* Effect.gen(function* () {
          const records = collected()
          const inputs = inputsOf(records)
          const env = {
            ...postgresVariables(postgres, schema),
            ...RECOUNTED,
            SOURCE: "local",
            LOCAL_LOG_RETENTION: "36500 days",
            // No input is ever idle, as the recount assumes.
            IDLE_TIMEOUT: "30 minutes",
            LIVENESS_TIMEOUT: "1 hour",
            HTTP_PORT: String(yield* Effect.promise(freePort))
          }
          const { append } = yield* Effect.provide(
            EventWriter,
            yield* Layer.build(LocalWriter.layer({ postgres, schema, topics: TOPICS }))
          )
          const appending = yield* Effect.gen(function* () {
            for (let from = 0; from < records.length; from += 400) {
              yield* append(records.slice(from, from + 400))
              yield* Effect.sleep("60 millis")
            }
          }).pipe(Effect.forkScoped)
          const random = new Random(3)
          for (let kill = 0; kill < 3; kill++) {
            yield* Effect.gen(function* () {
              const worker = yield* start(["run"], { env })
              yield* untilTrue("the worker to run", () => worker.printed().stdout.includes("Telemetra stream"))
              yield* Effect.sleep(random.between(100, 2_000))
              yield* worker.signal("SIGKILL")
              yield* worker.ended
            }).pipe(Effect.scoped)
          }
          yield* Effect.gen(function* () {
            const worker = yield* start(["run"], { env })
            yield* Fiber.join(appending)
            yield* isRead(inputs).pipe(
              Effect.repeat({ schedule: Schedule.spaced("200 millis"), until: (done) => done }),
              Effect.raceFirst(Effect.flatMap(worker.ended, (ended) => Effect.die(JSON.stringify(ended)))),
              Effect.timeoutOrElse({
                duration: "8 minutes",
                orElse: () => Effect.die(JSON.stringify(worker.printed()))
              })
            )
            assert.include(
              worker.printed().stdout,
              "telemetra.events.chat and telemetra.events.viewer from the local log"
            )
            const doctor = yield* telemetra(["doctor"], { env })
            // Nothing was appended for long.
            assert.match(doctor.stdout, /^warning +local log +[\d,]+ events in telemetra.events.chat/m)
            assert.match(doctor.stdout, /^ok +positions +within the logs/m)
            yield* worker.signal("SIGTERM")
            const { code, stdout } = yield* worker.ended
            assert.strictEqual(code, 0, stdout)
          }).pipe(Effect.scoped)

          const tables = yield* ResultTables
          const rows = yield* tables.rows
          const moments = yield* tables.moments
          const { watermarkMs } = present(yield* (yield* ResultStore).load(0), "the task has a checkpoint")
          const isWritten = ({ endMs }: { readonly endMs: number }) => endMs <= watermarkMs
          assert.isAbove(rows.length, 500)
          expectNone(compareRows(recount(inputs, DEFAULTS).rows.filter(isWritten), rows.filter(isWritten)))
          const isOver = ({ endedAtMs }: { readonly endedAtMs: number }) =>
            endedAtMs + JOIN_MS + DEFAULTS.slideMs <= watermarkMs
          assert.isAbove(moments.filter(isOver).length, 0)
          expectNone(
            compareMoments(recount(inputs, DEFAULTS, watermarkMs).moments.filter(isOver), moments.filter(isOver))
          )

          const sql = yield* SqlClient
          yield* sql`UPDATE chat_summary_minute SET chat_count = chat_count + 1 WHERE id % 7 = 0`
          yield* sql`DELETE FROM chat_summary_minute WHERE id % 11 = 0`
          const from = new Date(originMs - 600_000).toISOString()
          const replay = yield* telemetra(["replay", "--json", "--from", from], { env })
          assert.strictEqual(replay.code, 0, replay.stderr)
          const whole = (all: typeof rows) => all.map((row) => ({ ...row, flush: 0 }))
          assert.deepStrictEqual(whole(yield* tables.rows), whole(rows))

          // A part of the day, whose offsets are found by time.
          yield* sql`UPDATE chat_summary_minute SET chat_count = chat_count + 1
          WHERE window_start >= ${new Date(originMs + 300_000).toISOString()}::timestamp
            AND window_end <= ${new Date(originMs + 600_000).toISOString()}::timestamp`
          const range = [
            "--from",
            new Date(originMs + 300_000).toISOString(),
            "--to",
            new Date(originMs + 600_000).toISOString()
          ]
          const part = yield* telemetra(["replay", "--json", ...range], { env })
          assert.strictEqual(part.code, 0, part.stderr)
          assert.deepStrictEqual(whole(yield* tables.rows), whole(rows))
          const summary: Readonly<Record<string, number>> = JSON.parse(part.stdout)
          assert.isBelow(present(summary["records"], "the summary has it"), records.length)
        }).pipe(
          Effect.provide(
            Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
              Layer.provideMerge(PostgresTables.database(schema))
            )
          ),
          Effect.scoped
        )
      })
    )
  }
)
