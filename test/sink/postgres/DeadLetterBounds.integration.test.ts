/** The bounds of table dead_letters: repeated payloads once, a daily limit, an age. */
import { randomBytes } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { AFTER_ALL } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { deleteExpired } from "../../../src/sink/postgres/DeadLetters.ts"
import { readDeadLetter } from "../../../src/query/DeadLetterRows.ts"
import { readPipeline } from "../../../src/query/PipelineStatus.ts"
import { deadLetterOf, flushOf, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const PAYLOAD_BYTES = 8192
const DAY_MS = 86_400_000

const lettersFrom = (
  first: number,
  payloads: ReadonlyArray<Uint8Array>,
  over: Parameters<typeof deadLetterOf>[0] = {}
) =>
  payloads.map((payload, index) =>
    deadLetterOf({ offset: BigInt(first + index), payload, payloadBytes: payload.length, ...over })
  )

const distinct = (count: number, bytes = PAYLOAD_BYTES) => Array.from({ length: count }, () => randomBytes(bytes))

const repeated = (count: number) => {
  const [payload = new Uint8Array()] = distinct(1)
  return Array.from({ length: count }, () => payload)
}

/** The payload bytes in the table, and its number of rows. */
const held = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [sizes] = yield* sql<{ payload: number; rows: number; disk: number }>`
    SELECT COALESCE(sum(octet_length(payload)), 0)::float8 AS payload, count(*)::float8 AS rows,
      pg_total_relation_size('dead_letters')::float8 AS disk FROM dead_letters`
  assert(sizes !== undefined)
  return sizes
})

/** The flush after `checkpoint`, which the next one follows. */
const next = (checkpoint: Checkpoint): Checkpoint => ({ ...checkpoint, flushNumber: checkpoint.flushNumber + 1 })

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("table dead_letters", (it) => {
  const inSchema = (
    name: string,
    bytesPerDay: number,
    test: (log: ReadonlyArray<string>) => Effect.Effect<void, unknown, ResultStore | SqlClient>
  ) =>
    it.effect(name, () =>
      Effect.gen(function* () {
        const { freshSchema } = yield* Postgres.Postgres
        const schema = freshSchema()
        const log: Array<string> = []
        const logger = Logger.make(({ message }) => log.push(String(message)))
        const limits = { deadLetters: { retentionMs: 30 * DAY_MS, bytesPerDay } }
        const tables = Layer.provideMerge(PostgresTables.store(schema, limits), PostgresTables.database(schema))
        yield* test(log).pipe(Effect.provide(Layer.provideMerge(tables, Logger.layer([logger]))))
      })
    )

  inSchema(
    "stores a payload that repeats once: 3,000 of 8 KiB take 1 MB, and each is shown whole",
    64 * 1024 * 1024,
    () =>
      Effect.gen(function* () {
        const store = yield* ResultStore
        const payloads = repeated(1000)
        let checkpoint = yield* started()
        for (let n = 0; n < 3; n++) {
          yield* store.commit(flushOf(checkpoint, { deadLetters: lettersFrom(n * 1000, payloads) }))
          checkpoint = next(checkpoint)
        }
        const { disk, payload, rows } = yield* held
        assert.deepStrictEqual([rows, payload], [3000, PAYLOAD_BYTES])
        assert.isBelow(disk, 1_500_000)
        const found = yield* readDeadLetter({ topic: "telemetra.events.chat", partition: 3, offset: "2999" })
        assert.strictEqual(found?.payload, new TextDecoder().decode(payloads[0]))
        assert.strictEqual(found?.payload_bytes, PAYLOAD_BYTES)
      })
  )

  inSchema("stores no more than a day's limit, counts what it drops, and warns once", 1_000_000, (log) =>
    Effect.gen(function* () {
      const store = yield* ResultStore
      const sql = yield* SqlClient
      let checkpoint = yield* started()
      let dropped = 0
      for (let n = 0; n < 3; n++) {
        const outcome = yield* store.commit(flushOf(checkpoint, { deadLetters: lettersFrom(n * 100, distinct(100)) }))
        assert.strictEqual(outcome._tag, "Committed")
        if (outcome._tag === "Committed") dropped += outcome.droppedDeadLetters ?? 0
        checkpoint = next(checkpoint)
      }
      const fits = Math.floor(1_000_000 / (PAYLOAD_BYTES + 256 + 64))
      assert.deepInclude(yield* held, { rows: fits, payload: fits * PAYLOAD_BYTES })
      assert.strictEqual(dropped, 300 - fits)
      assert.strictEqual((yield* readPipeline).dead_letters_dropped, 300 - fits)
      assert.strictEqual(log.filter((line) => line.includes("DEAD_LETTER_BYTES_PER_DAY")).length, 1)
      // The limit is one for all tasks, and ends with the day.
      const other = yield* started({ sourcePartition: 4 })
      yield* store.commit(flushOf(other, { deadLetters: lettersFrom(1000, distinct(1)) }))
      assert.strictEqual((yield* held).rows, fits)
      yield* sql`UPDATE dead_letter_days SET day = day - 1`
      yield* store.commit(flushOf(checkpoint, { deadLetters: lettersFrom(2000, distinct(5)) }))
      assert.strictEqual((yield* held).rows, fits + 5)
      assert.strictEqual((yield* readPipeline).dead_letters_dropped, 0)
    })
  )

  inSchema("bounds rows that are small, too: 20,000 of two bytes", 500_000, () =>
    Effect.gen(function* () {
      const store = yield* ResultStore
      let checkpoint = yield* started()
      for (let n = 0; n < 4; n++) {
        yield* store.commit(flushOf(checkpoint, { deadLetters: lettersFrom(n * 5000, distinct(5000, 2)) }))
        checkpoint = next(checkpoint)
      }
      const { disk, rows } = yield* held
      assert.isAtMost(rows, 500_000 / 256)
      assert.isBelow(disk, 1_500_000)
    })
  )

  inSchema(
    "lets a restart find dropped records dead that were ahead of their time, until it has passed them",
    1000,
    () =>
      Effect.gen(function* () {
        const store = yield* ResultStore
        const sql = yield* SqlClient
        const first = yield* started()
        const [chat, viewer] = first.inputs
        assert(chat !== undefined && viewer !== undefined)
        const at = (checkpoint: Checkpoint, rereadOffset: bigint, nextOffset: bigint): Checkpoint => ({
          ...checkpoint,
          inputs: [{ ...chat, rereadOffset, nextOffset }, viewer]
        })
        const future = { reason: "future-timestamp", path: "timestamp" } as const
        const offsetsOf = (checkpoint: Checkpoint) =>
          Effect.map(
            store.recover(checkpoint, { openSinceMs: AFTER_ALL, slidesSinceMs: AFTER_ALL }),
            ({ futureOffsets }) => [...(futureOffsets[0] ?? [])]
          )
        // Three fit; the others are dropped, some for another reason.
        const letters = [
          ...lettersFrom(10, distinct(3, 2), future),
          ...lettersFrom(13, distinct(2, 2), future),
          ...lettersFrom(20, distinct(4, 2)),
          ...lettersFrom(30, distinct(5, 2), future)
        ]
        yield* store.commit(flushOf(at(first, 0n, 40n), { deadLetters: letters }))
        assert.strictEqual((yield* held).rows, 3)
        const stored = at(next(first), 0n, 40n)
        assert.deepStrictEqual(yield* offsetsOf(stored), [
          [10n, 15n],
          [30n, 35n]
        ])
        assert.deepStrictEqual(yield* offsetsOf(at(stored, 12n, 32n)), [
          [12n, 15n],
          [30n, 32n]
        ])
        // The next flush with dead letters has passed the first run.
        yield* store.commit(
          flushOf(at(next(first), 20n, 50n), { deadLetters: lettersFrom(40, distinct(1, 2), future) })
        )
        assert.deepStrictEqual(
          yield* sql`SELECT from_offset::int, to_offset::int FROM dropped_future_offsets ORDER BY 1`,
          [
            { from_offset: 30, to_offset: 35 },
            { from_offset: 40, to_offset: 41 }
          ]
        )
      })
  )

  inSchema(
    "deletes what is older than its retention, in batches, but nothing that a restart needs",
    64 * 1024 * 1024,
    () =>
      Effect.gen(function* () {
        const store = yield* ResultStore
        const sql = yield* SqlClient
        const first = yield* started()
        const [chat, viewer] = first.inputs
        assert(chat !== undefined && viewer !== undefined)
        yield* store.commit(
          flushOf({ ...first, inputs: [{ ...chat, rereadOffset: 24_990n, nextOffset: 30_000n }, viewer] })
        )
        yield* sql`INSERT INTO dead_letters (topic, partition, kafka_offset, reason, payload, payload_bytes, dead_at)
        SELECT ${chat.topic}, ${chat.partition}::int, n,
          CASE WHEN n % 2 = 0 THEN 'future-timestamp' ELSE 'invalid-json' END, ''::bytea, 0,
          now() AT TIME ZONE 'UTC' - CASE WHEN n < 25000 THEN interval '32 days' ELSE interval '29 days' END
        FROM generate_series(0, 25999) n`
        yield* sql`INSERT INTO dead_letter_days VALUES (now()::date - 40, 3, 1, 1), (now()::date - 1, 3, 1, 1)`
        yield* deleteExpired(30 * DAY_MS)
        const left = yield* sql<{
          kafka_offset: bigint
        }>`SELECT kafka_offset FROM dead_letters WHERE kafka_offset < 25000 ORDER BY 1`
        assert.deepStrictEqual(
          left.map(({ kafka_offset }) => Number(kafka_offset)),
          [24_990, 24_992, 24_994, 24_996, 24_998]
        )
        assert.strictEqual((yield* held).rows, 1005)
        assert.strictEqual((yield* sql`SELECT 1 FROM dead_letter_days`).length, 1)
        yield* deleteExpired(30 * DAY_MS)
        assert.strictEqual((yield* held).rows, 1005)
      })
  )
})
