/**
 * Chooses the simulated platform that `run` and the demo show. Its log begins with broadcasts of
 * yesterday and of today that are over. The last minutes hold a raid, a burst of chat and a turn of
 * the mood. One chat is angry, and something begins in the next minutes.
 */
import { Simulator } from "./Simulator.ts"
import { LEAST_SLOT_MS, type PastHours, type SimulatorOptions } from "./SimulatorOptions.ts"
import type { Truth } from "./Truth.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The live part of the log begins this long before now. */
const LIVE_MS = 15 * MINUTE_MS

/** The hours of the past, relative to now: yesterday's and today's. */
const PAST_HOURS: ReadonlyArray<PastHours> = [
  { startMs: -26 * HOUR_MS, endMs: -25 * HOUR_MS },
  { startMs: -3 * HOUR_MS, endMs: -2 * HOUR_MS }
]

/**
 * The bounds of recent moments, relative to now. They begin late enough for a baseline to exist,
 * and end early enough for their windows to be closed.
 */
const RECENT = { fromMs: -9 * MINUTE_MS, toMs: -1.5 * MINUTE_MS }

/** Something begins in this span, while the demo is watched. */
const SOON = { fromMs: 0.5 * MINUTE_MS, toMs: 2.5 * MINUTE_MS }

/** An angry channel is live for so long after now. */
const ANGRY_MS = HOUR_MS

const BURSTS: ReadonlyArray<Truth["kind"]> = ["hype", "talk", "copypasta", "emote"]

/** The number of platforms to try; about one in 35 qualifies. */
const CANDIDATES = 1_000

/**
 * The platform of a seed, with as many moments as the script allows. `nowMs` is when it was first
 * shown; without it, it has no past.
 */
export const eveningOf = (seed: number, nowMs?: number): Partial<SimulatorOptions> => {
  const evening = { seed, momentEveryMs: LEAST_SLOT_MS }
  if (nowMs === undefined) return evening
  const atMs = Math.floor(nowMs / 1000) * 1000
  const past = PAST_HOURS.map(({ endMs, startMs }) => ({ startMs: atMs + startMs, endMs: atMs + endMs }))
  return { ...evening, originMs: atMs - LIVE_MS, past, vivid: true }
}

const isShown = (simulator: Simulator, nowMs: number): boolean => {
  const truths = highlights(simulator, nowMs)
  const recent = truths.filter(({ endMs, startMs }) => startMs >= nowMs + RECENT.fromMs && endMs <= nowMs + RECENT.toMs)
  const soon = truths.filter(({ startMs }) => startMs >= nowMs + SOON.fromMs && startMs <= nowMs + SOON.toMs)
  return (
    recent.some(({ kind }) => kind === "raid") &&
    recent.some(({ kind }) => kind === "mood") &&
    recent.some(({ kind }) => BURSTS.includes(kind)) &&
    soon.some(({ kind }) => kind === "raid" || BURSTS.includes(kind)) &&
    simulator.angry(nowMs - LIVE_MS, nowMs + ANGRY_MS).length > 0 &&
    areLargestShown(simulator)
  )
}

/** Whether the largest channel of each partition has a moment in the last hours of the past. */
const areLargestShown = (simulator: Simulator): boolean => {
  const { partitions, past } = simulator.options
  const last = past.at(-1)
  if (last === undefined) return true
  const moments = simulator.truth(last.startMs, last.endMs).filter(({ moment }) => moment !== undefined)
  return Array.from({ length: partitions }, (_, partition) => simulator.streams(partition)[0]).every((largest) =>
    moments.some(({ stream }) => stream === largest)
  )
}

/** The moments around `nowMs`, in order, without the beginnings and ends of broadcasts. */
export const highlights = (simulator: Simulator, nowMs: number): ReadonlyArray<Truth> =>
  simulator
    .truth(nowMs + RECENT.fromMs, nowMs + SOON.toMs)
    .filter(({ kind, startMs }) => kind !== "online" && kind !== "offline" && startMs >= nowMs + RECENT.fromMs)

/** The seed of the first platform that qualifies at `nowMs`. A pure function of `nowMs`. */
export const chooseSeed = (nowMs: number): number => {
  for (let seed = 1; seed <= CANDIDATES; seed++) {
    if (isShown(new Simulator(eveningOf(seed, nowMs)), nowMs)) return seed
  }
  return 1
}
