/**
 * The hours in which channels are live: sessions of several hours, except hubs, which are always
 * live.
 */
import { type Channel, pick } from "./Cast.ts"
import { Draws, hash } from "./Draws.ts"

/**
 * One live session, from `startSecond` (closed) to `endSecond` (open), in seconds since the epoch.
 */
export interface Session {
  /** The session's number within its channel. */
  readonly number: number
  readonly startSecond: number
  readonly endSecond: number
  /** The start of the next session. */
  readonly nextSecond: number
}

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
  nextSecond: Number.POSITIVE_INFINITY
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
  readonly #channels: (partition: number) => ReadonlyArray<Channel>

  constructor(channels: (partition: number) => ReadonlyArray<Channel>) {
    this.#channels = channels
  }

  /** The last session that begins at or before a second; it may have ended. */
  session(channel: Channel, second: number): Session {
    if (channel.share === undefined) return ALWAYS
    const last = this.#sessions.get(channel)
    if (last !== undefined && second >= last.startSecond && second < last.nextSecond) return last
    const rhythm = this.#rhythm(channel)
    const session = sessionOf(rhythm, Math.floor((second + rhythm.phaseSeconds) / rhythm.periodSeconds))
    this.#sessions.set(channel, session)
    return session
  }

  /** The next session of the same channel. */
  after(channel: Channel, { number }: Session): Session {
    return sessionOf(this.#rhythm(channel), number + 1)
  }

  /**
   * Whether one session contains the time from one second to another, with a margin on both sides.
   */
  isLiveThrough(channel: Channel, fromSecond: number, toSecond: number, margin: number): boolean {
    const { endSecond, startSecond } = this.session(channel, fromSecond)
    return startSecond + margin <= fromSecond && toSecond + margin < endSecond
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
  return { number, startSecond, endSecond: startSecond + liveSeconds, nextSecond: startSecond + periodSeconds }
}
