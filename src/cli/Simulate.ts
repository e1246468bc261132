/** `telemetra simulate`: fills Kafka with the events of a simulated platform. */
import { Clock, Console, Duration, Effect, FileSystem, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import {
  type Acknowledged,
  type CodecName,
  type KafkaWriter,
  makeKafkaWriter,
  type WriterRecord
} from "../source/kafka/KafkaWriter.ts"
import { Simulator } from "../source/simulator/Simulator.ts"
import { truthLine } from "../source/simulator/Truth.ts"
import { printJson } from "../terminal/Output.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { configuredBounded } from "./Root.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { counted, number } from "../domain/Wording.ts"

/** Ten of eleven records are chat messages. */
const CHAT_SHARE = 10 / 11

const perPartition = (rate: number, partitions: number) => ({
  chat: Math.max(1, Math.round((rate * CHAT_SHARE) / partitions)),
  viewer: Math.max(1, Math.round((rate * (1 - CHAT_SHARE)) / partitions))
})

/** The platform's records in [fromSecond, toSecond) of its log, second by second. */
function* recordsOf(
  simulator: Simulator,
  topics: AppConfig["topics"],
  fromSecond: number,
  toSecond: number
): Generator<WriterRecord> {
  const { partitions, perSecond } = simulator.options
  for (let second = fromSecond; second < toSecond; second++) {
    for (let partition = 0; partition < partitions; partition++) {
      for (const kind of ["chat", "viewer"] as const) {
        for (let n = 0; n < perSecond[kind]; n++) {
          const offset = BigInt(second * perSecond[kind] + n)
          const { key, timestampMs, value } = simulator.recordAt(kind, partition, offset)
          yield { topic: topics[kind], partition, key, value, timestampMs }
        }
      }
    }
  }
}

/** Writes the simulated moments of the first `seconds` of the log as NDJSON. */
const writeTruth = Effect.fn("cli.writeTruth")(function* (simulator: Simulator, seconds: number, file: string) {
  const fs = yield* FileSystem.FileSystem
  const { originMs } = simulator.options
  const lines = simulator.truth(originMs, originMs + seconds * 1000).map((truth) => `${truthLine(truth)}\n`)
  yield* fs.writeFileString(file, lines.join(""))
})

const acknowledgement = (written: Acknowledged): string =>
  `  ${partitionLabel(written)}  ${number(written.records)} records from offset ${written.baseOffset}`

interface Request {
  readonly events: number
  readonly rate: number
  readonly history: number
  readonly codec: CodecName
  readonly partitions: number
  readonly channels: number
  readonly seed: number
  readonly truth: Option.Option<string>
  readonly json: boolean
}

/** Creates missing topics, then writes the past at full speed and the rest at its pace. */
const fill = Effect.fn("cli.fill")(function* (writer: KafkaWriter, topics: AppConfig["topics"], request: Request) {
  const { channels, codec, events, history, json, partitions, rate, seed, truth } = request
  const print = (line: string) => (json ? Effect.void : Console.log(line))
  const created = yield* writer.ensureTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
  if (created.length > 0) yield* print(`Created ${created.join(" and ")} with ${counted(partitions, "partition")}`)
  // The clock is read after the wait for Kafka, so that the live part is not behind it.
  const begunMs = yield* Clock.currentTimeMillis
  const originMs = Math.floor(begunMs / 1000) * 1000 - history * 1000
  const perSecond = perPartition(rate, partitions)
  const simulator = new Simulator({ seed, partitions, perSecond, channelsPerPartition: channels, originMs })
  const pace = (perSecond.chat + perSecond.viewer) * partitions
  const seconds = Math.ceil(events / pace)
  const past = Math.min(seconds, history)
  if (Option.isSome(truth)) yield* writeTruth(simulator, seconds, truth.value)
  const write = (from: number, to: number, perSecond?: number) =>
    writer.write(Stream.fromIterable(recordsOf(simulator, topics, from, to)), {
      codec,
      ...(perSecond === undefined ? {} : { perSecond })
    })
  const ofPast = yield* write(0, past)
  if (past > 0) yield* print(["History:", ...ofPast.map(acknowledgement)].join("\n"))
  if (past < seconds) yield* print(`Live: ${number(pace)} records per second for ${seconds - past} s`)
  const live = yield* write(past, seconds, pace)
  if (past < seconds) yield* print(["Live:", ...live.map(acknowledgement)].join("\n"))
  const tookMs = (yield* Clock.currentTimeMillis) - begunMs
  yield* print(`Acknowledged ${number(seconds * pace)} records in ${Duration.format(Duration.millis(tookMs))}`)
  if (!json) return
  yield* printJson({
    created_topics: created,
    records: seconds * pace,
    seconds: tookMs / 1000,
    acknowledged: [...ofPast, ...live].map(({ baseOffset, partition, records, topic }) => ({
      topic,
      partition,
      records,
      from_offset: String(baseOffset)
    }))
  })
})

const atLeast = (minimum: number) => Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum)))

export const simulate = Command.make(
  "simulate",
  {
    events: Flag.Int("events").pipe(
      atLeast(1),
      Flag.withDescription("The number of records, rounded up to whole seconds"),
      Flag.withDefault(60_000)
    ),
    rate: Flag.Int("rate").pipe(
      atLeast(1),
      Flag.withDescription("Records per second, over all partitions of both topics"),
      Flag.withDefault(1000)
    ),
    history: Flag.Int("history").pipe(
      atLeast(0),
      Flag.withDescription("Seconds of history before now, written at full speed"),
      Flag.withDefault(0)
    ),
    codec: Flag.Literals("codec", ["none", "gzip", "snappy", "lz4", "zstd"]).pipe(
      Flag.withDescription("Compression of the batches"),
      Flag.withDefault("snappy")
    ),
    partitions: Flag.Int("partitions").pipe(
      atLeast(1),
      Flag.withDescription("Partitions of the platform, and of topics that are created"),
      Flag.withDefault(3)
    ),
    channels: Flag.Int("channels").pipe(
      atLeast(1),
      Flag.withDescription("Channels per partition"),
      Flag.withDefault(40)
    ),
    seed: Flag.Int("seed").pipe(
      Flag.withDescription("The seed of the platform; another seed gives another platform"),
      Flag.withDefault(1)
    ),
    truth: Flag.File("truth", { mustExist: false }).pipe(
      Flag.withDescription("Write the simulated moments to this file, one JSON object per line"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object at the end"), Flag.withDefault(false))
  },
  (request) =>
    boundedCommand(
      Effect.gen(function* () {
        const { source, topics } = yield* Config
        if (source._tag !== "kafka") {
          return yield* new ConfigurationError({
            problems: [{ name: "KAFKA_BOOTSTRAP_SERVERS", value: null, allowed: "the brokers to fill" }]
          })
        }
        yield* fill(yield* makeKafkaWriter(source.kafka), topics, request)
      })
    ).pipe(
      // Nothing is written to a database.
      Effect.provide(configuredBounded({ STORE: "embedded", COLLECT: "" }))
    )
).pipe(
  Command.withDescription("Create missing topics and fill them with a simulated platform"),
  Command.withExamples([
    { command: "telemetra simulate --rate 500 --events 30000", description: "A minute of live events" },
    {
      command: "telemetra simulate --rate 2000 --events 1000000 --history 500 --codec zstd",
      description: "A million records of the last 500 seconds, at full speed"
    },
    {
      command: "telemetra simulate --history 3600 --events 3600000 --truth truth.ndjson",
      description: "An hour of history, and its simulated moments"
    }
  ])
)
