/**
 * Chooses the simulated platform that the demo shows. Its last minutes hold a raid, a burst of chat
 * and a turn of the mood, and something begins in the next minutes.
 */
import { Simulator } from "./Simulator.ts"
import { LEAST_SLOT_MS, type SimulatorOptions } from "./SimulatorOptions.ts"
import type { Truth } from "./Truth.ts"

const MINUTE_MS = 60_000

/**
 * The bounds of past moments, relative to now. They begin late enough for a baseline to exist, and
 * end early enough for their windows to be closed.
 */
const PAST = { fromMs: -9 * MINUTE_MS, toMs: -1.5 * MINUTE_MS }

/** Something begins in this span, while the demo is watched. */
const SOON = { fromMs: 0.5 * MINUTE_MS, toMs: 2.5 * MINUTE_MS }

const BURSTS: ReadonlyArray<Truth["kind"]> = ["hype", "talk", "copypasta", "emote"]

/** The number of platforms to try; about one in six qualifies. */
const CANDIDATES = 1_000

/** The platform of a seed, with as many moments as the script allows. */
export const eveningOf = (seed: number): Partial<SimulatorOptions> => ({ seed, momentEveryMs: LEAST_SLOT_MS })

const isShown = (truths: ReadonlyArray<Truth>, nowMs: number): boolean => {
  const past = truths.filter(({ endMs, startMs }) => startMs >= nowMs + PAST.fromMs && endMs <= nowMs + PAST.toMs)
  const soon = truths.filter(({ startMs }) => startMs >= nowMs + SOON.fromMs && startMs <= nowMs + SOON.toMs)
  return (
    past.some(({ kind }) => kind === "raid") &&
    past.some(({ kind }) => kind === "mood") &&
    past.some(({ kind }) => BURSTS.includes(kind)) &&
    soon.some(({ kind }) => kind === "raid" || BURSTS.includes(kind))
  )
}

/** The moments around `nowMs`, in order, without the beginnings and ends of broadcasts. */
export const highlights = (simulator: Simulator, nowMs: number): ReadonlyArray<Truth> =>
  simulator
    .truth(nowMs + PAST.fromMs, nowMs + SOON.toMs)
    .filter(({ kind, startMs }) => kind !== "online" && kind !== "offline" && startMs >= nowMs + PAST.fromMs)

/** The seed of the first platform that qualifies at `nowMs`. A pure function of `nowMs`. */
export const chooseSeed = (nowMs: number): number => {
  for (let seed = 1; seed <= CANDIDATES; seed++) {
    if (isShown(highlights(new Simulator(eveningOf(seed)), nowMs), nowMs)) return seed
  }
  return 1
}
