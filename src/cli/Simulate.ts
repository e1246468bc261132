/** `telemetra simulate`: fills a real Kafka with a believable platform. */
import { Clock, Console, Duration, Effect, FileSystem, Option, Schema, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import { type Acknowledged, makeKafkaWriter, type WriterRecord } from "../source/kafka/KafkaWriter.ts"
import { Simulator } from "../source/simulator/Simulator.ts"
import { truthLine } from "../source/simulator/Truth.ts"
import { printJson } from "../terminal/Output.ts"
import { answering, configured } from "./Root.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { number } from "../domain/Wording.ts"

/** Of eleven records ten are chat. */
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

/** Writes the scenes of the first `seconds` of the platform's log as NDJSON. */
const writeTruth = Effect.fn("cli.writeTruth")(function* (simulator: Simulator, seconds: number, file: string) {
  const fs = yield* FileSystem.FileSystem
  const { originMs } = simulator.options
  const lines = simulator.truth(originMs, originMs + seconds * 1000).map((truth) => `${truthLine(truth)}\n`)
  yield* fs.writeFileString(file, lines.join(""))
})

const acknowledgement = (written: Acknowledged): string =>
  `  ${partitionLabel(written)}  ${number(written.records)} records from offset ${written.baseOffset}`

const atLeast = (minimum: number) => Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum)))

export const simulate = Command.make(
  "simulate",
  {
    events: Flag.Int("events").pipe(
      atLeast(1),
      Flag.withDescription("How many records to write, rounded up to whole seconds"),
      Flag.withDefault(60_000)
    ),
    rate: Flag.Int("rate").pipe(
      atLeast(1),
      Flag.withDescription("Records a second, over all partitions of both topics"),
      Flag.withDefault(1000)
    ),
    history: Flag.Int("history").pipe(
      atLeast(0),
      Flag.withDescription(
        "Seconds before now at which the platform's log begins; what is past is written at full speed"
      ),
      Flag.withDefault(0)
    ),
    codec: Flag.Literals("codec", ["none", "gzip", "snappy", "lz4", "zstd"]).pipe(
      Flag.withDescription("Compression of the batches"),
      Flag.withDefault("snappy")
    ),
    partitions: Flag.Int("partitions").pipe(
      atLeast(1),
      Flag.withDescription("Partitions of topics that have to be created, and the platform's"),
      Flag.withDefault(3)
    ),
    channels: Flag.Int("channels").pipe(
      atLeast(1),
      Flag.withDescription("Channels per partition"),
      Flag.withDefault(40)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Another seed is another platform"), Flag.withDefault(1)),
    truth: Flag.File("truth", { mustExist: false }).pipe(
      Flag.withDescription("Write to this file what happens in the streams, one JSON object per line"),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("For machines: one object, once all is written"),
      Flag.withDefault(false)
    )
  },
  ({ channels, codec, events, history, json, partitions, rate, seed, truth }) =>
    answering(
      Effect.gen(function* () {
        const { source, topics } = yield* Config
        if (source._tag !== "kafka") {
          return yield* new ConfigurationError({
            problems: [{ name: "KAFKA_BOOTSTRAP_SERVERS", value: null, allowed: "the brokers to fill" }]
          })
        }
        const writer = yield* makeKafkaWriter(source.kafka)
        const tell = (line: string) => (json ? Effect.void : Console.log(line))
        const created = yield* writer.ensureTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
        if (created.length > 0) yield* tell(`Created ${created.join(" and ")} with ${partitions} partitions`)
        // only now: whoever waits for Kafka first would be behind the clock from then on
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
        if (past > 0) yield* tell(["The past:", ...ofPast.map(acknowledgement)].join("\n"))
        if (past < seconds) {
          yield* tell(`Live: ${number(pace)} records a second for ${seconds - past} s`)
        }
        const live = yield* write(past, seconds, pace)
        if (past < seconds) yield* tell(["Live:", ...live.map(acknowledgement)].join("\n"))
        const tookMs = (yield* Clock.currentTimeMillis) - begunMs
        yield* tell(
          `The broker acknowledged ${number(seconds * pace)} records in ${Duration.format(Duration.millis(tookMs))}`
        )
        if (json) {
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
        }
      })
    ).pipe(
      Effect.provide(
        // Nothing is written to a database.
        configured({ STORE: "embedded" })
      )
    )
).pipe(
  Command.withDescription("Create the topics where they are missing and fill them with a simulated platform"),
  Command.withExamples([
    { command: "telemetra simulate --rate 500 --events 30000", description: "A minute, live" },
    {
      command: "telemetra simulate --rate 2000 --events 1000000 --history 500 --codec zstd",
      description: "A million records of the last minutes, at full speed"
    },
    {
      command: "telemetra simulate --history 3600 --events 3600000 --truth truth.ndjson",
      description: "An hour, and what happens in it"
    }
  ])
)
