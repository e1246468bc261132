/**
 * A process that writes the records of a platform into two topics. It reports the number of
 * records, and the times at which watermarks passed the ends of windows. Its argument is the order,
 * as JSON.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Clock, Effect, Schema, Stream } from "effect"
import type { InputKind } from "../../src/domain/Task.ts"
import { makeKafkaWriter, type WriterRecord } from "../../src/source/kafka/KafkaWriter.ts"
import { config } from "../../test/source/kafka/KafkaLogHarness.ts"
import { DISORDER_MS, Platform, type Take } from "./Platform.ts"
import { type Crossing, Order, type Produced } from "./ProducerMessages.ts"

/** Log time of one write: in real time a producer's linger, otherwise enough for large batches. */
const LINGER_MS = 50
const STEP_MS = 500
const REPORT_EVERY_MS = 200

const print = (message: Readonly<Record<string, unknown>>): void =>
  void process.stdout.write(`${JSON.stringify(message)}\n`)

/** One topic partition. */
class Input {
  readonly crossings: Array<Crossing> = []
  /** Latest event time. */
  latestMs = Number.NEGATIVE_INFINITY
  #passedMs = Number.NEGATIVE_INFINITY

  /** Notes that all records up to the latest event time are in the log. */
  acknowledged(partition: number, atMs: number, { slideMs, watermarkDelayMs }: Order): void {
    const endMs = Math.floor((this.latestMs - watermarkDelayMs) / slideMs) * slideMs
    if (!Number.isFinite(endMs) || endMs <= this.#passedMs) return
    this.#passedMs = endMs
    this.crossings.push({ partition, endMs, atMs })
  }
}

const produce = Effect.fnUntraced(function* (order: Order) {
  const { inRealTime, slideMs, topics } = order
  const { originMs, partitions, seconds } = order.platform
  const platform = new Platform(order.platform)
  const writer = yield* makeKafkaWriter(config(order.bootstrap))
  const inputs: Readonly<Record<InputKind, ReadonlyArray<Input>>> = {
    chat: Array.from({ length: partitions }, () => new Input()),
    viewer: Array.from({ length: partitions }, () => new Input())
  }
  // The first message may be older than the first record.
  const firstSlide = Math.floor((originMs - DISORDER_MS) / slideMs)
  const chatsPerSlide = Array.from({ length: Math.ceil((seconds * 1000 + DISORDER_MS) / slideMs) + 2 }, () => 0)
  const endMs = originMs + seconds * 1000
  const startedAtMs = yield* Clock.currentTimeMillis
  let records: Array<WriterRecord> = []
  let mostDelayMs = 0
  let reportedAtMs = 0

  const take: Take = (kind, partition, key, value, logTimeMs, eventTimeMs) => {
    const input = inputs[kind][partition]
    if (input === undefined) throw new Error(`no partition ${partition}`)
    records.push({ topic: topics[kind], partition, key, value, timestampMs: logTimeMs })
    if (eventTimeMs > input.latestMs) input.latestMs = eventTimeMs
    if (kind !== "chat") return
    const slide = Math.floor(eventTimeMs / slideMs) - firstSlide
    chatsPerSlide[slide] = (chatsPerSlide[slide] ?? 0) + 1
  }

  for (let atMs = originMs; atMs < endMs;) {
    const fromMs = atMs
    if (inRealTime) yield* Effect.sleep(Math.max(0, fromMs + LINGER_MS - (yield* Clock.currentTimeMillis)))
    atMs = Math.min(endMs, inRealTime ? yield* Clock.currentTimeMillis : fromMs + STEP_MS)
    records = []
    platform.upTo(atMs, take)
    yield* writer.write(Stream.fromIterable(records), { codec: "lz4" })
    const nowMs = yield* Clock.currentTimeMillis
    for (const kind of ["chat", "viewer"] as const) {
      for (const [partition, input] of inputs[kind].entries()) input.acknowledged(partition, nowMs, order)
    }
    if (inRealTime) mostDelayMs = Math.max(mostDelayMs, nowMs - fromMs)
    if (nowMs - reportedAtMs < REPORT_EVERY_MS) continue
    reportedAtMs = nowMs
    print({ _tag: "Written", records: platform.written.chat + platform.written.viewer })
  }
  const { chat, viewer } = platform.written
  print({ _tag: "Written", records: chat + viewer })
  const cpu = process.cpuUsage()
  const produced: Produced = {
    _tag: "Produced",
    chats: chat,
    viewers: viewer,
    seconds: ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    mostDelayMs,
    chatsPerSlide: chatsPerSlide.map((count, slide) => [(firstSlide + slide) * slideMs, count] as const),
    lastEventMs: Math.max(...[...inputs.chat, ...inputs.viewer].map(({ latestMs }) => latestMs)),
    crossings: {
      chat: inputs.chat.flatMap(({ crossings }) => crossings),
      viewer: inputs.viewer.flatMap(({ crossings }) => crossings)
    }
  }
  print(produced)
}, Effect.scoped)

NodeRuntime.runMain(produce(Schema.decodeUnknownSync(Schema.fromJsonString(Order))(process.argv[2])))
