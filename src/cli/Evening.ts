/** Chooses the evening of the simulated platform that the demo shows: one with a raid, a burst of chat and a turn of the mood just before now, and more to come. */
import { Simulator } from "../source/simulator/Simulator.ts"
import { LEAST_SLOT_MS, type SimulatorOptions } from "../source/simulator/SimulatorOptions.ts"
import type { Truth } from "../source/simulator/Truth.ts"

const MINUTE_MS = 60_000

/** Moments of the past begin after it, so that there is a usual to compare with; and they have ended long enough ago for their windows to be closed. */
const PAST = { fromMs: -9 * MINUTE_MS, toMs: -1.5 * MINUTE_MS }

/** Something begins in it while people look. */
const SOON = { fromMs: 0.5 * MINUTE_MS, toMs: 2.5 * MINUTE_MS }

const BURSTS: ReadonlyArray<Truth["kind"]> = ["hype", "talk", "copypasta", "emote"]

/** Platforms that are tried; about one in six will do. */
const CANDIDATES = 1_000

/** The platform of a seed. As much happens as the script allows. */
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

/** What happens around `nowMs`, in order; channels that begin or end their day are left out. */
export const highlights = (simulator: Simulator, nowMs: number): ReadonlyArray<Truth> =>
  simulator
    .truth(nowMs + PAST.fromMs, nowMs + SOON.toMs)
    .filter(({ kind, startMs }) => kind !== "online" && kind !== "offline" && startMs >= nowMs + PAST.fromMs)

/** The seed of the first platform on which the evening of `nowMs` is a lively one. A pure function of `nowMs`. */
export const chooseSeed = (nowMs: number): number => {
  for (let seed = 1; seed <= CANDIDATES; seed++) {
    if (isShown(highlights(new Simulator(eveningOf(seed)), nowMs), nowMs)) return seed
  }
  return 1
}
