/**
 * A live-stream platform as an endless log. Every record is a pure function of (options, topic
 * kind, partition, offset). So any process can read it again from any offset and gets the same
 * bytes.
 *
 * State between calls is only a cache; it never changes a record.
 */
import type { LogRecord } from "../../domain/Batch.ts"
import type { InputKind } from "../../domain/Task.ts"
import { Cast, type Channel, personId, personName, pick } from "./Cast.ts"
import { Draws, hash } from "./Draws.ts"
import { endOffsetAt, logTimeMs, type Pace } from "./LogTime.ts"
import { PastPace } from "./PastPace.ts"
import { Script } from "./Script.ts"
import { Seconds, speaker, totalShare } from "./Seconds.ts"
import { resolveOptions, type SimulatorOptions } from "./SimulatorOptions.ts"
import { speak } from "./Speech.ts"
import { timeJson } from "./TimeText.ts"
import type { Truth } from "./Truth.ts"

/** A record of the simulated log. */
export interface SimulatedRecord extends LogRecord {
  /** The record's key: the stream id. */
  readonly key: string
}

/** The fields of an event as JSON texts; `undefined` = absent. */
interface Fields {
  stream: string | undefined
  time: string | undefined
  id: string | undefined
  user: string | undefined
  text: string | undefined
  emotes: string | undefined
  viewers: string | undefined
}

const RECORD_SALT: Readonly<Record<InputKind, number>> = { chat: 7, viewer: 8 }
const TWO_32 = 4294967296
const HOUR_MS = 3_600_000

/** The viewer samples of a live channel per second, before the origin. */
const PAST_SAMPLES = 0.25

/** The longest delay that a watermark delay of 10 s tolerates with certainty. */
const PUNCTUAL_MS = 8000

export class Simulator {
  readonly options: SimulatorOptions
  readonly #cast: Cast
  readonly #script: Script
  readonly #seconds: Seconds
  /** By kind, then by partition. */
  readonly #pasts: Readonly<Record<InputKind, Map<number, PastPace>>> = { chat: new Map(), viewer: new Map() }
  /** Restarted for every record. */
  readonly #draws = new Draws(0)

  constructor(options: Partial<SimulatorOptions>) {
    this.options = resolveOptions(options)
    this.#cast = new Cast(this.options)
    this.#script = new Script(this.options, this.#cast)
    this.#seconds = new Seconds(this.#cast, this.#script)
  }

  /** A topic's offsets in time after the past: the same in each of its partitions. */
  pace(kind: InputKind): Pace {
    return { originMs: this.options.originMs, perSecond: this.options.perSecond[kind] }
  }

  /** The number of records with a log time <= `nowMs` (closed): the end offset at that time. */
  endOffsetAt(kind: InputKind, partition: number, nowMs: number): number {
    const past = this.#past(kind, partition)
    return past.endOffsetAt(nowMs) + endOffsetAt(this.pace(kind), nowMs)
  }

  /** The stream ids of a partition, the most popular first. */
  streams(partition: number): ReadonlyArray<string> {
    return this.#cast.channels(partition).map((channel) => channel.stream)
  }

  /** The streams that are live from `fromMs` to `toMs` and whose chat is angry. */
  angry(fromMs: number, toMs: number): ReadonlyArray<string> {
    const partitions = Array.from({ length: this.options.partitions }, (_, partition) => partition)
    return partitions
      .flatMap((partition) => this.#cast.channels(partition))
      .filter((channel) => channel.angry && this.#script.isLiveThrough(channel, fromMs / 1000, toMs / 1000))
      .map(({ stream }) => stream)
  }

  /**
   * All events that overlap `fromMs` (closed) to `toMs` (open) in event time, in order of start and
   * stream.
   */
  truth(fromMs: number, toMs: number): ReadonlyArray<Truth> {
    return this.#script.truth(fromMs, toMs)
  }

  /**
   * The record at an offset from 0 to 2^53 - 1; its timestamp is the log time. `partition` is one
   * of the options' partitions.
   */
  recordAt(kind: InputKind, partition: number, offset: bigint): SimulatedRecord {
    const at = Number(offset)
    const draws = this.#draws.restart(
      hash(this.options.seed, RECORD_SALT[kind], partition, at, Math.floor(at / TWO_32))
    )
    const timestampMs = this.#logTimeMs(kind, partition, at)
    const late = draws.chance(this.options.lateShare)
    let timeMs = timestampMs - (late ? PUNCTUAL_MS + draws.between(10_000, 120_000) : punctualDelayMs(draws))
    // By event time, so that the rows match the script; a late record must not belong to a past
    // scene.
    let second = Math.floor((late ? timestampMs : timeMs) / 1000)
    if (!this.#isOnAir(kind, partition, second)) {
      // The first records after a time without channels are not delayed.
      timeMs = timestampMs
      second = Math.floor(timestampMs / 1000)
    }
    const channel = this.#choose(kind, partition, at, second, draws)
    const fault = draws.unit()
    const { malformedShare, futureShare } = this.options
    // In the past, hours ahead would not be the future.
    const future = timestampMs < this.options.originMs ? 0 : futureShare
    if (fault >= malformedShare && fault < malformedShare + future) timeMs += draws.between(HOUR_MS, 12 * HOUR_MS)

    const fields = this.#write(kind, channel, second, draws)
    fields.time = timeJson(timeMs, draws)
    fields.id = channel.dialect === "numeric" ? String(at) : `"${kind}-${partition}-${at}"`
    return {
      offset,
      timestampMs,
      value: fault < malformedShare ? damage(kind, fields, channel, draws) : Buffer.from(spell(kind, fields, channel)),
      key: channel.stream
    }
  }

  #logTimeMs(kind: InputKind, partition: number, offset: number): number {
    const past = this.#past(kind, partition)
    return offset < past.end ? past.logTimeMs(offset) : logTimeMs(this.pace(kind), offset - past.end)
  }

  #past(kind: InputKind, partition: number): PastPace {
    const known = this.#pasts[kind].get(partition)
    if (known !== undefined) return known
    const { past, perSecond } = this.options
    const made = new PastPace(past, (second) =>
      kind === "chat"
        ? totalShare(this.#seconds.chat(partition, second)) * perSecond.chat
        : this.#seconds.viewers(partition, second).live.length * PAST_SAMPLES
    )
    this.#pasts[kind].set(partition, made)
    return made
  }

  /** Whether a channel is live. */
  #isOnAir(kind: InputKind, partition: number, second: number): boolean {
    return kind === "chat"
      ? totalShare(this.#seconds.chat(partition, second)) > 0
      : this.#seconds.viewers(partition, second).live.length > 0
  }

  #choose(kind: InputKind, partition: number, offset: number, second: number, draws: Draws): Channel {
    const channels = this.#cast.channels(partition)
    if (kind === "chat") return pick(channels, speaker(this.#seconds.chat(partition, second), draws.unit()))
    // Channels are sampled in turn.
    const { live } = this.#seconds.viewers(partition, second)
    return pick(channels, pick(live, offset % live.length))
  }

  #write(kind: InputKind, channel: Channel, second: number, draws: Draws): Fields {
    const fields: Fields = {
      stream: channel.streamJson,
      time: undefined,
      id: undefined,
      user: undefined,
      text: undefined,
      emotes: undefined,
      viewers: undefined
    }
    if (kind === "viewer") {
      const { near } = this.#seconds.viewers(channel.partition, second)
      const exact = this.#script.viewers(channel, second, near)
      fields.viewers = String(Math.max(0, Math.round(exact * (0.99 + 0.02 * draws.unit()))))
      return fields
    }
    const { on } = this.#seconds.chat(channel.partition, second)
    const { message, person } = speak(channel, on, this.#cast, draws)
    fields.user = channel.dialect === "numeric" ? String(personId(person)) : `"${personName(person)}"`
    fields.text = message.textJson
    fields.emotes = message.emotesJson
    return fields
  }
}

/** Usually far below 2 s, one in 16 up to 8 s. */
const punctualDelayMs = (draws: Draws): number => {
  const x = draws.unit()
  return Math.floor(x < 15 / 16 ? 2000 * (x / (15 / 16)) ** 3 : 2000 + (PUNCTUAL_MS - 2000) * draws.unit())
}

const member = (name: string, json: string | undefined): string => (json === undefined ? "" : `,"${name}":${json}`)

/** The event in the format of its channel's producer. */
const spell = (kind: InputKind, fields: Fields, channel: Channel): string => {
  const { stream, time, id, user, text, emotes, viewers } = fields
  if (kind === "viewer") {
    return channel.dialect === "second"
      ? `{"type":"viewer"${member("channel", stream)}${member("viewer_count", viewers)}${member("timestamp", time)}}`
      : `{"type":"viewer"${member("event_id", id)}${member("stream_id", stream)}${member("timestamp", time)}${member("viewer_count", viewers)}}`
  }
  return channel.dialect === "second"
    ? `{"type":"chat","stream_id":null${member("channel", stream)}${member("message_id", id)}${member("username", user)}${member("message", text)}${member("timestamp", time)}${member("emotes", emotes)}}`
    : `{"type":"chat"${member("event_id", id)}${member("stream_id", stream)}${member("user_id", user)}${member("message", text)}${member("emotes", emotes)}${member("timestamp", time)}}`
}

/** A value that is no event, or a tombstone: nine kinds of damage, all equally likely. */
const damage = (kind: InputKind, fields: Fields, channel: Channel, draws: Draws): Uint8Array | null => {
  const whole = (): string => spell(kind, fields, channel)
  switch (draws.below(9)) {
    case 0:
      return null
    case 1:
      return new Uint8Array(0)
    case 2:
      return Buffer.from(whole().slice(0, -draws.between(1, 40)))
    case 3: {
      const bytes = Buffer.from(whole())
      // 0xff is never part of UTF-8.
      bytes[draws.below(bytes.length)] = 0xff
      return bytes
    }
    case 4:
      return Buffer.from(`[${whole()}]`)
    case 5:
      fields.stream = undefined
      break
    case 6:
      fields.time = pick(['"yesterday"', '"2026-13-45T25:61:00Z"', "true", '""', "-1"], draws.below(5))
      break
    case 7:
      if (kind === "chat") fields.emotes = '"Kappa"'
      else fields.viewers = '"many"'
      break
    case 8:
      if (kind === "chat") fields.user = '""'
      else fields.viewers = "-1"
      break
  }
  return Buffer.from(whole())
}
