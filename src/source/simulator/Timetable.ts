/**
 * The timetable of scenes: a pure function of (options, partition, slot). The time of a partition
 * is divided into slots with one scene each; every second scene is a burst. Half of the bursts are
 * followed by another one a few minutes later.
 *
 * Channel and slot must be congruent modulo the number of classes, so a channel has no new scene
 * while one is still in effect.
 */
import { present } from "../../domain/Invariant.ts"
import { type Cast, type Channel, pick } from "./Cast.ts"
import { Draws, hash, toUnit } from "./Draws.ts"
import type { Hours } from "./Hours.ts"
import type { Scene, SceneKind } from "./Scene.ts"
import { LASTING_SECONDS } from "./SceneEffect.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { drawStrength, isFit } from "./Strength.ts"

/** Attempts to find a channel for a scene. */
const TRIES = 40
/** Fewer channels per class reduce the number of classes. */
const CHANNELS_PER_CLASS = 3
const MOST_CLASSES = 8
/** How long a channel must be live before and after a scene, so that it has a usual level. */
const CALM_SECONDS = 10 * 60
/** The second burst of a cluster begins this long after the first. */
const AGAIN_SECONDS: readonly [least: number, most: number] = [180, 330]
const AGAIN_SHARE = 0.5
const SLOT_SALT = 3

type Timed = Exclude<SceneKind, "raid">

/** Kinds with their weights; lengths in seconds, from and to (both closed). */
const BURSTS: ReadonlyArray<readonly [Timed, weight: number]> = [
  ["hype", 0.4],
  ["talk", 0.2],
  ["copypasta", 0.15],
  ["emote", 0.25]
]
const OTHERS: ReadonlyArray<readonly [Timed, weight: number]> = [
  ["mood", 0.25],
  ["spam", 0.2],
  ["host", 0.15],
  ["drift", 0.15],
  ["silence", 0.1],
  ["viewer_surge", 0.08],
  ["viewer_loss", 0.07]
]

/** Measured on eight public channels: reactions last 10 to 25 s above half their height. */
const LENGTHS: Readonly<Record<Timed, readonly [least: number, most: number]>> = {
  hype: [18, 30],
  talk: [22, 35],
  copypasta: [25, 45],
  emote: [18, 30],
  spam: [30, 45],
  silence: [70, 100],
  mood: [90, 180],
  host: [60, 60],
  viewer_surge: [60, 60],
  viewer_loss: [60, 60],
  drift: [LASTING_SECONDS, LASTING_SECONDS]
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by

const drawKind = (kinds: ReadonlyArray<readonly [Timed, weight: number]>, draws: Draws): Timed => {
  let x = draws.unit()
  for (const [kind, weight] of kinds) {
    if (x < weight) return kind
    x -= weight
  }
  return pick(kinds, 0)[0]
}

export class Timetable {
  readonly #options: SimulatorOptions
  readonly #cast: Cast
  readonly #hours: Hours
  readonly #slotSeconds: number
  readonly #classes: number
  readonly #slots = new Map<number, Map<number, ReadonlyArray<Scene>>>()

  constructor(options: SimulatorOptions, cast: Cast, hours: Hours) {
    this.#options = options
    this.#cast = cast
    this.#hours = hours
    this.#slotSeconds = options.momentEveryMs / 1000
    this.#classes = Math.max(1, Math.min(MOST_CLASSES, Math.floor(options.channelsPerPartition / CHANNELS_PER_CLASS)))
  }

  /**
   * The scenes of a partition that begin from one second (closed) to another (open), and possibly
   * some around them.
   */
  *scenes(partition: number, fromSecond: number, toSecond: number): Generator<Scene> {
    const last = this.slot(partition, toSecond)
    for (let slot = this.slot(partition, fromSecond - AGAIN_SECONDS[1]); slot <= last; slot++) {
      yield* this.#scenesOf(partition, slot)
    }
  }

  /** The slot at a second. */
  slot(partition: number, second: number): number {
    return Math.floor((second + this.#phase(partition)) / this.#slotSeconds)
  }

  /**
   * A live channel at a second that only distant slots may choose; `undefined` if none is found.
   */
  findElsewhere(
    partition: number,
    second: number,
    draws: Draws,
    suits: (channel: Channel) => boolean
  ): Channel | undefined {
    return this.#find(partition, this.slot(partition, second) + (this.#classes >> 1), second, draws, suits)
  }

  #phase(partition: number): number {
    return Math.floor(this.#slotSeconds * toUnit(hash(this.#options.seed, SLOT_SALT, partition)))
  }

  #scenesOf(partition: number, slot: number): ReadonlyArray<Scene> {
    let slots = this.#slots.get(partition)
    if (slots === undefined) this.#slots.set(partition, (slots = new Map()))
    const known = slots.get(slot)
    if (known !== undefined) return known
    // Forgotten slots are drawn again with the same result.
    if (slots.size >= 1024) slots.clear()
    const scenes = this.#draw(partition, slot)
    slots.set(slot, scenes)
    return scenes
  }

  /** Empty if no channel suits the scene. */
  #draw(partition: number, slot: number): ReadonlyArray<Scene> {
    const seed = hash(this.#options.seed, SLOT_SALT, partition, slot)
    const draws = new Draws(seed)
    const startSecond = slot * this.#slotSeconds - this.#phase(partition) + draws.below(this.#slotSeconds)
    const isBurst = modulo(slot, 2) === 0
    const kind = drawKind(isBurst ? BURSTS : OTHERS, draws)
    const { chat } = this.#options.perSecond
    const channel = this.#find(partition, slot, startSecond, draws, (one) =>
      isFit(kind, this.#hours.share(one, startSecond), chat)
    )
    if (channel === undefined) return []
    const from = kind === "host" ? this.#findHost(channel, startSecond, draws) : undefined
    const first = this.#scene(kind, channel, startSecond, draws)
    const clusters = isBurst && this.#classes > 2 && draws.chance(AGAIN_SHARE)
    if (!clusters) return [{ ...first, kind: kind === "host" && from === undefined ? "viewer_surge" : kind, from }]
    const next = drawKind(BURSTS, draws)
    const again = this.#scene(next, channel, startSecond + draws.between(...AGAIN_SECONDS), draws)
    return [first, { ...again, again: true }]
  }

  #scene(kind: Timed, channel: Channel, startSecond: number, draws: Draws): Scene {
    const { chat } = this.#options.perSecond
    const share = present(this.#hours.share(channel, startSecond), "the channel is fit, so it is no hub")
    const strength = drawStrength(kind, share, chat, draws)
    const endSecond = startSecond + draws.between(...LENGTHS[kind])
    return {
      kind,
      channel: channel.index,
      from: undefined,
      startSecond,
      endSecond,
      strength,
      again: false,
      seed: hash(channel.seed, startSecond)
    }
  }

  #find(
    partition: number,
    slot: number,
    second: number,
    draws: Draws,
    suits: (channel: Channel) => boolean
  ): Channel | undefined {
    const channels = this.#cast.channels(partition)
    const remainder = modulo(slot, this.#classes)
    const places = Math.ceil((channels.length - remainder) / this.#classes)
    for (let tries = 0; tries < TRIES; tries++) {
      const channel = pick(channels, remainder + this.#classes * draws.below(places))
      if (suits(channel) && this.#hours.isLiveThrough(channel, second, second, CALM_SECONDS)) return channel
    }
    return undefined
  }

  /** An offline channel that hosts this one. */
  #findHost(channel: Channel, second: number, draws: Draws): number | undefined {
    const channels = this.#cast.channels(channel.partition)
    for (let tries = 0; tries < TRIES; tries++) {
      const host = pick(channels, draws.below(channels.length))
      const { endSecond } = this.#hours.session(host, second)
      if (endSecond < second && host.viewers >= channel.viewers && host.viewers <= 4 * channel.viewers) {
        return host.index
      }
    }
    return undefined
  }
}
