/** Checks that Kafka is reachable and meets the worker's requirements. */
import { Effect, Result, Runtime } from "effect"
import type { AppConfig, KafkaConfig } from "../config/AppConfig.ts"
import { ALL_PARTITIONS, type Input, type InputKind, type TaskDefinition } from "../domain/Task.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { EventLog, type EventLogError } from "../source/EventLog.ts"
import * as Inspection from "../source/kafka/Inspection.ts"
import * as KafkaLog from "../source/kafka/KafkaLog.ts"
import { toolCommand } from "../source/kafka/ToolCommand.ts"
import { topicsProblem } from "../source/kafka/Topics.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { after, check, type Checked, doubtful, fine, type Finding, type Observation, wrong } from "./Check.ts"
import { type Extent, newestRecords } from "./NewestRecords.ts"
import type { Offsets } from "./Positions.ts"
import { counted } from "../domain/Wording.ts"

export interface KafkaChecks {
  readonly findings: ReadonlyArray<Finding>
  /** The extents of all partitions of both topics. */
  readonly extents: Checked<ReadonlyArray<Extent>>
  /** The current start and end offsets of all partitions. */
  readonly starts: Effect.Effect<Offsets, EventLogError>
  readonly ends: Effect.Effect<Offsets, EventLogError>
}

const REACH = "start Kafka, or check KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL and the network"

const security = ({ sasl, securityProtocol, ssl }: KafkaConfig): string =>
  [
    securityProtocol,
    ...(sasl === undefined ? [] : [`user ${sasl.username} by ${sasl.mechanism}`]),
    ...(ssl.cert === undefined ? [] : ["with a client certificate"])
  ].join(", ")

interface Reply {
  readonly address: string
  readonly answer: Result.Result<ReadonlyArray<string>, EventLogError>
}

/** Contacts every configured address, then the addresses that the brokers advertise. */
const contactBrokers = Effect.fn("doctor.contactBrokers")(function* (config: KafkaConfig) {
  const contact = (addresses: ReadonlyArray<string>) =>
    Effect.forEach(
      addresses,
      (address): Effect.Effect<Reply> =>
        Effect.map(Effect.result(Inspection.advertisedBrokers(config, address)), (answer) => ({ address, answer })),
      { concurrency: 16 }
    )
  const configured = yield* contact(config.bootstrapServers)
  const named = configured.flatMap(({ answer }) => (Result.isSuccess(answer) ? answer.success : []))
  const others = [...new Set(named)].filter((address) => !config.bootstrapServers.includes(address))
  return { configured, advertised: yield* contact(others) }
})

type Brokers = Effect.Success<ReturnType<typeof contactBrokers>>

/** A broker that refuses the login is reachable. */
const isReachable = ({ answer }: Reply): boolean => Result.isSuccess(answer) || answer.failure.reason !== "Unreachable"

const failureOf = ({ answer }: Reply): string => (Result.isFailure(answer) ? answer.failure.detail : "")

const reachability = (brokers: Brokers): Observation<Brokers> => {
  const { advertised, configured } = brokers
  const unreachable = configured.filter((reply) => !isReachable(reply))
  const unknown = advertised.filter((reply) => !isReachable(reply))
  if (unreachable.length === configured.length)
    return wrong(unreachable.map(failureOf).join("; "), REACH, ExitCode.unavailable)
  if (unknown.length > 0) {
    return wrong(
      `unreachable advertised brokers: ${unknown.map(failureOf).join("; ")}`,
      "set the brokers' advertised.listeners to addresses that resolve and are reachable from this machine",
      ExitCode.unavailable
    )
  }
  const names = [...configured, ...advertised].filter(isReachable).map(({ address }) => address)
  return unreachable.length > 0
    ? doubtful(
        `${names.join(", ")} reply; ${unreachable.map(failureOf).join("; ")}`,
        "start them, or remove them from KAFKA_BOOTSTRAP_SERVERS",
        brokers
      )
    : fine(names.join(", "), brokers)
}

const credentials = (config: KafkaConfig, { advertised, configured }: Brokers): Observation<void> => {
  const refused = [...configured, ...advertised].flatMap(({ answer }) =>
    Result.isFailure(answer) && answer.failure.reason !== "Unreachable" ? [answer.failure] : []
  )
  const [first] = refused
  return first === undefined
    ? fine(security(config), undefined)
    : wrong(refused.map(({ detail }) => detail).join("; "), undefined, Runtime.getErrorExitCode(first))
}

const inputsOf = (topics: AppConfig["topics"], counts: ReadonlyMap<string, number | undefined>): ReadonlyArray<Input> =>
  (["chat", "viewer"] as const).flatMap((kind: InputKind) =>
    Array.from({ length: counts.get(topics[kind]) ?? 0 }, (_, partition) => ({ kind, topic: topics[kind], partition }))
  )

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
  const places = open.map((extent) => `${partitionLabel(extent)} from offset ${extent.stable}`)
  const transactions = open.length === 0 ? "" : `; a transaction is open in ${places.join(", ")}`
  return fine(`${counted(records, "record")} in ${counted(extents.length, "partition")}${transactions}`, extents)
})

const offsetsOf = Effect.fnUntraced(function* (inputs: ReadonlyArray<Input>, which: "startOffsets" | "endOffsets") {
  const log = yield* EventLog
  const offsets = yield* log[which]({ sourcePartition: ALL_PARTITIONS, inputs })
  return new Map(inputs.map((input, index) => [partitionLabel(input), offsets[index] ?? 0n]))
})

const describeGroup = (config: KafkaConfig) =>
  Effect.map(Inspection.describeGroup(config), ({ members, state }) => {
    if (state === "Dead") return fine(`${config.groupId} does not exist yet: the first start creates it`, undefined)
    return members === 0
      ? fine(`${config.groupId}, without members: no worker is running`, undefined)
      : fine(`${config.groupId}, ${counted(members, "member")}, ${state}`, undefined)
  })

/** The topics that the worker writes. */
const outputsOf = ({ deadLetterTopic, momentsTopic, windowsTopic }: KafkaConfig) =>
  [
    { name: "dead letter topic", topic: deadLetterTopic, variable: "DEAD_LETTER_TOPIC" },
    { name: "moments topic", topic: momentsTopic, variable: "MOMENTS_TOPIC" },
    { name: "windows topic", topic: windowsTopic, variable: "WINDOWS_TOPIC" }
  ].flatMap(({ topic, ...output }) => (topic === undefined ? [] : [{ ...output, topic }]))

/** Longer than 70 lines: one check after the other, in the order of the report. */
export const kafkaChecks = Effect.fn("doctor.kafka")(function* (config: AppConfig, kafka: KafkaConfig) {
  const tool = toolCommand("kafka-topics", kafka)
  const reached = yield* check("kafka", REACH, Effect.map(contactBrokers(kafka), reachability))
  const allowed = yield* after(reached, "kafka credentials", undefined, (brokers) =>
    Effect.succeed(credentials(kafka, brokers))
  )
  const topics = yield* after(allowed, "topics", REACH, () =>
    Effect.map(Inspection.countsOf(kafka, config.topics), (counts) => {
      // Under `all` only missing topics are a problem.
      const missing = topicsProblem(counts, "all", tool)
      const listed = [...counts].map(([topic, count]) => `${topic} (${counted(count ?? 0, "partition")})`)
      return missing === undefined ? fine(listed.join(", "), counts) : wrong(missing, undefined, ExitCode.config)
    })
  )
  const ofTopics = yield* Effect.all(
    {
      equal: after(topics, "partition counts", undefined, (counts) => {
        const problem = topicsProblem(counts, config.taskScope, tool)
        const tasks =
          config.taskScope === "all"
            ? "one task for all partitions"
            : counted(Math.max(...[...counts.values()].map(Number)), "task")
        return Effect.succeed(
          problem === undefined ? fine(tasks, undefined) : wrong(problem, undefined, ExitCode.config)
        )
      }),
      group: after(allowed, "consumer group", REACH, () => describeGroup(kafka)),
      outputs: Effect.forEach(outputsOf(kafka), ({ name, topic, variable }) =>
        after(allowed, name, REACH, () =>
          Effect.map(Inspection.topicExists(kafka, topic), (exists) =>
            exists
              ? fine(topic, undefined)
              : wrong(`${topic} is missing`, `create it, or unset ${variable}`, ExitCode.config)
          )
        )
      )
    },
    { concurrency: "unbounded" }
  )
  const log = KafkaLog.layer({
    // The start of the logs, not the start of a group.
    kafka: { ...kafka, startingOffsets: "earliest" },
    topics: config.topics,
    taskScope: config.taskScope,
    limits: KafkaLog.limits({ ...config, members: 1 })
  })
  const extents = yield* after(topics, "events", REACH, (counts) =>
    Effect.provide(extentsOf(inputsOf(config.topics, counts)), log)
  )
  const ofNewest = yield* after(extents, "newest event", REACH, (all) =>
    Effect.provide(newestRecords(all, config.pipeline.read), log)
  )
  const all: ReadonlyArray<Checked<unknown> | undefined> = [
    reached,
    allowed,
    topics,
    ofTopics.equal,
    ...ofTopics.outputs,
    ofTopics.group,
    extents,
    ofNewest
  ]
  const offsets = (which: "startOffsets" | "endOffsets") =>
    Effect.flatMap(Inspection.countsOf(kafka, config.topics), (counts) =>
      offsetsOf(inputsOf(config.topics, counts), which).pipe(Effect.provide(log))
    )
  const checks: KafkaChecks = {
    findings: all.flatMap((checked) => (checked === undefined ? [] : [checked.finding])),
    extents,
    starts: offsets("startOffsets"),
    ends: offsets("endOffsets")
  }
  return checks
})
