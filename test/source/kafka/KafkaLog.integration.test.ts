import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Scope, Stream } from "effect"
import kafkajs from "kafkajs"
import lz4 from "lz4-napi"
import { ALL_PARTITIONS } from "../../../src/domain/Task.ts"
import type { EventLogError } from "../../../src/source/EventLog.ts"
import { OnRetry } from "../../../src/retry/Retry.ts"
import { KafkaBroker, kafkaMissing, type ProduceRecord, uniqueName } from "../../harness/Kafka.ts"
import {
  awaitAssignment,
  awaitEnds,
  config,
  everything,
  joinGroup,
  limits,
  makeTopics,
  numbers,
  openLog,
  readToEnd,
  task,
  tinyBuffers,
  values
} from "./KafkaLogHarness.ts"

const records = (partition: number, from: number, to: number): ReadonlyArray<ProduceRecord> =>
  Array.from({ length: to - from }, (_, index) => ({
    partition,
    value: `p${partition}-${from + index}`,
    timestampMs: 1_700_000_000_000 + from + index
  }))

const texts = (partition: number, from: number, to: number): Array<string | null> =>
  Array.from({ length: to - from }, (_, index) => `p${partition}-${from + index}`)

const failure = <A, R>(effect: Effect.Effect<A, EventLogError, R>): Effect.Effect<EventLogError, never, R> =>
  Effect.flip(effect).pipe(
    Effect.mapError((value) => new Error(`expected a failure, not ${String(value)}`)),
    Effect.orDie
  )

/**
 * Makes kafkajs write lz4 with a wrong checksum of the contents, until the returned function runs.
 * Kafka's own lz4 does not check it.
 */
const damageLz4 = (): (() => void) => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const original = CompressionCodecs[CompressionTypes.LZ4]
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    ...original(),
    compress: async (encoder: { readonly buffer: Buffer }): Promise<Buffer> => {
      const bytes = lz4.compressFrameSync(encoder.buffer, { contentChecksum: true })
      return bytes.fill(0, bytes.length - 4)
    }
  })
  return () => {
    CompressionCodecs[CompressionTypes.LZ4] = original
  }
}

describe.skipIf(kafkaMissing !== undefined)("KafkaLog", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("reads everything exactly once, through buffers smaller than a batch", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(3, 3)
        for (const topic of [topics.chat, topics.viewer]) {
          // Many batches of a few records, then one large batch.
          for (let from = 0; from < 300; from += 30) {
            yield* broker.produce(
              topic,
              [0, 1, 2].flatMap((partition) => records(partition, from, from + 30))
            )
          }
          yield* broker.produce(
            topic,
            [0, 1, 2].flatMap((partition) => records(partition, 300, 3_000))
          )
        }
        const log = yield* openLog({ topics, limits: tinyBuffers })
        const newest = yield* joinGroup(log)
        const assignment = yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 3)
        assert.deepStrictEqual(numbers(assignment), [0, 1, 2])
        assert.deepStrictEqual(assignment.tasks[1], task(topics, 1))
        const all = yield* Effect.forEach(assignment.tasks, (definition) => readToEnd(log, definition), {
          concurrency: "unbounded"
        })
        for (const [partition, batches] of all.entries()) {
          assert.deepStrictEqual(values(batches, 0), texts(partition, 0, 3_000))
          assert.deepStrictEqual(values(batches, 1), texts(partition, 0, 3_000))
          assert.isTrue(batches.every((batch) => batch.records.count <= 1_000))
          const [first] = batches.find((batch) => batch.records.count > 0)?.records ?? []
          assert.strictEqual(first?.offset, 0n)
          assert.strictEqual(first?.timestampMs, 1_700_000_000_000)
        }
      })
    )

    it.effect("starts at the positions it is given", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, records(0, 0, 100))
        yield* broker.produce(topics.viewer, records(0, 0, 100))
        const log = yield* openLog({ topics })
        const batches = yield* readToEnd(log, task(topics, 0), [37n, 99n])
        assert.deepStrictEqual(values(batches, 0), texts(0, 37, 100))
        assert.deepStrictEqual(values(batches, 1), texts(0, 99, 100))
      })
    )

    it.effect("returns the inputs in the order of demand, queried for each batch, and none without demand", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, records(0, 0, 2_500))
        yield* broker.produce(topics.viewer, records(0, 0, 2_500))
        const log = yield* openLog({ topics })
        let demanded: ReadonlyArray<number> = [1]
        let position = 0n
        const order: Array<number> = []
        yield* log
          .read(task(topics, 0), [0n, 0n], () => demanded)
          .pipe(
            Stream.filter((batch) => batch.records.count > 0),
            Stream.tap((batch) =>
              Effect.sync(() => {
                order.push(batch.input)
                if (batch.input === 1) position = batch.nextOffset
                if (position === 2_500n) demanded = [1, 0]
              })
            ),
            Stream.takeUntil((batch) => batch.input === 0 && batch.nextOffset === 2_500n),
            Stream.runDrain
          )
        const firstOther = order.indexOf(0)
        assert.isAbove(firstOther, 0)
        assert.isFalse(order.slice(firstOther).includes(1))
      })
    )

    it.effect("gives empty batches while there is nothing, and loses nothing when a read is interrupted", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const log = yield* openLog({ topics, limits: tinyBuffers })
        const seen: Array<string | null> = []
        let empties = 0
        yield* Effect.scoped(
          Effect.gen(function* () {
            const pull = yield* Stream.toPull(log.read(task(topics, 0), [0n, 0n], everything(task(topics, 0))))
            const writing = yield* Effect.forkChild(
              Effect.forEach(
                Array.from({ length: 40 }, (_, index) => index * 25),
                (from) => broker.produce(topics.chat, records(0, from, from + 25))
              )
            )
            while (seen.length < 1_000) {
              // Most pulls are cut off somewhere in their wait.
              const got = yield* pull.pipe(Effect.timeoutOption("3 millis"), Effect.orDie)
              if (got._tag === "None") continue
              if (got.value.every((batch) => batch.records.count === 0)) empties++
              seen.push(...values(got.value, 0))
            }
            yield* Fiber.join(writing)
            const last = yield* pull.pipe(Effect.orDie)
            empties += last.filter((batch) => batch.records.count === 0).length
          })
        )
        assert.deepStrictEqual(seen, texts(0, 0, 1_000))
        assert.isAbove(empties, 0)
      })
    )

    it.effect("goes on in the same stream with what is written later", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const log = yield* openLog({ topics })
        const reading = yield* log.read(task(topics, 0), [0n, 0n], everything(task(topics, 0))).pipe(
          Stream.takeUntil((batch) => batch.nextOffset === 300n),
          Stream.runCollect,
          Effect.forkScoped
        )
        for (let from = 0; from < 300; from += 100) yield* broker.produce(topics.chat, records(0, from, from + 100))
        assert.deepStrictEqual(values(yield* Fiber.join(reading), 0), texts(0, 0, 300))
      })
    )

    it.effect("hands on tombstones and values of 1 MB", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const large = ["a", "b", "c"].map((letter) => letter.repeat(1_000_000))
        for (const value of large) {
          yield* broker.produce(topics.chat, [
            { partition: 0, value },
            { partition: 0, value: null, key: "gone" }
          ])
        }
        const log = yield* openLog({ topics, limits: tinyBuffers })
        const batches = yield* readToEnd(log, task(topics, 0))
        assert.deepStrictEqual(
          values(batches, 0),
          large.flatMap((value) => [value, null])
        )
      })
    )

    it.effect("reads what was committed, and up to the end over trailing markers", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.transaction(topics.chat, records(0, 0, 10), "commit")
        yield* broker.transaction(topics.chat, records(0, 100, 110), "abort")
        yield* broker.produce(topics.chat, records(0, 10, 20))
        yield* broker.transaction(topics.chat, records(0, 20, 30), "commit")
        yield* broker.transaction(topics.chat, records(0, 200, 210), "abort")
        yield* broker.transaction(topics.viewer, records(0, 0, 5), "abort")
        const log = yield* openLog({ topics })
        const definition = task(topics, 0)
        // 50 records and a marker for each of the 4 transactions; 5 and 1.
        yield* awaitEnds(log, definition, [54n, 6n])
        const batches = yield* readToEnd(log, definition)
        assert.deepStrictEqual(values(batches, 0), texts(0, 0, 30))
        assert.deepStrictEqual(values(batches, 1), [])
        assert.strictEqual(batches.findLast((batch) => batch.input === 0)?.nextOffset, 54n)
        assert.strictEqual(batches.findLast((batch) => batch.input === 1)?.nextOffset, 6n)
      })
    )

    it.effect("keeps aborted records out where transactions interleave, wherever reading starts", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const producers = yield* Effect.forEach(["a", "b", "c"], () =>
          Effect.acquireRelease(
            Effect.promise(async () => {
              const producer = broker.kafka.producer({
                transactionalId: uniqueName("tx"),
                idempotent: true,
                maxInFlightRequests: 1
              })
              await producer.connect()
              return { producer, transaction: await producer.transaction() }
            }),
            ({ producer }) => Effect.promise(() => producer.disconnect())
          )
        )
        // The one that starts first is aborted last.
        yield* Effect.promise(async () => {
          for (const round of [0, 1, 2]) {
            for (const [index, { transaction }] of producers.entries()) {
              const value = `${index === 2 ? "kept" : "aborted"}-${index}-${round}`
              await transaction.send({ topic: topics.chat, messages: [{ partition: 0, value }] })
            }
          }
          await producers[1]?.transaction.abort()
          await producers[2]?.transaction.commit()
          await producers[0]?.transaction.abort()
        })
        const log = yield* openLog({ topics })
        const definition = task(topics, 0)
        const kept = [2n, 5n, 8n]
        yield* awaitEnds(log, definition, [12n, 0n])
        for (let start = 0n; start <= 12n; start++) {
          const batches = yield* readToEnd(log, definition, [start, 0n])
          const offsets = batches.flatMap((batch) => Array.from(batch.records, ({ offset }) => offset))
          assert.deepStrictEqual(
            offsets,
            kept.filter((offset) => offset >= start),
            `from ${start}`
          )
        }
      })
    )

    it.effect("does not read past an open transaction, and reports the end of the log and of what can be read", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, records(0, 0, 5))
        const producer = broker.kafka.producer({
          transactionalId: uniqueName("tx"),
          idempotent: true,
          maxInFlightRequests: 1
        })
        const log = yield* openLog({ topics })
        const definition = task(topics, 0)
        yield* Effect.promise(async () => {
          await producer.connect()
          const open = await producer.transaction()
          await open.send({ topic: topics.chat, messages: [{ partition: 0, value: "p0-5" }] })
          return open
        }).pipe(
          Effect.tap(() =>
            Effect.gen(function* () {
              yield* broker.produce(topics.chat, records(0, 6, 10))
              yield* awaitEnds(log, definition, [10n, 0n])
              assert.deepStrictEqual(yield* log.readableEnds(definition), [5n, 0n])
              assert.deepStrictEqual(yield* log.openTransactions(definition), [])
              let seen: ReadonlyArray<number> = []
              const batches = yield* log.read(definition, [0n, 0n], everything(definition)).pipe(
                Stream.tap(() => Effect.map(log.openTransactions(definition), (open) => (seen = open))),
                Stream.takeUntil((batch) => batch.records.count === 0 && seen.length > 0),
                Stream.runCollect
              )
              assert.deepStrictEqual(values(batches, 0), texts(0, 0, 5))
              assert.deepStrictEqual(seen, [0])
            })
          ),
          Effect.tap((open) => Effect.promise(() => open.commit())),
          Effect.ensuring(Effect.promise(() => producer.disconnect()))
        )
        yield* awaitEnds(log, definition, [11n, 0n])
        assert.deepStrictEqual(values(yield* readToEnd(log, definition), 0), texts(0, 0, 10))
      })
    )

    it.effect("fails where the position was deleted or lies beyond the end, with both numbers", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, records(0, 0, 100))
        yield* broker.deleteRecords(topics.chat, 0, 40n)
        const log = yield* openLog({ topics })
        const definition = task(topics, 0)
        const below = yield* failure(readToEnd(log, definition, [39n, 0n]))
        assert.strictEqual(below.reason, "OffsetOutOfRange")
        assert.match(below.detail, /offset 39 .*starts at 40/)
        assert.isFalse(below.isRetryable)
        const beyond = yield* failure(log.read(definition, [101n, 0n], everything(definition)).pipe(Stream.runDrain))
        assert.strictEqual(beyond.reason, "OffsetOutOfRange")
        assert.match(beyond.detail, /offset 101 .*end 100/)
        assert.deepStrictEqual(yield* log.startOffsets(definition), [40n, 0n])
        assert.deepStrictEqual(values(yield* readToEnd(log, definition, [40n, 0n]), 0), texts(0, 40, 100))
      })
    )

    it.effect("notices when the log's start passes it by, after what it had fetched", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        for (let from = 0; from < 1_000; from += 10) yield* broker.produce(topics.chat, records(0, from, from + 10))
        const log = yield* openLog({ topics, limits: tinyBuffers })
        const definition = task(topics, 0)
        const seen: Array<string | null> = []
        const lost = yield* failure(
          log.read(definition, [0n, 0n], everything(definition)).pipe(
            Stream.runForEach((batch) =>
              Effect.gen(function* () {
                if (seen.length === 0 && batch.records.count > 0) yield* broker.deleteRecords(topics.chat, 0, 900n)
                seen.push(...values([batch], 0))
              })
            )
          )
        )
        assert.strictEqual(lost.reason, "OffsetOutOfRange")
        assert.deepStrictEqual(seen, texts(0, 0, seen.length))
        assert.include(lost.detail, `offset ${seen.length} was deleted: the log starts at 900`)
      })
    )

    it.effect("knows where a task starts, by the setting", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(2, 2)
        yield* broker.produce(topics.chat, [...records(0, 0, 7), ...records(1, 0, 9)])
        const log = yield* openLog({ topics, kafka: config(broker.bootstrap, { startingOffsets: "latest" }) })
        assert.deepStrictEqual(yield* log.startOffsets(task(topics, 1)), [9n, 0n])
        assert.deepStrictEqual(yield* log.startOffsets(task(topics, 0)), [7n, 0n])
      })
    )

    it.effect("moves tasks to a second member and back, losing none", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(5, 5)
        const kafka = config(broker.bootstrap)
        const first = yield* openLog({ topics, kafka })
        const firstNow = yield* joinGroup(first)
        const alone = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 5)
        const read = (partition: number) =>
          first.read(task(topics, partition), [0n, 0n], everything(task(topics, partition)))
        const staying = yield* read(0).pipe(
          Stream.takeUntil(({ records: found }) => found.count > 0),
          Stream.runDrain,
          Effect.forkScoped
        )
        const leaving = yield* read(4).pipe(Stream.runDrain, Effect.flip, Effect.forkScoped)

        const secondScope = yield* Scope.make()
        const [kept, moved] = yield* Effect.gen(function* () {
          const second = yield* openLog({ topics, kafka })
          const secondNow = yield* joinGroup(second)
          const there = yield* awaitAssignment(secondNow, ({ tasks }) => tasks.length === 2)
          const here = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 3)
          return [here, there] as const
        }).pipe(Scope.provide(secondScope))
        assert.isAbove(kept.generation, alone.generation)
        assert.deepStrictEqual(numbers(kept), [0, 1, 2])
        assert.deepStrictEqual(numbers(moved), [3, 4])
        const ended = yield* Fiber.join(leaving)
        assert.strictEqual(ended.reason, "Revoked")
        yield* broker.produce(topics.chat, records(0, 0, 1))
        yield* Fiber.join(staying)
        const refused = yield* failure(readToEndOf(first, task(topics, 4)))
        assert.strictEqual(refused.reason, "Revoked")

        yield* Scope.close(secondScope, yield* Effect.exit(Effect.void))
        const again = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 5)
        assert.isAbove(again.generation, kept.generation)
      })
    )

    it.effect("gives no task to the first member of a process that starts two, until both have joined", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(4, 4)
        const kafka = config(broker.bootstrap)
        const ofTwo = { ...limits, group: { ...limits.group, members: 2 } }
        const firstNow = yield* joinGroup(yield* openLog({ topics, kafka, limits: ofTwo }))
        const alone = yield* awaitAssignment(firstNow, () => true)
        assert.deepStrictEqual(alone.tasks, [])
        const secondNow = yield* joinGroup(yield* openLog({ topics, kafka, limits: ofTwo }))
        const second = yield* awaitAssignment(secondNow, () => true)
        const first = yield* awaitAssignment(firstNow, ({ generation }) => generation > 1)
        assert.deepStrictEqual([...numbers(first), ...numbers(second)].sort(), [0, 1, 2, 3])
        assert.strictEqual(first.tasks.length, 2)
      })
    )

    it.effect("shares tasks out by what their logs hold, as the broker reports", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(4, 4)
        const kafka = config(broker.bootstrap)
        for (const [partition, count] of [900, 10, 10, 880].entries()) {
          yield* broker.produce(topics.chat, records(partition, 0, count))
        }
        const firstNow = yield* joinGroup(yield* openLog({ topics, kafka }))
        yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 4)
        const secondNow = yield* joinGroup(yield* openLog({ topics, kafka }))
        const moved = yield* awaitAssignment(secondNow, ({ tasks }) => tasks.length === 2)
        const kept = yield* awaitAssignment(firstNow, ({ tasks }) => tasks.length === 2)
        // With equal weights they would be 0 and 1.
        assert.deepStrictEqual(numbers(kept), [1, 3])
        assert.deepStrictEqual(numbers(moved), [0, 2])
      })
    )

    it.effect("gives one member everything under TASK_SCOPE=all, whatever the counts", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(3, 11)
        yield* broker.produce(topics.viewer, [...records(2, 0, 5), ...records(10, 0, 5)])
        const kafka = config(broker.bootstrap)
        const first = yield* openLog({ topics, kafka, taskScope: "all" })
        const firstNow = yield* joinGroup(first)
        const { tasks } = yield* awaitAssignment(firstNow, (assignment) => assignment.tasks.length === 1)
        const [only] = tasks
        assert(only !== undefined)
        assert.strictEqual(only.sourcePartition, ALL_PARTITIONS)
        assert.deepStrictEqual(
          only.inputs.map(({ kind, partition }) => `${kind}${partition}`),
          [...[0, 1, 2].map((p) => `chat${p}`), ...Array.from({ length: 11 }, (_, p) => `viewer${p}`)]
        )
        const batches = yield* readToEnd(first, only)
        assert.deepStrictEqual(values(batches, 5), texts(2, 0, 5))
        assert.deepStrictEqual(values(batches, 13), texts(10, 0, 5))

        const second = yield* openLog({ topics, kafka, taskScope: "all" })
        const secondNow = yield* joinGroup(second)
        yield* awaitAssignment(secondNow, (assignment) => assignment.tasks.length === 0)
        yield* awaitAssignment(firstNow, ({ generation, tasks }) => generation > 1 && tasks.length === 1)
      })
    )

    it.effect("refuses missing topics and unequal counts, with the remedy", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(2, 3)
        const unequal = yield* failure(openAndJoin({ topics }))
        assert.strictEqual(unequal.reason, "Topics")
        assert.include(unequal.detail, `${topics.viewer} has 3 partitions`)
        assert.include(unequal.detail, `${topics.chat} has 2 partitions`)
        assert.include(unequal.detail, `--alter --topic ${topics.chat} --partitions 3`)
        assert.include(unequal.detail, "TASK_SCOPE=all")
        const nowhere = uniqueName("nowhere")
        const impatient = { ...limits, group: { ...limits.group, startAttempts: 2 } }
        const missing = yield* failure(
          openAndJoin({ topics: { chat: topics.chat, viewer: nowhere }, limits: impatient })
        )
        assert.strictEqual(missing.reason, "MissingTopics")
        assert.include(missing.detail, "Kafka topics not available after 2 attempts")
        assert.include(missing.detail, `topic ${nowhere} missing`)
        assert.include(missing.detail, `--create --topic ${nowhere} --partitions 2`)
        assert.include(missing.detail, broker.bootstrap)
      }).pipe(Effect.scoped)
    )

    it.effect("waits at the start for topics that are not there yet, and then reads them", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        const patient = { ...limits, group: { ...limits.group, startAttempts: 1_000 } }
        const log = yield* openLog({ topics, limits: patient })
        const retried = yield* Deferred.make<void>()
        const newest = yield* joinGroup(log).pipe(
          Effect.provideService(OnRetry, () => Effect.asVoid(Deferred.succeed(retried, undefined)))
        )
        yield* Deferred.await(retried)
        yield* broker.createTopics({ [topics.chat]: 1 })
        yield* broker.createTopics({ [topics.viewer]: 1 })
        yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 1)
      }).pipe(Effect.scoped)
    )

    it.effect("writes committed offsets for lag tools", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(2, 2)
        const kafka = config(broker.bootstrap)
        const log = yield* openLog({ topics, kafka })
        const newest = yield* joinGroup(log)
        yield* log.commit(task(topics, 0), [1n, 1n]) // no member yet: ignored
        yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 2)
        yield* broker.produce(topics.chat, records(1, 0, 20))
        const committed = () =>
          Effect.promise(async () => {
            const admin = broker.kafka.admin()
            await admin.connect()
            const [offsets] = await admin.fetchOffsets({ groupId: kafka.groupId, topics: [topics.chat] })
            await admin.disconnect()
            return offsets?.partitions.map(({ partition, offset }) => `${partition}:${offset}`).sort()
          })
        let found = yield* committed()
        while (found?.includes("1:17") !== true) {
          // Joined a moment before the member may commit.
          yield* log.commit(task(topics, 1), [17n, 0n])
          found = yield* committed()
        }
        assert.deepStrictEqual(found, ["0:-1", "1:17"])
      })
    )

    it.effect("names what it can't read and where, after all that comes before it", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, records(0, 0, 10))
        yield* Effect.acquireUseRelease(
          Effect.sync(damageLz4),
          () => broker.produce(topics.chat, records(0, 10, 20), kafkajs.CompressionTypes.LZ4),
          (restore) => Effect.sync(restore)
        )
        yield* broker.produce(topics.viewer, records(0, 0, 10))
        const log = yield* openLog({ topics })
        const definition = task(topics, 0)
        const seen: Array<string | null> = []
        const unreadable = yield* failure(
          log
            .read(definition, [0n, 0n], everything(definition))
            .pipe(Stream.runForEach((batch) => Effect.sync(() => seen.push(...values([batch], 0)))))
        )
        assert.strictEqual(unreadable.reason, "Unreadable")
        assert.include(unreadable.detail, `${topics.chat}[0]: cannot read the batch at offset 10: `)
        assert.include(unreadable.detail, "lz4: ")
        assert.deepStrictEqual(seen, texts(0, 0, 10))
      })
    )

    it.effect("gives up after its attempts where no broker answers", () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics(1, 1)
        const unreachable = yield* failure(
          openAndJoin({
            topics,
            kafka: config("127.0.0.1:1"),
            limits: { ...limits, group: { ...limits.group, startAttempts: 3 } }
          })
        )
        assert.strictEqual(unreachable.reason, "Unreachable")
        assert.include(unreachable.detail, "Kafka not available after 3 attempts: 127.0.0.1:1: connect ECONNREFUSED")
      })
    )
  })
})

const readToEndOf = (log: Parameters<typeof readToEnd>[0], definition: ReturnType<typeof task>) =>
  log.read(definition, [0n, 0n], everything(definition)).pipe(Stream.runDrain)

/** Runs until joining fails. */
const openAndJoin = Effect.fnUntraced(function* (options: Parameters<typeof openLog>[0]) {
  const log = yield* openLog(options)
  return yield* Stream.runDrain(log.assignments)
}, Effect.scoped)
