/** Whether Kafka is there, and as the worker needs it. */
import { Clock, Duration, Effect, Result, Stream } from "effect"
import type { AppConfig, KafkaConfig } from "../../config/AppConfig.ts"
import type { LogRecord } from "../../domain/Batch.ts"
import { ALL_PARTITIONS, type Input, type InputKind, type TaskDefinition } from "../../domain/Task.ts"
import { EventLog, type EventLogError } from "../../source/EventLog.ts"
import * as Inspection from "../../source/kafka/Inspection.ts"
import * as KafkaLog from "../../source/kafka/KafkaLog.ts"
import { topicsProblem } from "../../source/kafka/Topics.ts"
import { ExitCode, exitCodeOf } from "../ExitCodes.ts"
import { after, check, type Checked, doubtful, fine, type Finding, type Look, wrong } from "./Check.ts"

/** A partition's log as it stands. */
export interface Extent extends Input {
  readonly start: bigint
  /** Up to which it can be read: below the end while a transaction is open. */
  readonly stable: bigint
  readonly end: bigint
}

export interface KafkaChecks {
  readonly findings: ReadonlyArray<Finding>
  /** Of every partition of both topics, where Kafka has told. */
  readonly extents: Checked<ReadonlyArray<Extent>>
}

const REACH =
  "start Kafka, or check KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL and the network between here and there"

/** Records ahead of this machine's clock by more are worth a word. */
const CLOCK_TOLERANCE_MS = 1_000

/** Records that are looked at for the newest one of a partition: what stands at the end may be a transaction's marker. */
const NEWEST = 5n

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`

const security = ({ sasl, securityProtocol, ssl }: KafkaConfig): string =>
  [
    securityProtocol,
    ...(sasl === undefined ? [] : [`user ${sasl.username} by ${sasl.mechanism}`]),
    ...(ssl.cert === undefined ? [] : ["with a client certificate"])
  ].join(", ")

interface Asked {
  readonly address: string
  readonly answer: Result.Result<ReadonlyArray<string>, EventLogError>
}

/** Every address that is configured, then those that the brokers themselves name. */
const askBrokers = Effect.fn("doctor.askBrokers")(function* (config: KafkaConfig) {
  const ask = (addresses: ReadonlyArray<string>) =>
    Effect.forEach(
      addresses,
      (address): Effect.Effect<Asked> =>
        Effect.map(Effect.result(Inspection.brokersBy(config, address)), (answer) => ({ address, answer })),
      { concurrency: 16 }
    )
  const configured = yield* ask(config.bootstrapServers)
  const named = configured.flatMap(({ answer }) => (Result.isSuccess(answer) ? answer.success : []))
  const others = [...new Set(named)].filter((address) => !config.bootstrapServers.includes(address))
  return { configured, advertised: yield* ask(others) }
})

type Brokers = Effect.Success<ReturnType<typeof askBrokers>>

/** A broker that refuses us is there. */
const isThere = ({ answer }: Asked): boolean => Result.isSuccess(answer) || answer.failure.reason !== "Unreachable"

const said = ({ answer }: Asked): string => (Result.isFailure(answer) ? answer.failure.detail : "")

const reachability = (brokers: Brokers): Look<Brokers> => {
  const { advertised, configured } = brokers
  const away = configured.filter((asked) => !isThere(asked))
  const unknown = advertised.filter((asked) => !isThere(asked))
  if (away.length === configured.length) return wrong(away.map(said).join("; "), REACH, ExitCode.unavailable)
  if (unknown.length > 0) {
    return wrong(
      `brokers that the others name can't be reached: ${unknown.map(said).join("; ")}`,
      "set the brokers' advertised.listeners to addresses that resolve and are reachable from here",
      ExitCode.unavailable
    )
  }
  const names = [...configured, ...advertised].filter(isThere).map(({ address }) => address)
  return away.length > 0
    ? doubtful(
        `${names.join(", ")} answer; ${away.map(said).join("; ")}`,
        "start them, or take them out of KAFKA_BOOTSTRAP_SERVERS",
        brokers
      )
    : fine(names.join(", "), brokers)
}

const credentials = (config: KafkaConfig, { advertised, configured }: Brokers): Look<void> => {
  const refused = [...configured, ...advertised].flatMap(({ answer }) =>
    Result.isFailure(answer) && answer.failure.reason !== "Unreachable" ? [answer.failure] : []
  )
  const [first] = refused
  return first === undefined
    ? fine(security(config), undefined)
    : wrong(refused.map(({ detail }) => detail).join("; "), undefined, exitCodeOf(first))
}

const inputsOf = (topics: AppConfig["topics"], counts: ReadonlyMap<string, number | undefined>): ReadonlyArray<Input> =>
  (["chat", "viewer"] as const).flatMap((kind: InputKind) =>
    Array.from({ length: counts.get(topics[kind]) ?? 0 }, (_, partition) => ({ kind, topic: topics[kind], partition }))
  )

/** The newest records: that they come at all shows the right to read, their timestamps what the producers' clocks say. */
const newest = Effect.fn("doctor.newest")(function* (extents: ReadonlyArray<Extent>) {
  const log = yield* EventLog
  const filled = extents.filter(({ stable, start }) => stable > start)
  if (filled.length === 0) return fine("the topics hold nothing that can be read", undefined)
  const task: TaskDefinition = { sourcePartition: ALL_PARTITIONS, inputs: filled }
  const positions = filled.map(({ stable, start }) => (stable - start > NEWEST ? stable - NEWEST : start))
  const left = new Set(filled.keys())
  const records: Array<LogRecord> = []
  yield* log
    .read(task, positions, () => [...left])
    .pipe(
      Stream.takeUntil((batch) => {
        records.push(...batch.records)
        if (batch.nextOffset >= (filled[batch.input]?.stable ?? 0n)) left.delete(batch.input)
        return left.size === 0
      }),
      Stream.runDrain
    )
  const newestMs = records.reduce((latest, { timestampMs }) => Math.max(latest, timestampMs), -1)
  const ahead = newestMs - (yield* Clock.currentTimeMillis)
  if (newestMs < 0) return fine("records can be read; they have no timestamps", undefined)
  const age = Duration.format(Duration.millis(Math.abs(ahead)))
  return ahead > CLOCK_TOLERANCE_MS
    ? doubtful(
        `the newest record is ${age} ahead of this machine's clock`,
        "set the clocks of this machine and of the producers (or brokers) by NTP: what is further ahead than MAX_FUTURE_SKEW becomes a dead letter",
        undefined
      )
    : fine(`the newest record is ${age} old`, undefined)
})

const extentsOf = Effect.fn("doctor.extents")(function* (inputs: ReadonlyArray<Input>) {
  const log = yield* EventLog
  const task: TaskDefinition = { sourcePartition: ALL_PARTITIONS, inputs }
  const starts = yield* log.startOffsets(task)
  const ends = yield* log.endOffsets(task)
  const stable = yield* log.readableEnds(task)
  const extents = inputs.map((input, index): Extent => ({
    ...input,
    start: starts[index] ?? 0n,
    stable: stable[index] ?? 0n,
    end: ends[index] ?? 0n
  }))
  const records = extents.reduce((sum, { end, start }) => sum + Number(end - start), 0)
  const open = extents.filter(({ end, stable }) => stable < end)
  const transactions =
    open.length === 0
      ? ""
      : `; a transaction is open in ${open.map(({ partition, stable, topic }) => `${topic}[${partition}] from offset ${stable}`).join(", ")}`
  return fine(`${counted(records, "record")} in ${counted(extents.length, "partition")}${transactions}`, extents)
})

const describeGroup = (config: KafkaConfig) =>
  Effect.map(Inspection.describeGroup(config), ({ members, state }) => {
    if (state === "Dead") return fine(`${config.groupId} does not exist yet: the first start makes it`, undefined)
    return members === 0
      ? fine(`${config.groupId}, without members: no worker runs`, undefined)
      : fine(`${config.groupId}, ${counted(members, "member")}, ${state}`, undefined)
  })

export const kafkaChecks = Effect.fn("doctor.kafka")(function* (config: AppConfig, kafka: KafkaConfig) {
  const reached = yield* check("kafka", REACH, Effect.map(askBrokers(kafka), reachability))
  const allowed = yield* after(reached, "kafka credentials", undefined, (brokers) =>
    Effect.succeed(credentials(kafka, brokers))
  )
  const topics = yield* after(allowed, "topics", REACH, () =>
    Effect.map(Inspection.countsOf(kafka, config.topics), (counts) => {
      // under `all` only what is missing is a problem
      const missing = topicsProblem(counts, "all")
      const listed = [...counts].map(([topic, count]) => `${topic} (${counted(count ?? 0, "partition")})`)
      return missing === undefined ? fine(listed.join(", "), counts) : wrong(missing, undefined, ExitCode.config)
    })
  )
  const ofTopics = yield* Effect.all(
    {
      equal: after(topics, "partition counts", undefined, (counts) => {
        const problem = topicsProblem(counts, config.taskScope)
        const tasks =
          config.taskScope === "all"
            ? "one task for all"
            : counted(Math.max(...[...counts.values()].map(Number)), "task")
        return Effect.succeed(
          problem === undefined ? fine(tasks, undefined) : wrong(problem, undefined, ExitCode.config)
        )
      }),
      group: after(allowed, "consumer group", REACH, () => describeGroup(kafka)),
      deadLetters:
        kafka.deadLetterTopic === undefined
          ? Effect.succeed(undefined)
          : after(allowed, "dead letter topic", REACH, () => {
              const topic = kafka.deadLetterTopic ?? ""
              return Effect.map(Inspection.topicExists(kafka, topic), (exists) =>
                exists
                  ? fine(topic, undefined)
                  : wrong(`${topic} is missing`, "create it, or unset DEAD_LETTER_TOPIC", ExitCode.config)
              )
            })
    },
    { concurrency: "unbounded" }
  )
  const log = KafkaLog.layer({
    // where the logs start, not where a group would
    kafka: { ...kafka, startingOffsets: "earliest" },
    topics: config.topics,
    taskScope: config.taskScope,
    limits: KafkaLog.limits({ ...config, members: 1 })
  })
  const extents = yield* after(topics, "events", REACH, (counts) =>
    Effect.provide(extentsOf(inputsOf(config.topics, counts)), log)
  )
  const ofNewest = yield* after(extents, "newest event", REACH, (all) =>
    Effect.provide(newest(all), log).pipe(
      // the worker passes over it
      Effect.catchIf(
        ({ reason }) => reason === "BatchTooLarge",
        ({ detail }) => Effect.succeed(doubtful(detail, undefined, undefined))
      )
    )
  )
  const all: ReadonlyArray<Checked<unknown> | undefined> = [
    reached,
    allowed,
    topics,
    ofTopics.equal,
    ofTopics.deadLetters,
    ofTopics.group,
    extents,
    ofNewest
  ]
  const checks: KafkaChecks = {
    findings: all.flatMap((checked) => (checked === undefined ? [] : [checked.finding])),
    extents
  }
  return checks
})
