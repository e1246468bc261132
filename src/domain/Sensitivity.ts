/**
 * The thresholds of detection, by stream and type of moment, as versions of a table. A task applies
 * a version to the windows that end after a stored time. So results are a function of the log, the
 * settings and the tables.
 */
import type { EventTimeMs } from "./EventTime.ts"
import type { MomentType } from "./Moment.ts"

/**
 * The types with a threshold of their own. A `hype` opens at the threshold of `chat_spike`: the two
 * are one detector, and only their names differ.
 */
export const SENSITIVE_TYPES = [
  "raid",
  "chat_spike",
  "viewer_surge",
  "sentiment_shift",
  "chat_drop",
  "viewer_drop"
] as const satisfies ReadonlyArray<MomentType>
export type SensitiveType = (typeof SENSITIVE_TYPES)[number]

/** Overrides in force, at most. A change that would add another one is refused. */
export const MAX_OVERRIDES = 10_000

/** Changes that the table keeps, at most: an override and its history are read at a start. */
export const MAX_CHANGES = 100_000

/** The limits of a threshold, as of ANOMALY_THRESHOLD (closed bounds). */
export const THRESHOLD_LIMITS = { least: 0.1, most: 1000 } as const

/** The threshold of each type for one stream, in usual deviations (closed bound). */
export type Thresholds = Readonly<Record<SensitiveType, number>>

/** The target of a change: `null` = all streams, or all types. */
export interface SensitivityKey {
  readonly stream: string | null
  readonly type: SensitiveType | null
}

/** One row of table `sensitivity`. A later version of the same key replaces an earlier one. */
export interface SensitivityChange extends SensitivityKey {
  /** From 1 on, ascending in the order in which changes became durable. */
  readonly version: number
  /** `null` takes the override back. */
  readonly threshold: number | null
}

/** The overrides of one stream, or of all streams. The key `null` = all types. */
type Overrides = ReadonlyMap<SensitiveType | null, number>

/** All overrides in force at a version. Immutable: the tasks of a process share it. */
export interface Sensitivity {
  /** 0 = no change yet. */
  readonly version: number
  /** By stream; the key `null` = all streams. */
  readonly overrides: ReadonlyMap<string | null, Overrides>
}

export const NO_SENSITIVITY: Sensitivity = { version: 0, overrides: new Map() }

/** Changes that a task applied together: `changes` are those since its version before. */
export interface SensitivityStep {
  readonly version: number
  /** The version applies to windows that end after it (open bound). */
  readonly fromEndMs: EventTimeMs
  /** Ascending by version. The first step of a task holds only {@link inForce} ones. */
  readonly changes: ReadonlyArray<SensitivityChange>
}

/** One row of table `sensitivity_applied`, without its task. */
export type SensitivityApplied = Pick<SensitivityStep, "version" | "fromEndMs">

/** After further changes, ascending by version. Costs the streams with overrides. */
export const changed = (before: Sensitivity, changes: ReadonlyArray<SensitivityChange>): Sensitivity => {
  const last = changes.at(-1)
  if (last === undefined) return before
  const overrides = new Map(before.overrides)
  for (const { stream, threshold, type } of changes) {
    const ofStream = new Map(overrides.get(stream))
    if (threshold === null) ofStream.delete(type)
    else ofStream.set(type, threshold)
    if (ofStream.size === 0) overrides.delete(stream)
    else overrides.set(stream, ofStream)
  }
  return { version: last.version, overrides }
}

/**
 * The thresholds of a stream. The most specific override wins: stream and type, stream, type, all;
 * then `standard`, which is ANOMALY_THRESHOLD.
 */
export const thresholdsOf = ({ overrides }: Sensitivity, standard: number, stream: string | null): Thresholds => {
  const own = stream === null ? undefined : overrides.get(stream)
  const all = overrides.get(null)
  const of = (type: SensitiveType): number =>
    own?.get(type) ?? own?.get(null) ?? all?.get(type) ?? all?.get(null) ?? standard
  return {
    raid: of("raid"),
    chat_spike: of("chat_spike"),
    viewer_surge: of("viewer_surge"),
    sentiment_shift: of("sentiment_shift"),
    chat_drop: of("chat_drop"),
    viewer_drop: of("viewer_drop")
  }
}

/** One override in force. */
export interface Override extends SensitivityKey {
  readonly threshold: number
}

/** The overrides in force, in no order. */
export const overridesOf = ({ overrides }: Sensitivity): ReadonlyArray<Override> =>
  [...overrides].flatMap(([stream, ofStream]) =>
    [...ofStream].map(([type, threshold]) => ({ stream, type, threshold }))
  )

/**
 * The changes whose override is in force after all of them: those that no later one of the same key
 * replaces or takes back. Both ascend by version.
 */
export const inForce = (changes: ReadonlyArray<SensitivityChange>): ReadonlyArray<SensitivityChange> => {
  const newest = new Map<string, SensitivityChange>()
  for (const change of changes) newest.set(JSON.stringify([change.stream, change.type]), change)
  return changes.filter(
    (change) => change.threshold !== null && newest.get(JSON.stringify([change.stream, change.type])) === change
  )
}

/**
 * The steps of a task, from the versions that it applied and from the changes. Both ascend by
 * version. The first step needs only the changes that are {@link inForce} at its version.
 * Versions that are in force before windows that end at `sinceMs` are one step.
 */
export const stepsOf = (
  changes: ReadonlyArray<SensitivityChange>,
  applied: ReadonlyArray<SensitivityApplied>,
  sinceMs: number
): ReadonlyArray<SensitivityStep> => {
  const first = applied.findLastIndex(({ fromEndMs }) => fromEndMs < sinceMs)
  let from = 0
  return applied.slice(Math.max(0, first)).map(({ fromEndMs, version }) => {
    let to = from
    while ((changes[to]?.version ?? Number.POSITIVE_INFINITY) <= version) to++
    const own = changes.slice(from, to)
    const step = { version, fromEndMs, changes: from === 0 ? inForce(own) : own }
    from = to
    return step
  })
}
