/** Who is on the platform: its channels and its people. Pure functions of the options; what is computed once is kept. */
import { combine, Draws, hash, toIndex } from "./Draws.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { ADJECTIVES, EMOTES, NOUNS, OWN_EMOTES } from "./Vocabulary.ts"

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
  /** Deviation of the logarithm of the chat's pace. */
  readonly restlessness: number
  /** Usual number of viewers. */
  readonly viewers: number
  /** Number of people who may chat here. */
  readonly people: number
  /** Share of messages of a single word. */
  readonly briefShare: number
  /** Usual shares of messages with positive and with negative words. */
  readonly positiveShare: number
  readonly negativeShare: number
  /** Emotes that are common here; half of them are the channel's own. */
  readonly favourites: ReadonlyArray<string>
}

/** What all channels but the hubs take of the chat when all are live. */
const SHARED_OUT = 0.95
/** The largest channel but the hubs has this multiple of the smallest one's chat; between them sizes fall geometrically. */
const SIZE_RATIO = 200
/** A hub's usual share, roughly. */
const HUB_SHARE = 0.2

/** The pace's variance as a multiple of its squared mean: counts in 10 s keep about two thirds of it, 0.2 to 1.4 as measured on eight public channels ... */
const LEAST_VARIANCE = 0.25
const MOST_VARIANCE = 1.7
/** ... and the most of the variance of counts in 10 s as a multiple of their mean. */
const MOST_DISPERSION = 40

/** Measured on the same channels: 40 to 1800 viewers for each message a minute; some hundred people chat in a stream of 10 to 20 messages a minute. */
const PEOPLE_PER_MESSAGE = 25
const LEAST_PEOPLE = 150

const SHARED_PEOPLE = 3000
const NAMES = ADJECTIVES.length * NOUNS.length
/** Coprime to the number of names, which is a power of two: each name is used before one comes twice. */
const NAME_STEP = 1619

const CAST_SALT = 1
const PEOPLE_SALT = 2
const BOT_SALT = 15

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
export const hubCount = (channels: number): number => (channels < 10 ? 1 : 2)

/** Shares of the chat by index; those of hubs are missing. */
const sharesOf = (channels: number): ReadonlyArray<number | undefined> => {
  const hubs = hubCount(channels)
  const others = channels - hubs
  const step = others < 2 ? 1 : SIZE_RATIO ** (-1 / (others - 1))
  const sizes = Array.from({ length: others }, (_, place) => step ** place)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return [...Array.from({ length: hubs }, () => undefined), ...sizes.map((size) => (SHARED_OUT * size) / total)]
}

const makeChannel = (
  options: SimulatorOptions,
  partition: number,
  index: number,
  share: number | undefined
): Channel => {
  const place = partition * options.channelsPerPartition + index
  const round = Math.floor(place / NAMES)
  const stream = round === 0 ? nameOf(place) : `${nameOf(place)}${round + 1}`
  const seed = hash(options.seed, CAST_SALT, partition, index)
  const draws = new Draws(seed)
  const perSecond = (share ?? HUB_SHARE) * options.perSecond.chat
  const dialect = draws.unit()
  const variance = LEAST_VARIANCE * (MOST_VARIANCE / LEAST_VARIANCE) ** draws.unit()
  return {
    partition,
    index,
    stream,
    streamJson: JSON.stringify(stream),
    seed,
    dialect: dialect < 0.5 ? "first" : dialect < 0.9 ? "second" : "numeric",
    share,
    // of a log-normal pace
    restlessness: Math.sqrt(Math.log(1 + Math.min(variance, (MOST_DISPERSION - 1) / (10 * perSecond)))),
    viewers: Math.round(30 + 60 * perSecond * 40 * 12 ** draws.unit()),
    people: Math.round(LEAST_PEOPLE + 60 * perSecond * PEOPLE_PER_MESSAGE),
    briefShare: 0.25 + 0.4 * draws.unit(),
    positiveShare: 0.05 + 0.05 * draws.unit(),
    negativeShare: 0.02 + 0.02 * draws.unit(),
    favourites: [
      pick(EMOTES, draws.below(EMOTES.length)),
      pick(EMOTES, draws.below(EMOTES.length)),
      stream.slice(0, 5) + pick(OWN_EMOTES, draws.below(OWN_EMOTES.length)),
      stream.slice(0, 5) + pick(OWN_EMOTES, draws.below(OWN_EMOTES.length))
    ]
  }
}

/** The channels of every partition, made at a partition's first use. */
export class Cast {
  readonly #options: SimulatorOptions
  readonly #shares: ReadonlyArray<number | undefined>
  readonly #partitions = new Map<number, ReadonlyArray<Channel>>()

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#shares = sharesOf(options.channelsPerPartition)
  }

  /** The partition's channels, the most popular first. */
  channels(partition: number): ReadonlyArray<Channel> {
    const known = this.#partitions.get(partition)
    if (known !== undefined) return known
    const made = this.#shares.map((share, index) => makeChannel(this.#options, partition, index, share))
    this.#partitions.set(partition, made)
    return made
  }

  /** Somebody who chats in the channel: a few often, most now and then, one in twelve at home on the whole platform. */
  someone(channel: Channel, draws: Draws): Person {
    if (draws.chance(1 / 12)) {
      const number = Math.floor(SHARED_PEOPLE * draws.unit() ** 2)
      return { seed: combine(hash(this.#options.seed, PEOPLE_SALT), number), number, mark: "_" }
    }
    // the fourth power gives the first tenth of the people 56 % of the messages; measured on eight public channels: 45 to 63 %
    const square = draws.unit() ** 2
    return member(channel, Math.floor(channel.people * square * square))
  }
}

/** Anybody who may chat in the channel, each as likely as the others: when something happens, those speak who mostly read. */
export const anybody = (channel: Channel, draws: Draws): Person => member(channel, draws.below(channel.people))

/** The channel's bot. */
export const botOf = (channel: Channel): Person => ({ seed: combine(channel.seed, BOT_SALT), number: 1, mark: "_bot" })

/** One of the people with a made-up purpose, such as spammers: `number` tells those with the same seed apart. */
export const stranger = (seed: number, number: number): Person => ({ seed: combine(seed, number), number, mark: "" })

const member = (channel: Channel, number: number): Person => stranger(channel.seed, number)

export interface Person {
  readonly seed: number
  readonly number: number
  /** What stands between the name and the number. */
  readonly mark: "" | "_" | "_bot"
}

/** A name without characters that JSON escapes; distinct for distinct people of one channel. */
export const personName = ({ mark, number, seed }: Person): string =>
  pick(ADJECTIVES, toIndex(seed, ADJECTIVES.length)) +
  pick(NOUNS, toIndex(combine(seed, 1), NOUNS.length)) +
  mark +
  String(number)

/** The person's number on platforms that use numbers: up to 2^40, so that two people hardly ever share one. */
export const personId = ({ seed, number }: Person): number => (seed >>> 0) * 256 + (number & 255)
