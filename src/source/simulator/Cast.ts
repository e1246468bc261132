/** Who is on the platform: its channels and its people. Pure functions of the options; what is computed once is kept. */
import { combine, Draws, hash, toIndex } from "./Draws.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { ADJECTIVES, EMOTES, NOUNS } from "./Vocabulary.ts"

/** How a channel's producer spells its events. */
export type Dialect = "first" | "second" | "numeric"

/** One channel; its index in its partition is its rank, 0 the most popular. */
export interface Channel {
  readonly partition: number
  readonly index: number
  /** Unique on the platform. */
  readonly stream: string
  /** The stream id as JSON. */
  readonly streamJson: string
  /** What everything else about the channel is drawn from. */
  readonly seed: number
  readonly dialect: Dialect
  /**
   * Usual share of the partition's chat while it is live; `undefined` for a hub. Hubs are the biggest channels, live round the clock; they share
   * what the others leave: the log's pace is constant, so somebody's chat must give way when another one's swells.
   */
  readonly share: number | undefined
  /** Usual number of viewers. */
  readonly viewers: number
  /** Number of people who may chat here. */
  readonly people: number
  /** Usual shares of messages with positive and with negative words. */
  readonly positiveShare: number
  readonly negativeShare: number
  readonly favourites: ReadonlyArray<string>
}

/** Popularity falls with rank as Zipf has it. */
const sizeOf = (index: number): number => (index + 1) ** -0.8

/** What all channels but the hubs take of the chat when all are live. */
const SHARED_OUT = 0.9

const SHARED_PEOPLE = 3000
const NAMES = ADJECTIVES.length * NOUNS.length
/** Coprime to the number of names, which is a power of two: each name is used before one comes twice. */
const NAME_STEP = 1619

const CAST_SALT = 1
const PEOPLE_SALT = 2

/** An element that is known to exist. */
export const pick = <A>(list: ReadonlyArray<A>, index: number): A => {
  const element = list[index]
  if (element === undefined) throw new RangeError(`No element ${index} in a list of ${list.length}`)
  return element
}

const nameOf = (index: number): string => {
  const name = (index * NAME_STEP) % NAMES
  return pick(ADJECTIVES, name % ADJECTIVES.length) + pick(NOUNS, Math.floor(name / ADJECTIVES.length))
}

/** One hub, two where there are channels enough: the channels with the first indices. */
const hubCount = (channels: number): number => (channels < 10 ? 1 : 2)

const makeChannel = (options: SimulatorOptions, totalSize: number, partition: number, index: number): Channel => {
  const place = partition * options.channelsPerPartition + index
  const round = Math.floor(place / NAMES)
  const stream = round === 0 ? nameOf(place) : `${nameOf(place)}${round + 1}`
  const seed = hash(options.seed, CAST_SALT, partition, index)
  const draws = new Draws(seed)
  const size = sizeOf(index)
  const dialect = draws.unit()
  return {
    partition,
    index,
    stream,
    streamJson: JSON.stringify(stream),
    seed,
    dialect: dialect < 0.5 ? "first" : dialect < 0.9 ? "second" : "numeric",
    share: index < hubCount(options.channelsPerPartition) ? undefined : (SHARED_OUT * size) / totalSize,
    viewers: Math.round(60 + 24_000 * size ** 1.3 * (0.6 + draws.unit())),
    people: Math.round(150 + 6000 * size),
    positiveShare: 0.2 + 0.1 * draws.unit(),
    negativeShare: 0.05 + 0.06 * draws.unit(),
    favourites: [0, 1, 2, 3].map(() => pick(EMOTES, draws.below(EMOTES.length)))
  }
}

/** The channels of every partition, made at a partition's first use. */
export class Cast {
  readonly #options: SimulatorOptions
  readonly #totalSize: number
  readonly #partitions = new Map<number, ReadonlyArray<Channel>>()

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#totalSize = 0
    for (let index = hubCount(options.channelsPerPartition); index < options.channelsPerPartition; index++) {
      this.#totalSize += sizeOf(index)
    }
  }

  /** The partition's channels, the most popular first. */
  channels(partition: number): ReadonlyArray<Channel> {
    const known = this.#partitions.get(partition)
    if (known !== undefined) return known
    const made = Array.from({ length: this.#options.channelsPerPartition }, (_, index) =>
      makeChannel(this.#options, this.#totalSize, partition, index)
    )
    this.#partitions.set(partition, made)
    return made
  }

  /** Somebody who chats in the channel: a few often, most now and then, one in twelve at home on the whole platform. */
  someone(channel: Channel, draws: Draws): Person {
    const shared = draws.chance(1 / 12)
    const size = shared ? SHARED_PEOPLE : channel.people
    // the square gives the first tenth of the people a third of the messages
    const number = Math.floor(size * draws.unit() ** 2)
    const seed = combine(shared ? hash(this.#options.seed, PEOPLE_SALT) : channel.seed, number)
    return { seed, number, shared }
  }
}

export interface Person {
  readonly seed: number
  readonly number: number
  readonly shared: boolean
}

/** A name without characters that JSON escapes; distinct for distinct people of one channel. */
export const personName = ({ seed, number, shared }: Person): string =>
  pick(ADJECTIVES, toIndex(seed, ADJECTIVES.length)) +
  pick(NOUNS, toIndex(combine(seed, 1), NOUNS.length)) +
  (shared ? "_" : "") +
  String(number)

/** The person's number on platforms that use numbers: up to 2^40, so that two people hardly ever share one. */
export const personId = ({ seed, number }: Person): number => (seed >>> 0) * 256 + (number & 255)
