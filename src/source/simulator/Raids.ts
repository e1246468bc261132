/** Raids: most channels send their viewers to another channel when their session ends. */
import { present } from "../../domain/Invariant.ts"
import type { Cast, Channel } from "./Cast.ts"
import { Draws, hash } from "./Draws.ts"
import type { Hours } from "./Hours.ts"
import type { Scene } from "./Scene.ts"
import type { Session } from "./Session.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { drawStrength, isFit } from "./Strength.ts"
import type { Timetable } from "./Timetable.ts"

/** The raiding channel goes offline this long after the raid. */
export const FAREWELL_SECONDS = 120
const RAID_SECONDS = 60
const RAID_SHARE = 0.7
/** A raid is visible if it brings between these multiples of the channel's viewers. */
const LEAST_GAIN = 0.3
const MOST_GAIN = 5
const RAID_SALT = 16

interface Ending {
  readonly number: number
  readonly raid: Scene | undefined
}

export class Raids {
  readonly #options: SimulatorOptions
  readonly #cast: Cast
  readonly #hours: Hours
  readonly #timetable: Timetable
  /** The ending of the last queried session, by channel. */
  readonly #endings = new Map<Channel, Ending>()

  constructor(options: SimulatorOptions, cast: Cast, hours: Hours, timetable: Timetable) {
    this.#options = options
    this.#cast = cast
    this.#hours = hours
    this.#timetable = timetable
  }

  /**
   * The raids of a partition that begin from one second (closed) to another (open), at most one
   * session apart.
   */
  *scenes(partition: number, fromSecond: number, toSecond: number): Generator<Scene> {
    for (const channel of this.#cast.channels(partition)) {
      if (channel.share === undefined) continue
      const last = this.#hours.session(channel, toSecond)
      const begin = last.endSecond - FAREWELL_SECONDS
      if (begin < fromSecond || begin >= toSecond) continue
      const raid = this.atEnd(channel, last)
      if (raid !== undefined) yield raid
    }
  }

  /** The raid with which a session ends; `undefined` = none. */
  atEnd(channel: Channel, session: Session): Scene | undefined {
    const known = this.#endings.get(channel)
    if (known?.number === session.number) return known.raid
    const raid = this.#draw(channel, session)
    this.#endings.set(channel, { number: session.number, raid })
    return raid
  }

  #draw(channel: Channel, { endSecond, number }: Session): Scene | undefined {
    const draws = new Draws(hash(channel.seed, RAID_SALT, number))
    if (channel.share === undefined || !draws.chance(RAID_SHARE)) return undefined
    const startSecond = endSecond - FAREWELL_SECONDS
    const { chat } = this.#options.perSecond
    const target = this.#timetable.findElsewhere(channel.partition, startSecond, draws, (one) => {
      const gain = channel.viewers / one.viewers
      return (
        one !== channel &&
        isFit("raid", this.#hours.share(one, startSecond), chat) &&
        gain >= LEAST_GAIN &&
        gain <= MOST_GAIN
      )
    })
    if (target === undefined) return undefined
    const share = present(this.#hours.share(target, startSecond), "the target is fit, so it is no hub")
    return {
      kind: "raid",
      channel: target.index,
      from: channel.index,
      startSecond,
      endSecond: startSecond + RAID_SECONDS,
      strength: drawStrength("raid", share, chat, draws),
      again: false,
      seed: hash(channel.seed, startSecond)
    }
  }
}
