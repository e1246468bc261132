/** The options of a simulated platform. The same options give the same bytes. */
import type { InputKind } from "../../domain/Task.ts"

/** Hours of the past that the log holds: whole seconds, in milliseconds since the epoch. */
export interface PastHours {
  readonly startMs: number
  readonly endMs: number
}

export interface SimulatorOptions {
  /** A whole number from 0 (closed) to 2^32 (open); another seed is another platform. */
  readonly seed: number
  /**
   * The log time, in milliseconds since the epoch, of the first record in every partition that
   * follows `past`: offset 0 without a past. A whole second.
   */
  readonly originMs: number
  /** Partitions of each of the two topics, at least 1. */
  readonly partitions: number
  /** Records per second of log time in one partition: a whole number, at least 1. */
  readonly perSecond: Readonly<Record<InputKind, number>>
  /**
   * Channels of one partition, at least 1. The chat rate is constant, so the gain of one channel is
   * the loss of others. From about 20 channels on, only the two hubs of a partition lose. With
   * fewer, a burst may show as a drop elsewhere. A single channel has no scenes.
   */
  readonly channelsPerPartition: number
  /**
   * One scene per partition starts in each period of this length; half of the bursts have a second
   * one. A whole number of seconds, at least {@link LEAST_SLOT_MS}.
   */
  readonly momentEveryMs: number
  /**
   * Share of records whose event is 18 to 128 s older than the record; all others are at most 8 s
   * older.
   */
  readonly lateShare: number
  /**
   * Share of records that are no event: broken JSON or UTF-8, missing or invalid fields,
   * tombstones.
   */
  readonly malformedShare: number
  /** Share of records whose event time is hours ahead. */
  readonly futureShare: number
  /**
   * The log begins with these hours, in which a few channels of each partition broadcast. They
   * ascend, do not overlap, and end at `originMs` at the latest. The log holds nothing of the time
   * between them, and its rate in them follows the chat.
   */
  readonly past: ReadonlyArray<PastHours>
  /** Whether people write varied reactions, and one channel of each partition has an angry chat. */
  readonly vivid: boolean
}

/** In shorter periods a channel could have its next scene before a cluster has ended. */
export const LEAST_SLOT_MS = 180_000

/** Shorter hours of a past would be too short for a broadcast. */
const LEAST_PAST_MS = 30 * 60_000

/** Three partitions with 40 channels each, 330 records per second in all: a demo for a laptop. */
export const defaultOptions: SimulatorOptions = {
  seed: 20_260_101,
  originMs: Date.UTC(2026, 0, 1),
  partitions: 3,
  perSecond: { chat: 100, viewer: 10 },
  channelsPerPartition: 40,
  momentEveryMs: 240_000,
  lateShare: 1 / 2000,
  malformedShare: 1 / 1000,
  futureShare: 1 / 5000,
  past: [],
  vivid: false
}

const share = (value: number): boolean => value >= 0 && value <= 1
const atLeast = (least: number, value: number): boolean => Number.isSafeInteger(value) && value >= least

const check = (fine: boolean, name: string, value: number, allowed: string): void => {
  if (!fine) throw new RangeError(`Simulator option ${name} is ${value}; allowed: ${allowed}`)
}

/**
 * The defaults, overridden by `options`. Throws a `RangeError` that names the first option out of
 * bounds.
 */
export const resolveOptions = (options: Partial<SimulatorOptions>): SimulatorOptions => {
  const all = { ...defaultOptions, ...options }
  check(all.seed === all.seed >>> 0, "seed", all.seed, "a whole number from 0 to 4294967295")
  check(Number.isSafeInteger(all.originMs / 1000), "originMs", all.originMs, "a whole second")
  check(atLeast(1, all.partitions), "partitions", all.partitions, "a whole number from 1")
  check(atLeast(1, all.perSecond.chat), "perSecond.chat", all.perSecond.chat, "a whole number from 1")
  check(atLeast(1, all.perSecond.viewer), "perSecond.viewer", all.perSecond.viewer, "a whole number from 1")
  check(atLeast(1, all.channelsPerPartition), "channelsPerPartition", all.channelsPerPartition, "a whole number from 1")
  check(
    atLeast(LEAST_SLOT_MS / 1000, all.momentEveryMs / 1000),
    "momentEveryMs",
    all.momentEveryMs,
    `a whole number of seconds from ${LEAST_SLOT_MS / 1000}`
  )
  check(share(all.lateShare), "lateShare", all.lateShare, "0 to 1")
  check(share(all.malformedShare), "malformedShare", all.malformedShare, "0 to 1")
  check(share(all.futureShare), "futureShare", all.futureShare, "0 to 1")
  checkPast(all)
  return all
}

const checkPast = ({ originMs, past }: SimulatorOptions): void => {
  for (const [index, { endMs, startMs }] of past.entries()) {
    const latestMs = past[index + 1]?.startMs ?? originMs
    const fine = Number.isSafeInteger(startMs / 1000) && Number.isSafeInteger(endMs / 1000)
    check(fine && endMs - startMs >= LEAST_PAST_MS, "past", startMs, `whole seconds, ${LEAST_PAST_MS / 60_000} minutes`)
    check(endMs <= latestMs, "past", endMs, "hours that ascend and end before originMs")
  }
}
