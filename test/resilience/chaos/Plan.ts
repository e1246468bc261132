/** The faults of a run and their times, decided by a seed before the run begins. */
import { Draws, hash } from "../../../src/source/simulator/Draws.ts"

export type FaultKind = "kill" | "term" | "freeze" | "terminate" | "postgres" | "broker"

export interface Fault {
  readonly kind: FaultKind
  /** Since the faults began. */
  readonly atMs: number
  /** Which of the candidates it hits: from 0 (closed) to 1 (open). */
  readonly victim: number
  /** How long a freeze lasts, or a server is away. */
  readonly forMs: number
}

/** Faults a minute on average, and how many there are at least. */
const FREQUENCY: Readonly<Record<FaultKind, { readonly perMinute: number; readonly least: number }>> = {
  kill: { perMinute: 1.9, least: 2 },
  term: { perMinute: 0.6, least: 1 },
  freeze: { perMinute: 0.4, least: 1 },
  terminate: { perMinute: 0.5, least: 1 },
  postgres: { perMinute: 0.4, least: 1 },
  broker: { perMinute: 0.2, least: 1 }
}

/** Kinds by name: an index may go into the seed. */
const KINDS = ["kill", "term", "freeze", "terminate", "postgres", "broker"] as const satisfies ReadonlyArray<FaultKind>

/**
 * How long, in milliseconds: a freeze outlasts the session, so that others take the tasks over
 * meanwhile.
 */
const durationMs = (kind: FaultKind, sessionMs: number, draws: Draws): number => {
  if (kind === "freeze") return sessionMs + draws.between(3_000, 8_000)
  return kind === "postgres" || kind === "broker" ? draws.between(200, 4_000) : 0
}

/**
 * The faults of a run, in order of time. Each kind is spread over the run independently: one in
 * every stretch of equal length, at any instant of it. So faults of different kinds overlap at
 * random.
 */
export const makePlan = (seed: number, minutes: number, sessionMs: number): ReadonlyArray<Fault> =>
  KINDS.flatMap((kind, index) => {
    const { least, perMinute } = FREQUENCY[kind]
    const draws = new Draws(hash(seed, index))
    const count = Math.max(least, Math.round(perMinute * minutes))
    const stretchMs = (minutes * 60_000) / count
    return Array.from({ length: count }, (_, n) => ({
      kind,
      atMs: Math.floor((n + draws.unit()) * stretchMs),
      victim: draws.unit(),
      forMs: durationMs(kind, sessionMs, draws)
    }))
  }).toSorted((a, b) => a.atMs - b.atMs)
