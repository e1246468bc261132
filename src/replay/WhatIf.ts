/**
 * `telemetra replay --what-if`: judges the stored slides of a time range twice, as the tables state
 * and with another threshold, and compares the moments. It reads the tables and writes nothing.
 */
import { Effect } from "effect"
import { Moments } from "../anomaly/Moments.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { type Moment, momentKeyText } from "../domain/Moment.ts"
import type { SensitivityKey, SensitivityStep } from "../domain/Sensitivity.ts"
import type { DetectionSettings } from "../domain/Settings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import { Past } from "../sink/Past.ts"
import { lookBackMs } from "./LookBack.ts"

export interface Question extends SensitivityKey {
  /** Moments that begin at or after it (closed bound) ... */
  readonly fromMs: number
  /** ... and before it (open bound). */
  readonly toMs: number
  /** `null`: what if there were no override of this stream and type? */
  readonly threshold: number | null
}

/** A moment of one of the two judgements. Slides keep no texts, so a hype is a chat_spike. */
export type Judged = Pick<Moment, "stream" | "timestampMs" | "openedAs" | "type" | "endedAtMs" | "intensity">

export interface Difference {
  readonly gained: ReadonlyArray<Judged>
  readonly lost: ReadonlyArray<Judged>
  /** Moments of a stream that overlap, or have the same key, and differ. */
  readonly changed: ReadonlyArray<{ readonly before: Judged; readonly after: Judged }>
  readonly unchanged: number
}

export interface Answer extends Difference {
  readonly tasks: number
  /** Slides inside the range that were judged. */
  readonly slides: number
  /** Stored moments of the range that the stored slides do not give under the stored settings. */
  readonly unexplained: number
}

/** Event time between two searches for streams to forget. */
const FORGET_EVERY_MS = 600_000

const isSame = (a: Judged, b: Judged): boolean =>
  a.type === b.type && a.endedAtMs === b.endedAtMs && a.intensity === b.intensity

const overlaps = (a: Judged, b: Judged): boolean => a.timestampMs <= b.endedAtMs && b.timestampMs <= a.endedAtMs

/** Compares two judgements of the same slides. Costs the pairs of moments of each stream. */
export const difference = (before: ReadonlyArray<Judged>, after: ReadonlyArray<Judged>): Difference => {
  const kept = new Map(after.map((moment) => [momentKeyText(moment), moment]))
  const changed: Array<Difference["changed"][number]> = []
  const gone: Array<Judged> = []
  let unchanged = 0
  for (const moment of before) {
    const other = kept.get(momentKeyText(moment))
    if (other === undefined) gone.push(moment)
    else {
      kept.delete(momentKeyText(moment))
      if (isSame(moment, other)) unchanged++
      else changed.push({ before: moment, after: other })
    }
  }
  const gained = Map.groupBy(kept.values(), ({ stream }) => stream)
  const lost: Array<Judged> = []
  for (const moment of gone) {
    const candidates = gained.get(moment.stream) ?? []
    const index = candidates.findIndex((other) => overlaps(moment, other))
    const [other] = index === -1 ? [] : candidates.splice(index, 1)
    if (other === undefined) lost.push(moment)
    else changed.push({ before: moment, after: other })
  }
  return { gained: [...gained.values()].flat(), lost, changed, unchanged }
}

/** The steps of the tables, with the override from `fromMs` on, which no later version replaces. */
const stepsWith = (
  steps: ReadonlyArray<SensitivityStep>,
  { stream, threshold, type }: Question,
  fromMs: EventTimeMs
): ReadonlyArray<SensitivityStep> => {
  const others = steps
    .filter(({ fromEndMs }) => fromEndMs > fromMs)
    .map((step) => ({
      ...step,
      changes: step.changes.filter((change) => change.stream !== stream || change.type !== type)
    }))
  const before = steps.filter(({ fromEndMs }) => fromEndMs <= fromMs)
  const version = before.at(-1)?.version ?? 0
  return [...before, { version, fromEndMs: fromMs, changes: [{ version, stream, type, threshold }] }, ...others]
}

/** Judges slides as they come, and keeps the moments that begin inside the range. */
class Judgement {
  readonly #moments: Moments
  readonly #question: Question
  readonly #found = new Map<string, Judged>()
  #forgottenToMs = Number.NEGATIVE_INFINITY

  constructor(moments: Moments, question: Question) {
    this.#moments = moments
    this.#question = question
  }

  step(slide: StreamSlide): void {
    for (const moment of this.#moments.step(slide).moments) {
      const { metadata: _, ...judged } = moment
      const { fromMs, toMs } = this.#question
      if (moment.timestampMs >= fromMs && moment.timestampMs < toMs) this.#found.set(momentKeyText(moment), judged)
    }
    if (slide.endMs - this.#forgottenToMs < FORGET_EVERY_MS) return
    this.#forgottenToMs = slide.endMs
    this.#moments.forgetBefore(slide.endMs)
  }

  get found(): ReadonlyArray<Judged> {
    return [...this.#found.values()]
  }
}

const ofTask = Effect.fnUntraced(function* (checkpoint: Checkpoint, question: Question, settings: DetectionSettings) {
  const past = yield* Past
  const { window } = checkpoint
  const { emitted: _, ...whole } = checkpoint
  // A moment at the end of the range may last beyond it.
  const bounded = {
    ...whole,
    watermarkMs: EventTimeMs(Math.min(checkpoint.watermarkMs, question.toMs + window.sizeMs))
  }
  const sinceMs = EventTimeMs(question.fromMs - lookBackMs(window))
  const steps = yield* past.steps(checkpoint, sinceMs)
  const [stated, hypothetical] = [new Moments(window, settings), new Moments(window, settings)]
  stated.thresholds.restore(steps)
  hypothetical.thresholds.restore(stepsWith(steps, question, EventTimeMs(question.fromMs)))
  const [before, after] = [new Judgement(stated, question), new Judgement(hypothetical, question)]
  let [slides, lastMs] = [0, Number.NEGATIVE_INFINITY]
  yield* past.slides(bounded, sinceMs, (page) => {
    for (const slide of page) {
      // Streams of several sizes, or a page that comes again.
      if (slide.endMs < lastMs) continue
      lastMs = slide.endMs
      if (slide.endMs > question.fromMs) slides++
      before.step(slide)
      after.step(slide)
    }
  })
  const known = new Set(before.found.map(momentKeyText))
  const stored = (yield* past.moments(checkpoint, EventTimeMs(question.fromMs))).filter(
    ({ timestampMs }) => timestampMs >= question.fromMs && timestampMs < question.toMs
  )
  const unexplained = stored.filter(
    (moment) => !known.has(momentKeyText(moment.openedAs === "hype" ? { ...moment, openedAs: "chat_spike" } : moment))
  )
  return { ...difference(before.found, after.found), slides, unexplained: unexplained.length }
})

const byTime = (a: Judged, b: Judged): number => a.timestampMs - b.timestampMs

/** Answers for all tasks of the topics. Memory holds the moments of the range. */
export const whatIf = Effect.fn("replay.whatIf")(function* (question: Question, settings: DetectionSettings) {
  const past = yield* Past
  const answers = yield* Effect.forEach(yield* past.checkpoints, (checkpoint) => ofTask(checkpoint, question, settings))
  const answer: Answer = {
    tasks: answers.length,
    slides: answers.reduce((sum, { slides }) => sum + slides, 0),
    unexplained: answers.reduce((sum, { unexplained }) => sum + unexplained, 0),
    gained: answers.flatMap(({ gained }) => gained).sort(byTime),
    lost: answers.flatMap(({ lost }) => lost).sort(byTime),
    changed: answers.flatMap(({ changed }) => changed).sort((a, b) => byTime(a.before, b.before)),
    unchanged: answers.reduce((sum, { unchanged }) => sum + unchanged, 0)
  }
  return answer
})
