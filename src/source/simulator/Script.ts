/**
 * What happens on the platform and when: who is live, and the scripted moments. Pure functions of (options, partition, second).
 *
 * Time is cut into slots per partition, each with one moment. A slot's channels are those whose index leaves the slot's number
 * modulo {@link CLASSES}, so a channel has no second moment while the first still echoes.
 */
import { type Cast, type Channel, pick } from "./Cast.ts"
import { combine, Draws, hash, toUnit } from "./Draws.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

/** A moment that the script holds; it lasts from `startSecond` (closed) to `endSecond` (open), both since the epoch. */
export interface Scripted {
  readonly kind: "hype" | "raid" | "silence" | "mood"
  /** Index of the channel in the partition. */
  readonly channel: number
  /** Index of the channel that raids; `undefined` for other kinds. */
  readonly from: number | undefined
  readonly startSecond: number
  readonly endSecond: number
  /** hype, raid: the factor of the chat's pace. mood: 1 for joy, -1 for anger. silence: 0. */
  readonly strength: number
}

/** One thing that happens, to be compared with what the worker finds. Times are event times. */
export interface Truth {
  readonly stream: string
  /** The scripted moments, and channels that begin (`online`) and end (`offline`) their day. */
  readonly kind: Scripted["kind"] | "online" | "offline"
  readonly startMs: number
  readonly endMs: number
  /** The stream whose viewers come, for raids. */
  readonly from?: string
}

const CLASSES = 4
/** The longest moment: no slot starts one that would not end in it. */
const LONGEST_SECONDS = 120
/** Moments go to channels with at most this share of the partition's chat ... */
const LARGEST_SHARE = 0.04
/** ... so that a hype takes at most this share more, and the hubs can spare it; ... */
const LARGEST_GAIN = 0.12
/** ... and with at least this many messages per second, so that it shows. */
const LEAST_PER_SECOND = 0.6
/** Viewers leave a raided-from channel and come back, and raiders leave the target, with this time constant in slots. */
const ECHO_SLOTS = 1.25
/** How far back a channel must have been live before a moment strikes it, so that there is a usual to compare with. */
const PAST_SECONDS = 15 * 60

const RAMP_UP_SECONDS = 600
const RAMP_DOWN_SECONDS = 300
const CHAT_WOBBLE_SECONDS = 150
const VIEWER_WOBBLE_SECONDS = 450
/** The hubs' rounds; no divisor of a minute, so that windows of a minute see all of it. */
const HUB_ROUND_SECONDS = 96
const LEAST_HUB_SHARE = 0.02
const HOUR = 3600

const SLOT_SALT = 3
const DAY_SALT = 4
const CHAT_WOBBLE_SALT = 5
const VIEWER_WOBBLE_SALT = 6

const modulo = (value: number, by: number): number => ((value % by) + by) % by

/** When a channel is live: `liveSeconds` out of every `periodSeconds`. */
interface Day {
  readonly periodSeconds: number
  readonly liveSeconds: number
  readonly phaseSeconds: number
}

/** Smooth noise from -1 to 1 with a new goal every `everySeconds`. */
const wobble = (seed: number, second: number, everySeconds: number): number => {
  const knot = Math.floor(second / everySeconds)
  const x = second / everySeconds - knot
  const before = toUnit(combine(seed, knot))
  const after = toUnit(combine(seed, knot + 1))
  return 2 * (before + (after - before) * x * x * (3 - 2 * x)) - 1
}

export class Script {
  readonly #options: SimulatorOptions
  readonly #cast: Cast
  readonly #slotSeconds: number
  readonly #days = new Map<number, ReadonlyArray<Day>>()
  readonly #slots = new Map<number, Map<number, Scripted | undefined>>()

  constructor(options: SimulatorOptions, cast: Cast) {
    this.#options = options
    this.#cast = cast
    this.#slotSeconds = options.momentEveryMs / 1000
  }

  /** How much of its usual size a channel has by its hours: 0 while offline, rising after the start, falling before the end, else 1. */
  presence(channel: Channel, second: number): number {
    const day = this.#day(channel)
    const since = modulo(second + day.phaseSeconds, day.periodSeconds)
    if (since >= day.liveSeconds) return 0
    if (day.liveSeconds === day.periodSeconds) return 1
    return Math.min(1, 0.25 + since / RAMP_UP_SECONDS, 0.25 + (day.liveSeconds - since) / RAMP_DOWN_SECONDS)
  }

  /** The shares of the chat of all the partition's channels at a second; they add up to 1 or a little more. `near` = {@link Script.near} of then. */
  chatShares(partition: number, second: number, near: ReadonlyArray<Scripted>): Float64Array {
    const channels = this.#cast.channels(partition)
    const shares = new Float64Array(channels.length)
    const hubs: Array<Channel> = []
    let taken = 0
    for (const channel of channels) {
      if (channel.share === undefined) {
        hubs.push(channel)
        continue
      }
      const presence = this.presence(channel, second)
      if (presence === 0) continue
      const noise = wobble(combine(channel.seed, CHAT_WOBBLE_SALT), second, CHAT_WOBBLE_SECONDS)
      shares[channel.index] = channel.share * presence * (1 + 0.06 * noise)
    }
    for (const moment of near) {
      if (isOn(moment, second) && moment.kind !== "mood") {
        shares[moment.channel] = (shares[moment.channel] ?? 0) * moment.strength
      }
      if (moment.from !== undefined) shares[moment.from] = (shares[moment.from] ?? 0) * this.#left(moment, second)
    }
    for (const share of shares) taken += share
    // hubs come in rounds, at each other's cost: so what they yield to a hype is nothing out of the way for them
    let left = Math.max(LEAST_HUB_SHARE, 1 - taken)
    hubs.forEach((hub, place) => {
      const round = Math.sin(2 * Math.PI * (second / HUB_ROUND_SECONDS + toUnit(hub.seed)))
      const part = place === hubs.length - 1 ? left : left * (0.5 + 0.4 * round)
      shares[hub.index] = part
      left -= part
    })
    return shares
  }

  /** A channel's viewers at a second, without the noise of a single sample. */
  viewers(channel: Channel, second: number, near: ReadonlyArray<Scripted>): number {
    let viewers = this.#calmViewers(channel, second)
    for (const moment of near) {
      if (moment.kind !== "raid" || second < moment.startSecond) continue
      if (moment.from === channel.index) viewers *= this.#left(moment, second)
      if (moment.channel === channel.index && moment.from !== undefined) {
        const source = pick(this.#cast.channels(channel.partition), moment.from)
        const arrived = Math.min(1, (second - moment.startSecond) / 20)
        viewers += 0.75 * this.#calmViewers(source, moment.startSecond) * arrived * this.#echo(moment, second)
      }
    }
    return viewers
  }

  /** The moments that still have an effect at a second, on whichever channel. */
  near(partition: number, second: number): ReadonlyArray<Scripted> {
    const slot = this.#slotAt(partition, second)
    const found: Array<Scripted> = []
    for (let back = 0; back < CLASSES; back++) {
      const moment = this.#moment(partition, slot - back)
      if (moment !== undefined && second >= moment.startSecond) found.push(moment)
    }
    return found
  }

  /** Everything that happens from `fromMs` (closed) to `toMs` (open), in part at least, in order of start and stream. */
  truth(fromMs: number, toMs: number): ReadonlyArray<Truth> {
    const found: Array<Truth> = []
    const add = (truth: Truth): void => {
      if (truth.startMs < toMs && truth.endMs > fromMs) found.push(truth)
    }
    for (let partition = 0; partition < this.#options.partitions; partition++) {
      const channels = this.#cast.channels(partition)
      const last = this.#slotAt(partition, toMs / 1000)
      for (let slot = this.#slotAt(partition, fromMs / 1000); slot <= last; slot++) {
        const moment = this.#moment(partition, slot)
        if (moment === undefined) continue
        add({
          stream: pick(channels, moment.channel).stream,
          kind: moment.kind,
          startMs: moment.startSecond * 1000,
          endMs: moment.endSecond * 1000,
          ...(moment.from === undefined ? {} : { from: pick(channels, moment.from).stream })
        })
      }
      for (const channel of channels) {
        const { liveSeconds, periodSeconds, phaseSeconds } = this.#day(channel)
        if (liveSeconds === periodSeconds) continue
        const first = Math.floor((fromMs / 1000 + phaseSeconds) / periodSeconds)
        for (let day = first; day * periodSeconds - phaseSeconds < toMs / 1000; day++) {
          const start = day * periodSeconds - phaseSeconds
          const end = start + liveSeconds
          const { stream } = channel
          add({ stream, kind: "online", startMs: start * 1000, endMs: (start + RAMP_UP_SECONDS) * 1000 })
          add({ stream, kind: "offline", startMs: (end - RAMP_DOWN_SECONDS) * 1000, endMs: end * 1000 })
        }
      }
    }
    return found.toSorted((a, b) => a.startMs - b.startMs || (a.stream < b.stream ? -1 : 1))
  }

  #calmViewers(channel: Channel, second: number): number {
    const noise = wobble(combine(channel.seed, VIEWER_WOBBLE_SALT), second, VIEWER_WOBBLE_SECONDS)
    return channel.viewers * this.presence(channel, second) * (1 + 0.06 * noise)
  }

  #echo(moment: Scripted, second: number): number {
    return Math.exp(-(second - moment.startSecond) / (ECHO_SLOTS * this.#slotSeconds))
  }

  /** What is left of a channel that raids another one. */
  #left(moment: Scripted, second: number): number {
    return 1 - 0.95 * this.#echo(moment, second)
  }

  #slotAt(partition: number, second: number): number {
    return Math.floor((second + this.#slotPhase(partition)) / this.#slotSeconds)
  }

  #slotPhase(partition: number): number {
    return Math.floor(this.#slotSeconds * toUnit(hash(this.#options.seed, SLOT_SALT, partition)))
  }

  /** A slot's moment; `undefined` where no channel that was drawn is fit for one. */
  #moment(partition: number, slot: number): Scripted | undefined {
    let slots = this.#slots.get(partition)
    if (slots === undefined) this.#slots.set(partition, (slots = new Map()))
    if (slots.has(slot)) return slots.get(slot)
    // slots far away come back as they were, so forgetting them changes nothing
    if (slots.size >= 1024) slots.clear()
    const moment = this.#drawMoment(partition, slot)
    slots.set(slot, moment)
    return moment
  }

  #drawMoment(partition: number, slot: number): Scripted | undefined {
    const draws = new Draws(hash(this.#options.seed, SLOT_SALT, partition, slot))
    const slotStart = slot * this.#slotSeconds - this.#slotPhase(partition)
    const startSecond = slotStart + draws.below(this.#slotSeconds - LONGEST_SECONDS)
    const kind = drawKind(slot, draws)
    const candidates = this.#fitChannels(partition, modulo(slot, CLASSES), startSecond)
    if (candidates.length === 0) return undefined
    const one = pick(candidates, draws.below(candidates.length))
    const other = pick(candidates, draws.below(candidates.length))
    const within = (least: number, most: number) => ({
      startSecond,
      endSecond: startSecond + draws.between(least, most)
    })
    // nobody raids oneself
    switch (kind === "raid" && one === other ? "hype" : kind) {
      case "hype": {
        const most = Math.max(4, Math.min(8, 1 + LARGEST_GAIN / (one.share ?? 1)))
        const strength = 4 + (most - 4) * draws.unit()
        return { kind: "hype", channel: one.index, from: undefined, strength, ...within(40, 90) }
      }
      case "raid": {
        // the more popular one raids, or nobody would notice
        const [from, channel] = one.index < other.index ? [one.index, other.index] : [other.index, one.index]
        return { kind: "raid", channel, from, strength: 3 + 2 * draws.unit(), ...within(60, 110) }
      }
      case "silence":
        return { kind: "silence", channel: one.index, from: undefined, strength: 0, ...within(60, 90) }
      case "mood":
        return {
          kind: "mood",
          channel: one.index,
          from: undefined,
          strength: draws.chance(0.7) ? -1 : 1,
          ...within(60, 120)
        }
    }
  }

  /** Channels of the class that are live long enough before and after, neither too big nor too small; where none is, those that are live. */
  #fitChannels(partition: number, remainder: number, startSecond: number): ReadonlyArray<Channel> {
    const channels = this.#cast.channels(partition)
    const live: Array<Channel> = []
    for (const channel of channels) {
      if (channel.share === undefined) continue
      if (channels.length >= 3 * CLASSES && channel.index % CLASSES !== remainder) continue
      if (
        this.presence(channel, startSecond - PAST_SECONDS) > 0 &&
        this.presence(channel, startSecond) === 1 &&
        this.presence(channel, startSecond + 2 * LONGEST_SECONDS) === 1
      ) {
        live.push(channel)
      }
    }
    const { chat } = this.#options.perSecond
    const fit = live.filter(({ share = 0 }) => share <= LARGEST_SHARE && share * chat >= LEAST_PER_SECOND)
    return fit.length > 0 ? fit : live
  }

  #day(channel: Channel): Day {
    let days = this.#days.get(channel.partition)
    if (days === undefined) {
      days = this.#cast.channels(channel.partition).map((one) => {
        const draws = new Draws(hash(one.seed, DAY_SALT))
        const periodSeconds = draws.between(18 * HOUR, 30 * HOUR)
        // the biggest are live round the clock: there is always somebody
        const always = one.share === undefined
        return {
          periodSeconds,
          liveSeconds: always ? periodSeconds : Math.floor(periodSeconds * (0.5 + 0.35 * draws.unit())),
          phaseSeconds: draws.below(periodSeconds)
        }
      })
      this.#days.set(channel.partition, days)
    }
    return pick(days, channel.index)
  }
}

/** Whether a moment lasts at a second. */
export const isOn = (moment: Scripted, second: number): boolean =>
  second >= moment.startSecond && second < moment.endSecond

/** Every second slot has a hype or a raid, so that none is long in coming. */
const drawKind = (slot: number, draws: Draws): Scripted["kind"] => {
  const x = draws.unit()
  if (modulo(slot, 2) === 0) return x < 0.5 ? "hype" : "raid"
  return x < 0.2 ? "hype" : x < 0.35 ? "raid" : x < 0.65 ? "silence" : "mood"
}
