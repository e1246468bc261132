/**
 * The records of a whole platform, in order of time: many streams, one of them hot. Messages are
 * spread over streams by Zipf's law. Every stream has a viewer count each {@link
 * VIEWER_INTERVAL_MS}, evenly staggered. The records are a function of the options, and repeat the
 * messages of `bench/Load.ts`.
 */
import { Schema } from "effect"
import type { InputKind } from "../../src/domain/Task.ts"
import { combine, Draws } from "../../src/source/simulator/Draws.ts"
import { Load } from "../Load.ts"
import { placement } from "../Placement.ts"

export interface PlatformOptions {
  /** At least 2. */
  readonly streams: number
  /** Over all streams. */
  readonly messagesPerSecond: number
  /** Partitions of each topic. */
  readonly partitions: number
  /** Log time of the first record: a whole second, in ms since the epoch. */
  readonly originMs: number
  /** Length in log time. */
  readonly seconds: number
}

/** Share of the hot stream in all messages. */
export const HOT_SHARE = 0.1
export const VIEWER_INTERVAL_MS = 30_000
/** A message is less than this older than its record. A viewer count has the time of its record. */
export const DISORDER_MS = 2_000

/** Different messages. */
const BODIES = 4_096
/** Mean number of messages of a chatter within {@link AUDIENCE_SECONDS}. */
const MESSAGES_PER_CHATTER = 3
const AUDIENCE_SECONDS = 600
const LEAST_AUDIENCE = 20

interface Channel {
  readonly name: string
  readonly partition: number
  readonly audience: number
}

/** Takes a record. */
export type Take = (
  kind: InputKind,
  partition: number,
  key: string,
  value: string,
  logTimeMs: number,
  eventTimeMs: number
) => void

export class Platform {
  readonly #options: PlatformOptions
  readonly #channels: ReadonlyArray<Channel>
  readonly #bodies = messageBodies()
  readonly #iso = new IsoTimes()
  /** Restarted for every record. */
  readonly #draws = new Draws(0)
  readonly #written: Record<InputKind, number> = { chat: 0, viewer: 0 }

  constructor(options: PlatformOptions) {
    this.#options = options
    const { messagesPerSecond, partitions, streams } = options
    const place = placement(partitions)
    this.#channels = Array.from({ length: streams }, (_, rank) => {
      const name = `stream_${String(rank).padStart(6, "0")}`
      const messages = shareOf(rank, streams) * messagesPerSecond * AUDIENCE_SECONDS
      return {
        name,
        partition: place(name),
        audience: Math.max(LEAST_AUDIENCE, Math.round(messages / MESSAGES_PER_CHATTER))
      }
    })
  }

  /** Number of records so far. */
  get written(): Readonly<Record<InputKind, number>> {
    return { ...this.#written }
  }

  /** Passes on all further records before a log time (open bound), each kind in order of time. */
  upTo(timeMs: number, take: Take): void {
    const { messagesPerSecond, originMs, seconds, streams } = this.#options
    const elapsedMs = Math.min(timeMs - originMs, seconds * 1000)
    const chats = Math.ceil((elapsedMs * messagesPerSecond) / 1000)
    const viewers = Math.ceil((elapsedMs * streams) / VIEWER_INTERVAL_MS)
    for (; this.#written.chat < chats; this.#written.chat++) this.#chat(this.#written.chat, take)
    for (; this.#written.viewer < viewers; this.#written.viewer++) this.#viewers(this.#written.viewer, take)
  }

  #chat(number: number, take: Take): void {
    const { messagesPerSecond, originMs, streams } = this.#options
    const draws = this.#draws.restart(combine(1, number))
    const rank = draws.chance(HOT_SHARE) ? 0 : Math.floor(streams ** draws.unit())
    const { audience, name, partition } = this.#channel(rank)
    const logTimeMs = originMs + Math.floor((number * 1000) / messagesPerSecond)
    const eventTimeMs = logTimeMs - draws.below(DISORDER_MS)
    // Some talk much more than others.
    const user = `user_${rank}_${Math.floor(draws.unit() ** 2 * audience)}`
    const body = this.#bodies[draws.below(BODIES)] ?? ""
    const value = `{"event_id":"chat-${number}","timestamp":"${this.#iso.of(eventTimeMs)}","stream_id":"${name}","user_id":"${user}","username":"${user}",${body}`
    take("chat", partition, name, value, logTimeMs, eventTimeMs)
  }

  #viewers(number: number, take: Take): void {
    const { originMs, streams } = this.#options
    const draws = this.#draws.restart(combine(2, number))
    const { audience, name, partition } = this.#channel(number % streams)
    const timeMs = originMs + Math.floor((number * VIEWER_INTERVAL_MS) / streams)
    const count = Math.round(audience * (0.9 + 0.2 * draws.unit()))
    const value = `{"event_id":"viewer-${number}","timestamp":"${this.#iso.of(timeMs)}","stream_id":"${name}","viewer_count":${count}}`
    take("viewer", partition, name, value, timeMs, timeMs)
  }

  #channel(rank: number): Channel {
    const channel = this.#channels[rank]
    if (channel === undefined) throw new Error(`no stream of rank ${rank}`)
    return channel
  }
}

/**
 * The share of a stream in all messages. Rank 0 is the hot stream. The others share the rest by
 * 1/x, integrated from their rank to the next.
 */
const shareOf = (rank: number, streams: number): number =>
  rank === 0 ? HOT_SHARE : ((1 - HOT_SHARE) * Math.log((rank + 1) / rank)) / Math.log(streams)

const decodeMessage = Schema.decodeUnknownSync(
  Schema.fromJsonString(
    Schema.Struct({
      message: Schema.String,
      emotes: Schema.Array(Schema.String),
      badges: Schema.Array(Schema.String)
    })
  )
)

/** The part of the load's messages after the user, as JSON. */
const messageBodies = (): ReadonlyArray<string> => {
  const load = new Load({ seed: 1, chatEvents: BODIES, streams: 1, partitions: 1, seconds: 60 })
  return Array.from({ length: BODIES }, (_, offset) =>
    JSON.stringify(decodeMessage(load.recordAt("chat", 0, offset).value.toString())).slice(1)
  )
}

/** Times as ISO 8601 with milliseconds. The text of a second is cached. */
class IsoTimes {
  readonly #seconds = new Map<number, string>()
  readonly #milliseconds = Array.from({ length: 1000 }, (_, ms) => `.${String(ms).padStart(3, "0")}Z`)

  of(timeMs: number): string {
    const second = Math.floor(timeMs / 1000)
    let text = this.#seconds.get(second)
    if (text === undefined) {
      if (this.#seconds.size >= 100) this.#seconds.clear()
      text = new Date(second * 1000).toISOString().slice(0, 19)
      this.#seconds.set(second, text)
    }
    return text + (this.#milliseconds[timeMs - second * 1000] ?? "")
  }
}
