/**
 * The load: chat and viewer samples of streams whose popularity follows Zipf's law, as a function
 * of the seed. Kafka's default partitioner places the streams, so partitions differ in size.
 * Records arrive at an even pace in each partition, up to two seconds out of order.
 */
import { Schema } from "effect"
import { Draws, hash } from "../src/source/simulator/Draws.ts"
import { placement } from "./Placement.ts"

/** The settings of a load that results record and that a recount receives. */
export const LoadSettings = Schema.Struct({
  seed: Schema.Int,
  chatEvents: Schema.Int,
  streams: Schema.Int,
  partitions: Schema.Int,
  seconds: Schema.Int
})

export interface LoadOptions {
  readonly seed: number
  readonly chatEvents: number
  readonly streams: number
  readonly partitions: number
  /** Length of the load, in seconds of event time. */
  readonly seconds: number
  /** Exponent of Zipf's law, by default 1. With 0, all streams are equally popular. */
  readonly zipf?: number
  /**
   * Number of people who chat, over all streams, but at least 20 in each. By default a third of the
   * messages.
   */
  readonly people?: number
  /**
   * Seconds of event time between the load and the records that end it, by default 200: all windows
   * must close before them.
   */
  readonly endAfterSeconds?: number
}

export interface LoadRecord {
  readonly key: string
  readonly value: Buffer
  /** Time of the append to the log, in ms since the epoch. */
  readonly timestampMs: number
}

export type LoadKind = "chat" | "viewer"

/** Start of the load's event time. It is long past, so no clock judges it as the future. */
export const ORIGIN_MS = Date.UTC(2025, 0, 1)

/** Streams with this prefix only advance the watermark, so that every earlier window closes. */
export const END_PREFIX = "end_"
const END_AFTER_SECONDS = 200

const VIEWER_INTERVAL_MS = 10_000
const DISORDER_MS = 2_000

interface Channel {
  readonly key: string
  readonly number: number
  /** Number of people who chat. */
  readonly audience: number
}

/** The contents of one partition number of both topics. */
interface Partition {
  readonly channels: ReadonlyArray<Channel>
  /** Sum of the channels' shares up to and with each. */
  readonly upTo: Float64Array
  readonly chatEvents: number
}

export class Load {
  readonly options: LoadOptions
  readonly #partitions: ReadonlyArray<Partition>

  constructor(options: LoadOptions) {
    this.options = options
    const { chatEvents, partitions, people = chatEvents / 3, streams, zipf = 1 } = options
    const place = placement(partitions)
    let all = 0
    for (let rank = 1; rank <= streams; rank++) all += 1 / rank ** zipf
    const drafts = Array.from({ length: partitions }, () => ({
      channels: Array<Channel>(),
      upTo: Array<number>(),
      share: 0
    }))
    for (let rank = 1; rank <= streams; rank++) {
      const key = `stream_${String(rank).padStart(4, "0")}`
      const share = 1 / rank ** zipf / all
      const draft = drafts[place(key)]
      if (draft === undefined) throw new Error(`${key} has no partition`)
      draft.share += share
      draft.upTo.push(draft.share)
      draft.channels.push({ key, number: rank, audience: Math.max(20, Math.round(share * people)) })
    }
    this.#partitions = drafts.map(({ channels, share, upTo }) => ({
      channels,
      upTo: Float64Array.from(upTo),
      chatEvents: Math.round(share * chatEvents)
    }))
  }

  /** Records of one topic partition, the one that ends it included. */
  count(kind: LoadKind, partition: number): number {
    return this.#events(kind, this.#at(partition)) + 1
  }

  get totalRecords(): number {
    const { partitions } = this.options
    return Array.from({ length: partitions }, (_, p) => this.count("chat", p) + this.count("viewer", p)).reduce(
      (a, b) => a + b,
      0
    )
  }

  /** The record at an offset of a topic partition. */
  recordAt(kind: LoadKind, partition: number, offset: number): LoadRecord {
    const { endAfterSeconds = END_AFTER_SECONDS, seconds, seed } = this.options
    const place = this.#at(partition)
    const events = this.#events(kind, place)
    const draws = new Draws(hash(seed, kind === "chat" ? 1 : 2, partition, offset))
    const id = `${kind}-${partition}-${String(offset).padStart(8, "0")}`
    if (offset >= events) {
      const key = `${END_PREFIX}${partition}`
      const timestampMs = ORIGIN_MS + (seconds + endAfterSeconds) * 1000
      const event = kind === "chat" ? chatEvent(draws, "nobody") : { viewer_count: 0 }
      return record(key, timestampMs, { event_id: id, timestamp: iso(timestampMs), stream_id: key, ...event })
    }
    if (kind === "viewer") {
      const turn = Math.floor(offset / place.channels.length)
      const index = offset % place.channels.length
      const channel = channelAt(place, index)
      const timestampMs =
        ORIGIN_MS + turn * VIEWER_INTERVAL_MS + Math.floor((index * VIEWER_INTERVAL_MS) / place.channels.length)
      return record(channel.key, timestampMs, {
        event_id: id,
        timestamp: iso(timestampMs),
        stream_id: channel.key,
        viewer_count: Math.round(channel.audience * (0.9 + 0.2 * draws.unit()))
      })
    }
    const arrivedMs = ORIGIN_MS + Math.floor((offset * seconds * 1000) / events)
    const timeMs = Math.max(ORIGIN_MS, arrivedMs - draws.below(DISORDER_MS))
    const channel = channelAt(place, firstAbove(place.upTo, draws.unit() * (place.upTo.at(-1) ?? 0)))
    // Some talk much more than others.
    const talker = Math.floor(draws.unit() ** 2 * channel.audience)
    return record(channel.key, arrivedMs, {
      event_id: id,
      timestamp: iso(timeMs),
      stream_id: channel.key,
      ...chatEvent(draws, `user_${channel.number}_${talker}`)
    })
  }

  #at(partition: number): Partition {
    const found = this.#partitions[partition]
    if (found === undefined) throw new Error(`no partition ${partition}`)
    return found
  }

  #events(kind: LoadKind, { channels, chatEvents }: Partition): number {
    return kind === "chat"
      ? chatEvents
      : channels.length * Math.floor((this.options.seconds * 1000) / VIEWER_INTERVAL_MS)
  }
}

const channelAt = ({ channels }: Partition, index: number): Channel => {
  const channel = channels[index]
  if (channel === undefined) throw new Error(`no channel ${index}`)
  return channel
}

/** Index of the first element above a value, or of the last element if none is above it. */
const firstAbove = (ascending: Float64Array, value: number): number => {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

const record = (key: string, timestampMs: number, event: Readonly<Record<string, unknown>>): LoadRecord => ({
  key,
  value: Buffer.from(JSON.stringify(event)),
  timestampMs
})

const iso = (ms: number): string => new Date(ms).toISOString()

const NEUTRAL = (
  "the a that this what when you he she they chat stream game play run boss level map next again now here there " +
  "really just still only maybe clip watch read see think know hear did does was is are not no yes ok wait go back"
).split(" ")
const CHARGED = (
  "love great awesome amazing good best happy thanks lol haha nice cool fun pog kekw " +
  "hate bad terrible worst boring stupid trash cringe fail rip sad"
).split(" ")
const EMOTES = Array.from({ length: 40 }, (_, n) => `emote${String(n).padStart(2, "0")}`)

const pick = (words: ReadonlyArray<string>, index: number): string => words[index] ?? ""

const chatEvent = (draws: Draws, user: string): Readonly<Record<string, unknown>> => {
  const words = Array.from({ length: draws.between(3, 14) }, () => {
    const from = draws.chance(0.12) ? CHARGED : NEUTRAL
    return pick(from, draws.below(from.length))
  })
  const emotes = draws.chance(0.6) ? 0 : draws.between(1, 3)
  return {
    user_id: user,
    username: user,
    message: words.join(" "),
    emotes: Array.from({ length: emotes }, () => pick(EMOTES, Math.floor(draws.unit() ** 2 * EMOTES.length))),
    badges: draws.chance(0.2) ? ["subscriber"] : []
  }
}
