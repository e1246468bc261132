/**
 * The sessions before the origin of a log with a past: in each of its hours, a few channels of each
 * partition are live once.
 */
import type { Channel } from "./Cast.ts"
import { Draws, hash } from "./Draws.ts"
import type { Session } from "./Session.ts"
import type { PastHours, SimulatorOptions } from "./SimulatorOptions.ts"
import { isFit } from "./Strength.ts"

/** The largest channels that can have a burst are live, and the first hub. */
const CHANNELS = 6
/** A session begins up to this long after its hours begin, and ends up to as long before they end. */
const SPREAD_SECONDS = 480
const LEAST_SIZE = 0.7
const MOST_SIZE = 1.3
const PAST_SALT = 18

/**
 * The sessions of a channel, in order, numbered up to -1. The first one is empty and ended before
 * all others, so that every second has a last session.
 */
export const pastSessions = (
  channel: Channel,
  channels: ReadonlyArray<Channel>,
  { originMs, past, perSecond }: SimulatorOptions
): ReadonlyArray<Session> => {
  const hours = isLive(channel, channels, perSecond.chat) ? past : []
  const sessions = hours.map((one, index) => draw(channel, one, index - hours.length))
  const nextOf = (index: number): number => sessions[index]?.startSecond ?? originMs / 1000
  return [
    {
      number: -1 - hours.length,
      startSecond: Number.NEGATIVE_INFINITY,
      endSecond: Number.NEGATIVE_INFINITY,
      nextSecond: nextOf(0),
      size: 1
    },
    ...sessions.map((session, index) => ({ ...session, nextSecond: nextOf(index + 1) }))
  ]
}

const isLive = (channel: Channel, channels: ReadonlyArray<Channel>, chatPerSecond: number): boolean =>
  channel.index === 0 ||
  channels
    .filter((one) => isFit("hype", one.share, chatPerSecond))
    .slice(0, CHANNELS)
    .includes(channel)

const draw = (channel: Channel, { endMs, startMs }: PastHours, number: number): Omit<Session, "nextSecond"> => {
  const draws = new Draws(hash(channel.seed, PAST_SALT, number))
  return {
    number,
    startSecond: startMs / 1000 + draws.below(SPREAD_SECONDS),
    endSecond: endMs / 1000 - draws.below(SPREAD_SECONDS),
    size: LEAST_SIZE + (MOST_SIZE - LEAST_SIZE) * draws.unit()
  }
}
