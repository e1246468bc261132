/**
 * The thresholds in force for each stream, which change at the end of a window. Without overrides
 * all streams share one object, so a row costs one comparison.
 */
import {
  NO_SENSITIVITY,
  type Sensitivity,
  type SensitivityApplied,
  type SensitivityStep,
  type Thresholds,
  changed,
  thresholdsOf
} from "../domain/Sensitivity.ts"
import { EventTimeMs } from "../domain/EventTime.ts"

/** A version that waits for its first window. */
interface Pending {
  readonly version: number
  readonly fromEndMs: number
  readonly next: (before: Sensitivity) => Sensitivity
}

export class StreamThresholds {
  readonly #standard: number
  #sensitivity: Sensitivity = NO_SENSITIVITY
  #common: Thresholds
  /** Streams with overrides of their own, as they are needed. */
  readonly #own = new Map<string, Thresholds>()
  /** Ascending by version and by `fromEndMs`. */
  #pending: ReadonlyArray<Pending> = []
  /** `fromEndMs` of the first pending one. */
  #nextMs = Number.POSITIVE_INFINITY

  /** `standard`: ANOMALY_THRESHOLD. */
  constructor(standard: number) {
    this.#standard = standard
    this.#common = thresholdsOf(NO_SENSITIVITY, standard, null)
  }

  /** Hot. */
  of(stream: string): Thresholds {
    const { overrides } = this.#sensitivity
    if (overrides.size === 0 || !overrides.has(stream)) return this.#common
    const known = this.#own.get(stream)
    if (known !== undefined) return known
    const own = thresholdsOf(this.#sensitivity, this.#standard, stream)
    this.#own.set(stream, own)
    return own
  }

  /** Takes the versions in that the task applied, ascending, before any slide. */
  restore(steps: ReadonlyArray<SensitivityStep>): void {
    this.#wait([
      ...this.#pending,
      ...steps.map(({ changes, fromEndMs, version }) => ({
        version,
        fromEndMs,
        // The change of this version may be missing: it is not needed if it took an override back.
        next: (before: Sensitivity) => ({ ...changed(before, changes), version })
      }))
    ])
  }

  /**
   * Applies a version to the windows that end after `reachedMs` and after those of earlier versions
   * (open bounds). Returns what to store; `undefined` if the version is not new.
   */
  adopt(sensitivity: Sensitivity, reachedMs: number): SensitivityApplied | undefined {
    const last = this.#pending.at(-1)
    const version = last?.version ?? this.#sensitivity.version
    // The same version from the tables: the tasks of a process share one copy.
    if (last === undefined && sensitivity.version === version) this.#sensitivity = sensitivity
    if (sensitivity.version <= version || reachedMs === Number.POSITIVE_INFINITY) return undefined
    const fromEndMs = EventTimeMs(Math.max(reachedMs, last?.fromEndMs ?? reachedMs))
    this.#wait([...this.#pending, { version: sensitivity.version, fromEndMs, next: () => sensitivity }])
    return { version: sensitivity.version, fromEndMs }
  }

  /** Puts the versions in force for windows that end at `endMs`. Hot. */
  reach(endMs: number): void {
    if (endMs > this.#nextMs) this.#switch(endMs)
  }

  #wait(pending: ReadonlyArray<Pending>): void {
    this.#pending = pending
    this.#nextMs = pending[0]?.fromEndMs ?? Number.POSITIVE_INFINITY
  }

  #switch(endMs: number): void {
    const due = this.#pending.filter(({ fromEndMs }) => fromEndMs < endMs)
    this.#sensitivity = due.reduce((before, { next }) => next(before), this.#sensitivity)
    this.#common = thresholdsOf(this.#sensitivity, this.#standard, null)
    this.#own.clear()
    this.#wait(this.#pending.slice(due.length))
  }
}
