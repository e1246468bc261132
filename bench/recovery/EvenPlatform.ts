/**
 * A platform whose streams are live all the time. Each stream chats once per round, in an order
 * that differs from round to round. Its viewers are sampled in turn. Every record is an event, and
 * a pure function of kind, partition and offset. No event is late if the watermark delay is at
 * least {@link MOST_DELAY_MS}. Therefore the expected rows can be counted.
 */
import type { InputKind } from "../../src/domain/Task.ts"
import { Cast, type Channel, personName, pick } from "../../src/source/simulator/Cast.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { logTimeMs, type Pace } from "../../src/source/simulator/LogTime.ts"
import { writeMessage } from "../../src/source/simulator/Message.ts"
import type { SimulatedRecord } from "../../src/source/simulator/Simulator.ts"
import { resolveOptions } from "../../src/source/simulator/SimulatorOptions.ts"
import { type Platform, perSecondOf } from "../../test/harness/Traffic.ts"

export interface EvenPlatformOptions {
  readonly partitions: number
  /** Streams of all partitions, rounded up to a whole number in each. */
  readonly streams: number
  /** Rate of all partitions of both topics. */
  readonly eventsPerSecond: number
  /** Log time of the first records: a whole second. */
  readonly originMs: number
}

/** Upper bound of the difference between an event's time and its record's time. */
export const MOST_DELAY_MS = 2_000

/** The order of the streams shifts by this from round to round. */
const SHIFT = 379
const SALT: Readonly<Record<InputKind, number>> = { chat: 1, viewer: 2 }

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** A step near the golden section and coprime to `count`: it visits every number once per round. */
const stepOf = (count: number): number => {
  let step = Math.max(1, Math.round(count * 0.618))
  while (greatestDivisor(step, count) !== 1) step++
  return step
}

export class EvenPlatform implements Platform {
  readonly streamsPerPartition: number
  readonly #cast: Cast
  readonly #originMs: number
  readonly #perSecond: Readonly<Record<InputKind, number>>
  readonly #step: number
  /** Restarted for every record. */
  readonly #draws = new Draws(0)

  constructor({ eventsPerSecond, originMs, partitions, streams }: EvenPlatformOptions) {
    this.#originMs = originMs
    this.#perSecond = perSecondOf(eventsPerSecond, partitions)
    this.streamsPerPartition = Math.ceil(streams / partitions)
    this.#step = stepOf(this.streamsPerPartition)
    this.#cast = new Cast(resolveOptions({ partitions, channelsPerPartition: this.streamsPerPartition }))
  }

  pace(kind: InputKind): Pace {
    return { originMs: this.#originMs, perSecond: this.#perSecond[kind] }
  }

  /** Index of the record's stream in its partition. */
  streamAt(offset: number): number {
    const count = this.streamsPerPartition
    const round = Math.floor(offset / count)
    return ((offset % count) * this.#step + round * SHIFT) % count
  }

  /** Time of the record's event. */
  eventTimeMs(kind: InputKind, partition: number, offset: number): number {
    return logTimeMs(this.pace(kind), offset) - Math.floor(MOST_DELAY_MS * this.#begin(kind, partition, offset) ** 3)
  }

  recordAt(kind: InputKind, partition: number, offset: bigint): SimulatedRecord {
    const at = Number(offset)
    const channel = pick(this.#cast.channels(partition), this.streamAt(at))
    const timestamp = new Date(this.eventTimeMs(kind, partition, at)).toISOString()
    return {
      offset,
      timestampMs: logTimeMs(this.pace(kind), at),
      key: channel.stream,
      value: Buffer.from(kind === "chat" ? this.#chat(channel, at, timestamp) : this.#viewers(channel, at, timestamp))
    }
  }

  /** Starts the record's draws and returns the first. */
  #begin(kind: InputKind, partition: number, offset: number): number {
    return this.#draws.restart(hash(SALT[kind], partition, offset)).unit()
  }

  #chat(channel: Channel, offset: number, timestamp: string): string {
    const user = personName(this.#cast.regular(channel, this.#draws))
    const { emotesJson = "null", textJson } = writeMessage(channel, undefined, this.#draws)
    return `{"type":"chat","event_id":"chat-${channel.partition}-${offset}","stream_id":${channel.streamJson},"user_id":"${user}","message":${textJson},"emotes":${emotesJson},"timestamp":"${timestamp}"}`
  }

  #viewers(channel: Channel, offset: number, timestamp: string): string {
    const count = Math.round(channel.viewers * (0.95 + 0.1 * this.#draws.unit()))
    return `{"type":"viewer","event_id":"viewer-${channel.partition}-${offset}","stream_id":${channel.streamJson},"timestamp":"${timestamp}","viewer_count":${count}}`
  }
}
