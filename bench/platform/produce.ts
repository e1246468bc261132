/**
 * A process that writes the records of a platform into two topics. It reports the number of
 * records, and the times at which watermarks passed the ends of windows. Its argument is the order,
 * as JSON.
 */
import { setTimeout as pause } from "node:timers/promises"
import { Schema } from "effect"
import type { InputKind } from "../../src/domain/Task.ts"
import { DISORDER_MS, Platform } from "./Platform.ts"
import { ProduceConnection } from "./ProduceConnection.ts"
import { RecordBatch } from "./RecordBatch.ts"
import { type Crossing, Order, type Produced } from "./ProducerMessages.ts"

/**
 * Log time of one request: in real time a producer's linger, otherwise enough for batches of some
 * hundred records.
 */
const LINGER_MS = 50
const STEP_MS = 500
/** Requests in flight. */
const IN_FLIGHT = 4
const REPORT_EVERY_MS = 200

const print = (message: Readonly<Record<string, unknown>>): void =>
  void process.stdout.write(`${JSON.stringify(message)}\n`)

/** One topic partition. */
class Input {
  readonly batch = new RecordBatch()
  readonly crossings: Array<Crossing> = []
  latestMs = Number.NEGATIVE_INFINITY
  #passedMs = Number.NEGATIVE_INFINITY

  /** Notes that all records up to an event time are in the log. */
  acknowledged(partition: number, latestMs: number, atMs: number, { slideMs, watermarkDelayMs }: Order): void {
    const endMs = Math.floor((latestMs - watermarkDelayMs) / slideMs) * slideMs
    if (endMs <= this.#passedMs) return
    this.#passedMs = endMs
    this.crossings.push({ partition, endMs, atMs })
  }
}

const produce = async (order: Order): Promise<Produced> => {
  const { inRealTime, slideMs } = order
  const { originMs, partitions, seconds } = order.platform
  const platform = new Platform(order.platform)
  const connection = await ProduceConnection.open(order.bootstrap)
  const inputs: Readonly<Record<InputKind, ReadonlyArray<Input>>> = {
    chat: Array.from({ length: partitions }, () => new Input()),
    viewer: Array.from({ length: partitions }, () => new Input())
  }
  // The first message may be older than the first record.
  const firstSlide = Math.floor((originMs - DISORDER_MS) / slideMs)
  const chatsPerSlide = Array.from({ length: Math.ceil((seconds * 1000 + DISORDER_MS) / slideMs) + 2 }, () => 0)
  const endMs = originMs + seconds * 1000
  let bytes = 0
  let acknowledged = 0
  let mostDelayMs = 0
  let reportedAtMs = 0

  /** Appends the buffered records, whose log times start at `fromMs`. */
  const send = async (fromMs: number): Promise<void> => {
    const batches = (["chat", "viewer"] as const).flatMap((kind) =>
      inputs[kind].flatMap((input, partition) =>
        input.batch.records === 0
          ? []
          : [
              {
                input,
                kind,
                partition,
                latestMs: input.latestMs,
                records: input.batch.records,
                batch: input.batch.take()
              }
            ]
      )
    )
    if (batches.length === 0) return
    await connection.append(
      batches.map(({ batch, kind, partition }) => ({ topic: order.topics[kind], partition, batch }))
    )
    const atMs = Date.now()
    for (const { batch, input, latestMs, partition, records } of batches) {
      bytes += batch.length
      acknowledged += records
      input.acknowledged(partition, latestMs, atMs, order)
    }
    if (inRealTime) mostDelayMs = Math.max(mostDelayMs, atMs - fromMs)
    if (atMs - reportedAtMs >= REPORT_EVERY_MS) {
      reportedAtMs = atMs
      print({ _tag: "Written", records: acknowledged })
    }
  }

  const begunAtMs = Date.now()
  let failure: unknown
  const underWay = new Set<Promise<void>>()
  for (let atMs = originMs; atMs < endMs;) {
    const fromMs = atMs
    if (inRealTime) {
      await pause(Math.max(0, fromMs + LINGER_MS - Date.now()))
      atMs = Math.min(endMs, Date.now())
    } else atMs = Math.min(endMs, fromMs + STEP_MS)
    platform.upTo(atMs, (kind, partition, key, value, logTimeMs, eventTimeMs) => {
      const input = inputs[kind][partition]
      if (input === undefined) throw new Error(`no partition ${partition}`)
      input.batch.add(logTimeMs, key, value)
      if (eventTimeMs > input.latestMs) input.latestMs = eventTimeMs
      if (kind === "chat") {
        const slide = Math.floor(eventTimeMs / slideMs) - firstSlide
        chatsPerSlide[slide] = (chatsPerSlide[slide] ?? 0) + 1
      }
    })
    const sending = send(fromMs).catch((error: unknown) => (failure = error))
    underWay.add(sending.then(() => undefined))
    if (underWay.size >= IN_FLIGHT) {
      const [oldest] = underWay
      if (oldest !== undefined) {
        await oldest
        underWay.delete(oldest)
      }
    }
    if (failure !== undefined) throw failure
  }
  await Promise.all(underWay)
  if (failure !== undefined) throw failure
  connection.close()
  const { chat, viewer } = platform.written
  print({ _tag: "Written", records: acknowledged })
  const cpu = process.cpuUsage()
  return {
    _tag: "Produced",
    chats: chat,
    viewers: viewer,
    bytes,
    seconds: (Date.now() - begunAtMs) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    mostDelayMs,
    chatsPerSlide: chatsPerSlide.map((count, slide) => [(firstSlide + slide) * slideMs, count] as const),
    lastEventMs: Math.max(...[...inputs.chat, ...inputs.viewer].map(({ latestMs }) => latestMs)),
    crossings: {
      chat: inputs.chat.flatMap(({ crossings }) => crossings),
      viewer: inputs.viewer.flatMap(({ crossings }) => crossings)
    }
  }
}

print(await produce(Schema.decodeUnknownSync(Schema.fromJsonString(Order))(process.argv[2])))
