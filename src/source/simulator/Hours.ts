/**
 * The hours in which channels are live: sessions of several hours, except hubs, which are always
 * live. Before the origin of a log with a past, channels have its sessions instead.
 */
import { outside } from "../../domain/Invariant.ts"
import { type Channel, pastShare, pick } from "./Cast.ts"
import { Draws, hash } from "./Draws.ts"
import { pastSessions } from "./PastSessions.ts"
import type { Session } from "./Session.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

/** A channel is live for `liveSeconds` out of every `periodSeconds`. */
interface Rhythm {
  readonly periodSeconds: number
  readonly liveSeconds: number
  readonly phaseSeconds: number
}

const HOUR = 3600
const HOURS_SALT = 4

const ALWAYS: Session = {
  number: 0,
  startSecond: Number.NEGATIVE_INFINITY,
  endSecond: Number.POSITIVE_INFINITY,
  nextSecond: Number.POSITIVE_INFINITY,
  size: 1
}

const drawRhythm = (channel: Channel): Rhythm => {
  const draws = new Draws(hash(channel.seed, HOURS_SALT))
  const periodSeconds = draws.between(6 * HOUR, 14 * HOUR)
  const liveSeconds = Math.floor(periodSeconds * (0.5 + 0.25 * draws.unit()))
  return { periodSeconds, liveSeconds, phaseSeconds: draws.below(periodSeconds) }
}

export class Hours {
  readonly #rhythms = new Map<number, ReadonlyArray<Rhythm>>()
  /** The session of the last query by channel, which usually matches the next query. */
  readonly #sessions = new Map<Channel, Session>()
  readonly #pasts = new Map<Channel, ReadonlyArray<Session>>()
  readonly #options: SimulatorOptions
  readonly #channels: (partition: number) => ReadonlyArray<Channel>

  /** The second from which channels follow their rhythm. */
  readonly liveFrom: number

  constructor(options: SimulatorOptions, channels: (partition: number) => ReadonlyArray<Channel>) {
    this.#options = options
    this.#channels = channels
    this.liveFrom = options.past.length === 0 ? Number.NEGATIVE_INFINITY : options.originMs / 1000
  }

  /** The last session that begins at or before a second; it may have ended. */
  session(channel: Channel, second: number): Session {
    if (second < this.liveFrom) {
      return this.#past(channel).findLast(({ startSecond }) => startSecond <= second) ?? outside()
    }
    if (channel.share === undefined) return ALWAYS
    const last = this.#sessions.get(channel)
    if (last !== undefined && second >= last.startSecond && second < last.nextSecond) return last
    const rhythm = this.#rhythm(channel)
    const session = sessionOf(rhythm, Math.floor((second + rhythm.phaseSeconds) / rhythm.periodSeconds))
    this.#sessions.set(channel, session)
    return session
  }

  /** A channel's usual share at a second; `undefined` for a hub after the origin. */
  share(channel: Channel, second: number): number | undefined {
    return second < this.liveFrom ? pastShare(channel) : channel.share
  }

  /** The next session of the same channel. */
  after(channel: Channel, { number }: Session): Session {
    if (number === -1) return this.session(channel, this.liveFrom)
    if (number < 0) return this.#past(channel).at(number + 1) ?? outside()
    return sessionOf(this.#rhythm(channel), number + 1)
  }

  /**
   * Whether one session contains the time from one second to another, with a margin on both sides.
   */
  isLiveThrough(channel: Channel, fromSecond: number, toSecond: number, margin: number): boolean {
    const { endSecond, startSecond } = this.session(channel, fromSecond)
    return startSecond + margin <= fromSecond && toSecond + margin < endSecond
  }

  #past(channel: Channel): ReadonlyArray<Session> {
    let sessions = this.#pasts.get(channel)
    if (sessions === undefined) {
      sessions = pastSessions(channel, this.#channels(channel.partition), this.#options)
      this.#pasts.set(channel, sessions)
    }
    return sessions
  }

  #rhythm(channel: Channel): Rhythm {
    let rhythms = this.#rhythms.get(channel.partition)
    if (rhythms === undefined) {
      rhythms = this.#channels(channel.partition).map(drawRhythm)
      this.#rhythms.set(channel.partition, rhythms)
    }
    return pick(rhythms, channel.index)
  }
}

const sessionOf = ({ liveSeconds, periodSeconds, phaseSeconds }: Rhythm, number: number): Session => {
  const startSecond = number * periodSeconds - phaseSeconds
  return { number, startSecond, endSecond: startSecond + liveSeconds, nextSecond: startSecond + periodSeconds, size: 1 }
}
