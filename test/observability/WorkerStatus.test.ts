import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import type { InputAcceptance } from "../../src/domain/Acceptance.ts"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { problemsOf } from "../../src/observability/MemberHealth.ts"
import { committed, type Condition, type Report } from "../../src/observability/Report.ts"
import { scrape } from "../../src/observability/Scrape.ts"
import { WorkerStatus } from "../../src/observability/WorkerStatus.ts"
import { checkpointOf, flushOf } from "../contract/ResultStoreContract.ts"

/** Twice this is the worker's patience. */
const livenessTimeout = Duration.minutes(2)

const run = <A, E>(effect: Effect.Effect<A, E, WorkerStatus>) =>
  effect.pipe(
    Effect.provide(
      Layer.fresh(WorkerStatus.layer({ livenessTimeout })).pipe(
        Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
      )
    )
  )

const inputsOf = (partition: number): Checkpoint["inputs"] =>
  checkpointOf().inputs.map((input) => ({ ...input, partition }))

const standing = (sourcePartition: number, watermarkMs = 0): Checkpoint =>
  checkpointOf({ sourcePartition, inputs: inputsOf(sourcePartition), watermarkMs: EventTimeMs(watermarkMs) })

const condition = (over: Partial<Condition> = {}): Condition => ({
  _tag: "Condition",
  log: undefined,
  store: undefined,
  lags: [],
  moving: false,
  ...over
})

const behind = (records: number, partition = 0): Condition["lags"] => [
  { topic: "chat", partition, endOffset: BigInt(records), records }
]

/** The records that a flush read from one partition of a topic. */
const acceptance = (topic: string, records: number, accepted: number, partition = 0): InputAcceptance => ({
  topic,
  partition,
  kind: "chat",
  records,
  accepted,
  example:
    accepted * 10 > records
      ? undefined
      : {
          partition,
          offset: 17n,
          loss: "invalid-json",
          path: null,
          cause: "the first byte is 0",
          firstBytes: "00 00 00 00 07"
        }
})

const read = (...inputs: ReadonlyArray<InputAcceptance>): Report =>
  committed(flushOf(standing(0)), inputs, { refusedRows: 0 }, 5)

/** A flush of so many rows, of which PostgreSQL refused some. */
const rows = (count: number, refusedRows: number) => ({
  ...committed(flushOf(standing(0)), [], { refusedRows, refusal: 'row of stream "s": out of range\u0007' }, 5),
  rows: count
})

const flushed = (checkpoint: Checkpoint): Report => committed(flushOf(checkpoint), [], { refusedRows: 0 }, 5)

/** Repeats a report every 2.5 seconds, as members do. */
const during = Effect.fnUntraced(function* (seconds: number, report: Report, member = 0) {
  const { record } = yield* WorkerStatus
  for (let second = 0; second < seconds; second += 2.5) {
    yield* record(member, report)
    yield* TestClock.adjust("2500 millis")
  }
})

const live = Effect.flatMap(WorkerStatus, ({ liveness }) => Effect.map(liveness, problemsOf))
const problems = Effect.flatMap(WorkerStatus, ({ problems }) => problems)

const lines = Effect.map(scrape("telemetra"), (text) => text.split("\n"))

const seriesOf = (all: ReadonlyArray<string>, name: string): ReadonlyArray<string> =>
  all.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))

describe("readiness", () => {
  it.effect("is there once every member reads and its store answers, with or without partitions", () =>
    run(
      Effect.gen(function* () {
        const { readiness, record } = yield* WorkerStatus
        assert.deepStrictEqual(yield* problems, ["starting"])
        yield* record(0, { _tag: "Starting" })
        yield* record(1, { _tag: "Starting" })
        assert.deepStrictEqual(yield* problems, ["starting"])
        yield* record(0, condition())
        assert.deepStrictEqual(yield* problems, ["starting"])
        yield* record(1, condition())
        assert.deepStrictEqual(yield* problems, [])
        assert.deepInclude(yield* readiness, { name: "member 1: store", ok: true, detail: "no problem" })
        yield* record(0, condition({ log: "not a member of consumer group g", store: "PostgreSQL does not answer" }))
        yield* record(1, condition({ store: "PostgreSQL does not answer" }))
        assert.deepStrictEqual(yield* problems, ["not a member of consumer group g", "PostgreSQL does not answer"])
        yield* during(2.5, condition())
        yield* during(2.5, condition(), 1)
        assert.deepStrictEqual(yield* problems, [])
      })
    )
  )

  it.effect("is gone with liveness", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* record(0, condition())
        yield* TestClock.adjust("4 minutes")
        assert.deepStrictEqual(yield* problems, ["last report 240 s ago"])
      })
    )
  )
})

/** Messages of warnings, in order. */
const collecting = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    lines.push(`${logLevel}: ${Array.isArray(message) ? message.join(" ") : String(message)}`)
  })
  return Effect.map(Effect.provide(effect, Logger.layer([logger])), () => lines)
}

describe("what gets through", () => {
  it.effect("is a problem, and no readiness, while hardly any record of a topic counts", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        const logged = yield* collecting(
          Effect.gen(function* () {
            yield* record(0, condition())
            yield* record(0, read(acceptance("chat", 200, 0), acceptance("viewer", 100, 100)))
            yield* record(0, read(acceptance("chat", 250, 0)))
            assert.deepStrictEqual(yield* problems, [
              "Nothing gets through: 450 of the last 450 records of topic chat do not count. Likely cause: the first byte is 0. Example: chat[0] offset 17, invalid-json"
            ])
            const scraped = yield* lines
            assert.include(scraped, "telemetra_ready 0")
            assert.include(scraped, 'telemetra_accepted_ratio{topic="chat"} 0')
            assert.include(scraped, 'telemetra_accepted_ratio{topic="viewer"} 1')
            yield* record(0, read(acceptance("chat", 50, 50)))
            assert.deepStrictEqual(yield* problems, [])
          })
        )
        assert.deepStrictEqual(
          logged.map((line) => line.replace(/: .*first bytes/, ": ... first bytes")),
          ["Warn: ... first bytes 00 00 00 00 07", "Info: Records of topic chat are accepted again"]
        )
      })
    )
  )

  it.effect(
    "nothing from one partition of a topic is a problem that leaves the worker ready, and ends with the task",
    () =>
      run(
        Effect.gen(function* () {
          const { readiness, record } = yield* WorkerStatus
          const topic = standing(1).inputs[0]?.topic ?? ""
          yield* record(0, condition())
          yield* record(0, { _tag: "Started", checkpoint: standing(0) })
          yield* record(0, { _tag: "Started", checkpoint: standing(1) })
          yield* record(0, read(acceptance(topic, 200, 200)))
          yield* record(0, read(acceptance(topic, 100, 100), acceptance(topic, 100, 0, 1)))
          const [problem, ...others] = yield* problems
          assert.deepStrictEqual(others, [])
          assert.include(problem, `100 of the last 100 records of topic ${topic}, partition 1 do not count`)
          assert.deepStrictEqual(problemsOf(yield* readiness), [])
          yield* record(0, { _tag: "Ended", sourcePartition: 1, fenced: false })
          assert.deepStrictEqual(yield* problems, [])
        })
      )
  )

  it.effect("to PostgreSQL is a problem from the first refused row on, until a hundred were taken", () =>
    run(
      Effect.gen(function* () {
        const { readiness, record } = yield* WorkerStatus
        yield* record(0, condition())
        yield* record(0, rows(1000, 0))
        yield* record(0, rows(50, 2))
        yield* record(0, rows(50, 1))
        assert.deepStrictEqual(yield* problems, [
          'PostgreSQL refused 3 of the last 100 rows, which are missing from the tables: row of stream "s": out of range\\u0007'
        ])
        assert.deepStrictEqual(problemsOf(yield* readiness), [])
        yield* record(0, rows(99, 0))
        assert.strictEqual((yield* problems).length, 1)
        yield* record(0, rows(1, 0))
        assert.deepStrictEqual(yield* problems, [])
        yield* record(0, rows(300, 300))
        assert.strictEqual(problemsOf(yield* readiness).length, 1)
        assert.strictEqual((yield* problems).length, 1)
      })
    )
  )
})

describe("a member without a task", () => {
  it.effect("is a problem once the group has settled, warned of once, and stays ready", () =>
    run(
      Effect.gen(function* () {
        const { readiness, record } = yield* WorkerStatus
        const logged = yield* collecting(
          Effect.gen(function* () {
            yield* record(2, { _tag: "Assigned", tasks: [], allTasks: 2 })
            yield* during(7.5, condition(), 2)
            assert.deepStrictEqual(yield* problems, [])
            yield* record(2, { _tag: "Assigned", tasks: [], allTasks: 2 })
            yield* during(10, condition(), 2)
            const [problem, ...others] = yield* problems
            assert.match(
              problem ?? "",
              /^member 2 has no task: the topics have partitions for 2 tasks, and the group has more members/
            )
            assert.deepStrictEqual(others, [])
            assert.deepStrictEqual(problemsOf(yield* readiness), [])
            assert.include(yield* lines, "telemetra_ready 1")
            yield* record(2, { _tag: "Assigned", tasks: [1], allTasks: 2 })
            assert.deepStrictEqual(yield* problems, [])
          })
        )
        assert.deepStrictEqual(
          logged.map((line) => line.slice(0, 27)),
          ["Warn: member 2 has no task:"]
        )
      })
    )
  )

  it.effect("because another worker keeps taking it over is a problem", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* record(0, { _tag: "Assigned", tasks: [0, 1], allTasks: 2 })
        yield* record(0, condition())
        yield* record(0, { _tag: "Ended", sourcePartition: 1, fenced: true })
        assert.match((yield* problems)[0] ?? "", /^member 0 lost task 1 to another worker and is taking it back/)
        yield* record(0, { _tag: "Started", checkpoint: standing(1) })
        assert.deepStrictEqual(yield* problems, [])
        yield* record(0, { _tag: "Ended", sourcePartition: 1, fenced: true })
        yield* record(0, { _tag: "Assigned", tasks: [0], allTasks: 2 })
        assert.deepStrictEqual(yield* problems, [])
      })
    )
  )
})

describe("a start that waits", () => {
  it.effect("names the service that does not answer, with its reason, until it does", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* record(0, { _tag: "Starting" })
        yield* record(0, { _tag: "Retrying", service: "postgres", detail: "PostgreSQL at db:5432: ECONNREFUSED" })
        assert.deepStrictEqual(yield* problems, ["starting: PostgreSQL at db:5432: ECONNREFUSED"])
        yield* record(0, { _tag: "Retrying", service: "kafka", detail: "Kafka k:9092: ECONNREFUSED" })
        yield* record(0, condition({ log: "not a member of consumer group g" }))
        assert.deepStrictEqual(yield* problems, ["not a member of consumer group g: Kafka k:9092: ECONNREFUSED"])
        yield* record(0, condition())
        yield* record(0, condition({ log: "not a member of consumer group g" }))
        assert.deepStrictEqual(yield* problems, ["not a member of consumer group g"])
      })
    )
  )
})

describe("a partition without events", () => {
  it.effect("does not hide the watermark of the others", () =>
    run(
      Effect.gen(function* () {
        const { take, record } = yield* WorkerStatus
        yield* record(0, { _tag: "Started", checkpoint: standing(0, 90_000) })
        yield* record(0, { _tag: "Started", checkpoint: checkpointOf({ sourcePartition: 7, inputs: inputsOf(7) }) })
        yield* record(0, condition({ lags: behind(7) }))
        assert.deepInclude(yield* take, { watermarkMs: 90_000, tasks: 2, tasksWithoutWatermark: 1, lagRecords: 7 })
      })
    )
  )
})

describe("liveness", () => {
  it.effect("lasts as long as the start takes", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        assert.deepStrictEqual(yield* live, [])
        yield* record(0, { _tag: "Starting" })
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* live, [])
      })
    )
  )

  it.effect("ends with a member that is silent for twice the timeout", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* record(0, condition())
        yield* record(1, condition())
        yield* TestClock.adjust("3 minutes")
        // A retry is a report, too.
        yield* record(0, { _tag: "Retrying", service: "kafka", detail: "no broker" })
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* live, [])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* live, ["last report 240 s ago"])
        yield* record(1, condition())
        assert.deepStrictEqual(yield* live, [])
      })
    )
  )

  it.effect("ends once nothing has been committed for twice the timeout though there is something to read", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        const stuck = condition({ lags: behind(7) })
        yield* during(235, stuck)
        yield* record(0, flushed(standing(0)))
        yield* during(235, stuck)
        assert.deepStrictEqual(yield* live, [])
        yield* during(7.5, stuck)
        const [problem, ...others] = yield* live
        assert.match(
          problem ?? "",
          /^nothing has been committed for 24\d s although 7 records are available and the store responds$/
        )
        assert.deepStrictEqual(others, [])
        yield* record(0, flushed(standing(0)))
        assert.deepStrictEqual(yield* live, [])
      })
    )
  )

  it.effect("ends although the task restarts and the member leaves the group meanwhile", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* during(120, condition({ lags: behind(7) }))
        yield* record(0, { _tag: "Stalled" })
        yield* record(0, { _tag: "Ended", sourcePartition: 0, fenced: false })
        yield* during(10, condition({ log: "not a member of consumer group g" }))
        yield* record(0, { _tag: "Started", checkpoint: standing(0) })
        yield* during(107.5, condition({ lags: behind(7) }))
        assert.deepStrictEqual(yield* live, [])
        yield* during(5, condition({ lags: behind(7) }))
        assert.strictEqual((yield* live).length, 1)
      })
    )
  )

  for (const [waits, now] of [
    ["for the store", condition({ store: "PostgreSQL does not answer", lags: behind(7) })],
    ["for the log", condition({ log: "not a member of consumer group g", lags: undefined })],
    ["for events", condition({ lags: behind(0) })],
    ["for partitions", condition({ lags: [] })]
  ] as const) {
    it.effect(`lasts while the worker waits ${waits}`, () =>
      run(
        Effect.gen(function* () {
          yield* during(230, condition({ lags: behind(7) }))
          yield* during(600, now)
          yield* during(230, condition({ lags: behind(7) }))
          assert.deepStrictEqual(yield* live, [])
        })
      )
    )
  }
})

describe("a scrape", () => {
  it.effect("reports the tasks and partitions that this worker has now, and no others", () =>
    run(
      Effect.gen(function* () {
        yield* TestClock.setTime(100_000)
        const { record } = yield* WorkerStatus
        const [chat, viewer] = [inputsOf(0), inputsOf(1)].map(([input]) => input?.topic)
        const lags = [
          { topic: chat ?? "", partition: 0, endOffset: 9n, records: 4 },
          { topic: viewer ?? "", partition: 1, endOffset: 9n, records: 5 },
          // A partition of a lost task.
          { topic: chat ?? "", partition: 2, endOffset: 9n, records: 6 }
        ]
        yield* record(0, { _tag: "Started", checkpoint: standing(0, 90_000) })
        yield* record(0, { _tag: "Started", checkpoint: standing(1, 40_000) })
        yield* record(0, { _tag: "Started", checkpoint: checkpointOf({ sourcePartition: 7, inputs: inputsOf(7) }) })
        yield* record(0, condition({ lags }))
        const before = yield* lines
        assert.include(before, "telemetra_tasks 3")
        assert.include(before, "telemetra_ready 1")
        assert.include(before, "telemetra_live 1")
        assert.deepStrictEqual(seriesOf(before, "telemetra_watermark_lag_seconds"), [
          'telemetra_watermark_lag_seconds{task="0"} 10',
          'telemetra_watermark_lag_seconds{task="1"} 60'
        ])
        assert.include(before, 'telemetra_watermark_seconds{task="1"} 40')
        assert.include(before, "telemetra_event_time_lag_seconds 60")
        assert.deepStrictEqual(seriesOf(before, "kafka_consumergroup_group_lag"), [
          `kafka_consumergroup_group_lag{group="telemetra",topic="${chat}",partition="0"} 4`,
          `kafka_consumergroup_group_lag{group="telemetra",topic="${viewer}",partition="1"} 5`
        ])

        yield* record(0, { _tag: "Ended", sourcePartition: 1, fenced: true })
        yield* record(0, { _tag: "Ended", sourcePartition: 7, fenced: false })
        const after = yield* lines
        assert.deepStrictEqual(seriesOf(after, "telemetra_watermark_seconds"), [
          'telemetra_watermark_seconds{task="0"} 90'
        ])
        assert.deepStrictEqual(seriesOf(after, "kafka_consumergroup_group_lag"), [
          `kafka_consumergroup_group_lag{group="telemetra",topic="${chat}",partition="0"} 4`
        ])
        assert.include(after, "telemetra_event_time_lag_seconds 10")
        assert.include(after, "telemetra_fenced_flushes_total 1")
      })
    )
  )

  it.effect("keeps a task that another member has taken over before the first one has let go", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        yield* record(0, { _tag: "Started", checkpoint: standing(0) })
        yield* record(1, { _tag: "Started", checkpoint: standing(0) })
        yield* record(0, { _tag: "Ended", sourcePartition: 0, fenced: true })
        assert.include(yield* lines, "telemetra_tasks 1")
        yield* record(1, { _tag: "Ended", sourcePartition: 0, fenced: false })
        assert.include(yield* lines, "telemetra_tasks 0")
      })
    )
  )

  it.effect("counts the members' reports from 0", () =>
    run(
      Effect.gen(function* () {
        const { record } = yield* WorkerStatus
        const before = yield* lines
        for (const line of [
          'telemetra_retries_total{service="postgres"} 0',
          'telemetra_moments_total{type="chat_drop"} 0',
          'telemetra_dead_letters_total{reason="too-large"} 0',
          'telemetra_cut_total{kind="emotes"} 0',
          "telemetra_rebalances_total 0",
          "telemetra_stalls_total 0"
        ]) {
          assert.include(before, line)
        }
        yield* record(0, { _tag: "Retrying", service: "postgres", detail: "refused" })
        yield* record(0, { _tag: "Assigned", tasks: [0], allTasks: 1 })
        yield* record(0, { _tag: "Stalled" })
        yield* record(0, flushed(standing(0)))
        const after = yield* lines
        for (const line of [
          'telemetra_retries_total{service="postgres"} 1',
          "telemetra_rebalances_total 1",
          "telemetra_stalls_total 1",
          "telemetra_records_total 1",
          "telemetra_flushes_total 1",
          "telemetra_flush_seconds_sum 0.005",
          'telemetra_flush_rows_bucket{le="0"} 1'
        ]) {
          assert.include(after, line)
        }
      })
    )
  )

  it.effect("contains the metrics of the process", () =>
    run(
      Effect.gen(function* () {
        const all = yield* lines
        for (const name of [
          "process_cpu_seconds_total",
          "process_resident_memory_bytes",
          "process_start_time_seconds",
          "nodejs_heap_size_total_bytes",
          "nodejs_heap_size_used_bytes",
          "nodejs_external_memory_bytes"
        ]) {
          const [line = ""] = seriesOf(all, name)
          if (name !== "process_start_time_seconds") assert.isAbove(Number(line.split(" ")[1]), 0, name)
        }
        assert.match(
          seriesOf(all, "telemetra_build_info")[0] ?? "",
          /\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/
        )
      })
    )
  )
})

describe("a collector", () => {
  it.effect("adds its problems to those of the worker, and leaves it ready", () =>
    run(
      Effect.gen(function* () {
        const status = yield* WorkerStatus
        assert.isUndefined(yield* status.collecting)
        yield* status.record(0, { _tag: "Assigned", tasks: [0], allTasks: 1 })
        yield* status.record(0, condition())
        assert.deepStrictEqual(yield* status.problems, [])
        const problems: Array<string> = []
        yield* status.follow(() => ({ channels: [], firstRowsMs: 25_000, problems }))
        problems.push("Chat of twitch:one is disconnected")
        assert.deepStrictEqual(yield* status.problems, ["Chat of twitch:one is disconnected"])
        assert.deepStrictEqual(problemsOf(yield* status.readiness), [])
        assert.strictEqual((yield* status.collecting)?.firstRowsMs, 25_000)
      })
    )
  )
})
