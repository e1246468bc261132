/**
 * The events of the platform: live channels, chat rates and scenes. Pure functions of (options,
 * partition, second).
 */
import { outside, present } from "../../domain/Invariant.ts"
import { type Cast, type Channel, pick } from "./Cast.ts"
import { chatNoise } from "./ChatNoise.ts"
import { combine } from "./Draws.ts"
import { Hours } from "./Hours.ts"
import { FAREWELL_SECONDS, Raids } from "./Raids.ts"
import { isOn, MOMENT_OF, type Scene } from "./Scene.ts"
import { chatAdded, chatFactor, guests, LASTING_SECONDS, viewersFactor } from "./SceneEffect.ts"
import type { Session } from "./Session.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { smooth } from "./Smooth.ts"
import { Timetable } from "./Timetable.ts"
import type { Truth } from "./Truth.ts"

/** Chat and viewers grow for this long after a channel's start. */
const RAMP_UP_SECONDS = 1800
/** They leave within this time before its end, if it does not raid. */
const RAMP_DOWN_SECONDS = 240
/** The share of viewers at the start, at the end, and after the viewers left for a raid. */
const LEAST_PRESENCE = 0.04

/**
 * Measured on eight public channels: viewers differ by 2 to 5 % from one minute to the next, rare
 * jumps included.
 */
const VIEWER_WOBBLE_SECONDS = 450
const VIEWER_WOBBLE = 0.05
/** The share of the raiding or hosting channel's viewers who move. */
const RAIDERS = 0.75
const HOSTED = 0.5
const HUB_WOBBLE_SECONDS = 90
const LEAST_HUB_SHARE = 0.02
/** A step in time that is shorter than any session and any pause. */
const STRIDE_SECONDS = 3600

const VIEWER_WOBBLE_SALT = 6
const HUB_SALT = 17

/** A present scene, and its part of its channel's messages. */
export interface Lasting {
  readonly scene: Scene
  readonly part: number
}

/** A partition's chat at a second. */
export interface Chat {
  /** Shares of the channels; they add up to 1 or a little more. */
  readonly shares: Float64Array
  readonly on: ReadonlyArray<Lasting>
}

export class Script {
  readonly #options: SimulatorOptions
  readonly #cast: Cast
  readonly #hours: Hours
  readonly #timetable: Timetable
  readonly #raids: Raids

  constructor(options: SimulatorOptions, cast: Cast) {
    this.#options = options
    this.#cast = cast
    this.#hours = new Hours(options, (partition) => cast.channels(partition))
    this.#timetable = new Timetable(options, cast, this.#hours)
    this.#raids = new Raids(options, cast, this.#hours, this.#timetable)
  }

  /**
   * A channel's share of its usual size: 0 while offline, rising after its start, falling before
   * its end, else the session's size.
   */
  presence(channel: Channel, second: number): number {
    const session = this.#hours.session(channel, second)
    return session.size * this.#presence(channel, session, second)
  }

  /** Whether one session contains the time from one second to another. */
  isLiveThrough(channel: Channel, fromSecond: number, toSecond: number): boolean {
    return this.#hours.isLiveThrough(channel, fromSecond, toSecond, 0)
  }

  #presence(channel: Channel, session: Session, second: number): number {
    const { endSecond, startSecond } = session
    if (second >= endSecond) return 0
    const grown = LEAST_PRESENCE + (second - startSecond) / RAMP_UP_SECONDS
    if (endSecond - second > RAMP_DOWN_SECONDS) return Math.min(1, grown)
    if (this.#raids.atEnd(channel, session) === undefined) {
      return Math.min(1, grown, LEAST_PRESENCE + (endSecond - second) / RAMP_DOWN_SECONDS)
    }
    return endSecond - second <= FAREWELL_SECONDS ? LEAST_PRESENCE : Math.min(1, grown)
  }

  /**
   * The chat of all channels of the partition at a second; `near` is {@link Script.near} of that
   * second. Before the origin, the shares add up to any number, 0 if no channel is live.
   */
  chat(partition: number, second: number, near: ReadonlyArray<Scene>): Chat {
    const channels = this.#cast.channels(partition)
    const shares = new Float64Array(channels.length)
    const hubs: Array<Channel> = []
    for (const channel of channels) {
      const share = this.#hours.share(channel, second)
      if (share === undefined) {
        hubs.push(channel)
        continue
      }
      const presence = this.presence(channel, second)
      if (presence > 0) shares[channel.index] = share * presence * chatNoise(channel, second)
    }
    const added: Array<{ scene: Scene; share: number }> = []
    for (const scene of near) {
      const channel = pick(channels, scene.channel)
      const share =
        present(this.#hours.share(channel, second), "hubs have no scenes") *
        this.presence(channel, second) *
        chatAdded(scene, second)
      shares[scene.channel] = (shares[scene.channel] ?? outside()) + share
      if (isOn(scene, second)) added.push({ scene, share })
    }
    const on = added.map(({ scene, share }) => ({ scene, part: share / ((shares[scene.channel] ?? outside()) || 1) }))
    for (const scene of near) shares[scene.channel] = (shares[scene.channel] ?? outside()) * chatFactor(scene, second)
    let taken = 0
    for (const share of shares) taken += share
    let left = Math.max(LEAST_HUB_SHARE, 1 - taken)
    hubs.forEach((hub, place) => {
      const wobble = 0.12 * smooth(combine(hub.seed, HUB_SALT), second, HUB_WOBBLE_SECONDS)
      const part = place === hubs.length - 1 ? left : left * (0.5 + wobble)
      shares[hub.index] = part
      left -= part
    })
    return { shares, on }
  }

  /** A channel's viewers at a second, without the noise of a single sample. */
  viewers(channel: Channel, second: number, near: ReadonlyArray<Scene>): number {
    let viewers = this.#calmViewers(channel, second)
    let come = 0
    for (const scene of near) {
      if (scene.channel !== channel.index) continue
      viewers *= viewersFactor(scene, second)
      if (scene.from === undefined) continue
      const source = pick(this.#cast.channels(channel.partition), scene.from)
      come += (scene.kind === "raid" ? RAIDERS : HOSTED) * source.viewers * guests(scene, second)
    }
    // Guests leave with the other viewers when the channel ends.
    return viewers + come * this.presence(channel, second)
  }

  /** The scenes of all channels that have an effect at a second. */
  near(partition: number, second: number): ReadonlyArray<Scene> {
    const from = second - LASTING_SECONDS
    const scenes: Array<Scene> = []
    for (const scene of this.#timetable.scenes(partition, from, second)) {
      if (scene.startSecond > from && scene.startSecond <= second) scenes.push(scene)
    }
    scenes.push(...this.#raids.scenes(partition, from + 1, second + 1))
    return scenes
  }

  /** All events that overlap `fromMs` (closed) to `toMs` (open), in order of start and stream. */
  truth(fromMs: number, toMs: number): ReadonlyArray<Truth> {
    const found: Array<Truth> = []
    const from = Math.floor(fromMs / 1000)
    const to = Math.ceil(toMs / 1000)
    for (let partition = 0; partition < this.#options.partitions; partition++) {
      const channels = this.#cast.channels(partition)
      for (const scene of this.#timetable.scenes(partition, from - LASTING_SECONDS, to)) {
        found.push(truthOf(scene, channels))
      }
      for (const channel of channels) found.push(...this.#sessions(channel, channels, from, to))
    }
    return found
      .filter(({ endMs, startMs }) => startMs < toMs && endMs > fromMs)
      .toSorted((a, b) => a.startMs - b.startMs || (a.stream < b.stream ? -1 : 1))
  }

  /** Starts, ends and raids of a channel's sessions around a time. */
  *#sessions(channel: Channel, channels: ReadonlyArray<Channel>, from: number, to: number): Generator<Truth> {
    const { stream } = channel
    let session: Session = this.#hours.session(channel, from - STRIDE_SECONDS)
    for (; session.startSecond < to; session = this.#hours.after(channel, session)) {
      const { endSecond, number, startSecond } = session
      if (endSecond === Number.POSITIVE_INFINITY) return
      if (startSecond === Number.NEGATIVE_INFINITY || (number >= 0 && endSecond <= this.#hours.liveFrom)) continue
      const raid = this.#raids.atEnd(channel, session)
      if (raid !== undefined) yield truthOf(raid, channels)
      const leaves = endSecond - (raid === undefined ? RAMP_DOWN_SECONDS : FAREWELL_SECONDS)
      const rest = { stream, moment: undefined, again: false }
      if (number < 0 || startSecond >= this.#hours.liveFrom) {
        yield {
          ...rest,
          kind: "online",
          startMs: startSecond * 1000,
          endMs: (startSecond + RAMP_UP_SECONDS) * 1000
        }
      }
      yield { ...rest, kind: "offline", startMs: leaves * 1000, endMs: endSecond * 1000 }
    }
  }

  #calmViewers(channel: Channel, second: number): number {
    const noise = smooth(combine(channel.seed, VIEWER_WOBBLE_SALT), second, VIEWER_WOBBLE_SECONDS)
    return channel.viewers * this.presence(channel, second) * (1 + VIEWER_WOBBLE * noise)
  }
}

const truthOf = (scene: Scene, channels: ReadonlyArray<Channel>): Truth => ({
  stream: pick(channels, scene.channel).stream,
  kind: scene.kind,
  startMs: scene.startSecond * 1000,
  endMs: scene.endSecond * 1000,
  moment: MOMENT_OF[scene.kind],
  again: scene.again,
  ...(scene.from === undefined ? {} : { from: pick(channels, scene.from).stream })
})
