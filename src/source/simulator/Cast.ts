/** The platform's channels and people: pure functions of the options, with cached results. */
import { combine, Draws, hash, toIndex } from "./Draws.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"
import { ADJECTIVES, EMOTES, NOUNS, OWN_EMOTES, SAD_EMOTES } from "./Vocabulary.ts"

/** The format in which a channel's producer writes events. */
export type Dialect = "first" | "second" | "numeric"

/** One channel. Its index in its partition is its rank; 0 is the most popular. */
export interface Channel {
  readonly partition: number
  readonly index: number
  /** Unique on the platform. */
  readonly stream: string
  /** The stream id as JSON. */
  readonly streamJson: string
  /** The seed of everything else about the channel. */
  readonly seed: number
  readonly dialect: Dialect
  /**
   * Usual share of the partition's chat while the channel is live; `undefined` for a hub. Hubs are
   * the biggest channels and always live. They share what the others leave: the log's rate is
   * constant, so hubs get less chat when another channel gets more. See {@link pastShare}.
   */
  readonly share: number | undefined
  /** Standard deviation of the logarithm of the chat rate. */
  readonly restlessness: number
  /** Usual number of viewers. */
  readonly viewers: number
  /** Number of people who may chat here. */
  readonly people: number
  /** Share of one-word messages. */
  readonly briefShare: number
  /** Usual shares of messages with positive and with negative words. */
  readonly positiveShare: number
  readonly negativeShare: number
  /** See the options. */
  readonly vivid: boolean
  /** Whether the chat is angry, in a vivid platform. */
  readonly angry: boolean
  /** Common emotes of the channel; half of them are its own. */
  readonly favourites: ReadonlyArray<string>
}

/** The share of the chat of all channels except the hubs, when all are live. */
const SHARED_OUT = 0.95
/**
 * The chat of the largest channel except the hubs, as a multiple of the smallest; sizes between
 * them fall geometrically.
 */
const SIZE_RATIO = 200
/** A hub's usual share, approximately. */
const HUB_SHARE = 0.2

/** A hub's usual share before the origin, small enough for bursts. */
const PAST_HUB_SHARE = 0.06

/**
 * The rate's variance as a multiple of its squared mean. Counts in 10 s keep about two thirds of
 * it; eight public channels measured 0.2 to 1.4.
 */
const LEAST_VARIANCE = 0.25
const MOST_VARIANCE = 1.7
/** The largest variance of counts in 10 s as a multiple of their mean. */
const MOST_DISPERSION = 40

/**
 * Measured on the same channels: 40 to 1800 viewers per message a minute. A few hundred people chat
 * in a stream of 10 to 20 messages a minute.
 */
const PEOPLE_PER_MESSAGE = 25
const LEAST_PEOPLE = 150

const SHARED_PEOPLE = 3000
const NAMES = ADJECTIVES.length * NOUNS.length
/** Coprime to the number of names, a power of two: every name is used once before one repeats. */
const NAME_STEP = 1619

/** The index of the channel with an angry chat: large enough for a minute to show its mood. */
const ANGRY_INDEX = 12
const ANGRY_TONE = { positiveShare: 0.02, negativeShare: 0.65 }

const CAST_SALT = 1
const PEOPLE_SALT = 2
const BOT_SALT = 15

/** An element whose index is known to be valid. */
export const pick = <A>(list: ReadonlyArray<A>, index: number): A => {
  const element = list[index]
  if (element === undefined) throw new RangeError(`No element ${index} in a list of ${list.length}`)
  return element
}

const nameOf = (index: number): string => {
  const name = (index * NAME_STEP) % NAMES
  return pick(ADJECTIVES, name % ADJECTIVES.length) + pick(NOUNS, Math.floor(name / ADJECTIVES.length))
}

/** A channel's usual share before the origin, where the rate is not constant. */
export const pastShare = ({ share }: Channel): number => share ?? PAST_HUB_SHARE

/**
 * The number of hubs, which are the channels with the first indices: one, or two from 10 channels
 * on.
 */
export const hubCount = (channels: number): number => (channels < 10 ? 1 : 2)

/** Shares of the chat by index; `undefined` for hubs. */
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
  const angry = options.vivid && index === ANGRY_INDEX
  const variance = LEAST_VARIANCE * (MOST_VARIANCE / LEAST_VARIANCE) ** draws.unit()
  const channel: Channel = {
    partition,
    index,
    stream,
    streamJson: JSON.stringify(stream),
    seed,
    dialect: dialect < 0.5 ? "first" : dialect < 0.9 ? "second" : "numeric",
    share,
    // The deviation of a log-normal rate.
    restlessness: Math.sqrt(Math.log(1 + Math.min(variance, (MOST_DISPERSION - 1) / (10 * perSecond)))),
    viewers: Math.round(30 + 60 * perSecond * 40 * 12 ** draws.unit()),
    people: Math.round(LEAST_PEOPLE + 60 * perSecond * PEOPLE_PER_MESSAGE),
    briefShare: 0.25 + 0.4 * draws.unit(),
    positiveShare: 0.05 + 0.05 * draws.unit(),
    negativeShare: 0.02 + 0.02 * draws.unit(),
    vivid: options.vivid,
    angry,
    favourites: [
      pick(EMOTES, draws.below(EMOTES.length)),
      pick(EMOTES, draws.below(EMOTES.length)),
      stream.slice(0, 5) + pick(OWN_EMOTES, draws.below(OWN_EMOTES.length)),
      stream.slice(0, 5) + pick(OWN_EMOTES, draws.below(OWN_EMOTES.length))
    ]
  }
  return angry ? { ...channel, ...ANGRY_TONE, favourites: SAD_EMOTES } : channel
}

/** The channels of every partition, built on first use. */
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

  /**
   * The author of a message: a few people write often, most rarely, and one in twelve visits all
   * channels.
   */
  regular(channel: Channel, draws: Draws): Person {
    if (draws.chance(1 / 12)) {
      const number = Math.floor(SHARED_PEOPLE * draws.unit() ** 2)
      return { seed: combine(hash(this.#options.seed, PEOPLE_SALT), number), number, mark: "_" }
    }
    // The fourth power gives the first tenth of the people 56 % of the messages; eight public
    // channels measured 45 to 63 %.
    const square = draws.unit() ** 2
    return member(channel, Math.floor(channel.people * square * square))
  }
}

/**
 * One of the channel's people, all equally likely: during an event, people write who usually only
 * read.
 */
export const anyMember = (channel: Channel, draws: Draws): Person => member(channel, draws.below(channel.people))

/** The channel's bot. */
export const botOf = (channel: Channel): Person => ({ seed: combine(channel.seed, BOT_SALT), number: 1, mark: "_bot" })

/**
 * A person outside the channel's people, such as a spammer. `number` distinguishes people with the
 * same seed.
 */
export const stranger = (seed: number, number: number): Person => ({ seed: combine(seed, number), number, mark: "" })

const member = (channel: Channel, number: number): Person => stranger(channel.seed, number)

export interface Person {
  readonly seed: number
  readonly number: number
  /** The text between the name and the number. */
  readonly mark: "" | "_" | "_bot"
}

/** A name without characters that JSON escapes; distinct for distinct people of one channel. */
export const personName = ({ mark, number, seed }: Person): string =>
  pick(ADJECTIVES, toIndex(seed, ADJECTIVES.length)) +
  pick(NOUNS, toIndex(combine(seed, 1), NOUNS.length)) +
  mark +
  String(number)

/** The person's id on platforms with numeric ids: up to 2^40, so that collisions are rare. */
export const personId = ({ seed, number }: Person): number => (seed >>> 0) * 256 + (number & 255)
