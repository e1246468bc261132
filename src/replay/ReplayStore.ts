/**
 * The store of a replay: a {@link ResultStore} for a single task. The task starts at a given
 * checkpoint and learns its baselines from the slides before it, and the starts of broadcasts from
 * their table. The store changes neither the task's checkpoint nor its baselines. Flushes become
 * {@link Repair}s.
 */
import { Effect } from "effect"
import { continued } from "../broadcast/Continued.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import type { Moment } from "../domain/Moment.ts"
import { type Repair, type RepairRange, Repairs } from "../sink/Repair.ts"
import { type RepairOutcome, RepairTables } from "../sink/RepairTables.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import { NOTHING_SWEPT, type Sweep, type Swept, Sweeps } from "../sink/Sweep.ts"

export interface ReplayStoreOptions {
  /**
   * Where the replay starts. Its watermark decides what it computes: the windows that end after it.
   * Its inputs' replay offsets are their next offsets: nothing has been counted yet.
   */
  readonly start: Checkpoint
  readonly range: RepairRange
  /**
   * Baselines are learned from the slides that end at most this long before the start's watermark
   * (closed bound).
   */
  readonly lookBackMs: number
  /** A broadcast that ended at most this long before these slides may continue (closed bound). */
  readonly sessionGapMs: number
  /**
   * Whether dead letters are written. Those of Kafka are the worker's: what the clock made of a
   * record is its decision alone.
   */
  readonly keepDeadLetters: boolean
  /** Receives every repair that is durable, with what was swept after it. */
  readonly onRepair: (repair: Repair, outcome: RepairOutcome, swept: Swept) => Effect.Effect<void>
}

/** End of the last window that ends at or before the checkpoint's watermark. */
const lastEnd = ({ watermarkMs, window: { sizeMs, slideMs } }: Checkpoint): EventTimeMs =>
  EventTimeMs(Math.floor((watermarkMs - sizeMs) / slideMs) * slideMs + sizeMs)

/**
 * Moments as they were after the last window before the replay. Additions of later slides are left
 * out, except for the peak. A moment that began before the range is not written, so its peak does
 * not matter.
 */
const momentsAt = (moments: ReadonlyArray<Moment>, endMs: EventTimeMs, slideMs: number): ReadonlyArray<Moment> =>
  moments
    .filter(({ timestampMs }) => timestampMs + slideMs <= endMs)
    .map((moment) => (moment.endedAtMs > endMs ? { ...moment, endedAtMs: endMs } : moment))

/** The result of one flush. */
interface Step {
  readonly flush: number
  readonly repair: Repair
  readonly sweep: Sweep | undefined
  /** Given once the repair is durable. */
  outcome: RepairOutcome | undefined
}

export const make = Effect.fnUntraced(function* (options: ReplayStoreOptions) {
  const { keepDeadLetters, lookBackMs, onRepair, range, sessionGapMs, start } = options
  const store = yield* ResultStore
  const tables = yield* RepairTables
  const repairs = new Repairs(range, start.window, sessionGapMs)
  const sweeps = new Sweeps(start)
  /** A flush whose commit is tried again must not be counted twice. */
  let last: Step | undefined
  /** Slides that end before it have been given. */
  const firstSlideMs = EventTimeMs(start.watermarkMs - lookBackMs)
  let slidesFromMs = firstSlideMs

  const continuing = {
    sourcePartition: start.sourcePartition,
    beforeMs: firstSlideMs,
    sinceMs: EventTimeMs(firstSlideMs - sessionGapMs)
  }

  const stepOf = (flush: Flush): Step => {
    if (last?.flush !== flush.checkpoint.flushNumber) {
      const repair = repairs.step(keepDeadLetters ? flush : { ...flush, deadLetters: [] })
      last = { flush: flush.checkpoint.flushNumber, repair, sweep: sweeps.step(flush, repair), outcome: undefined }
    }
    return last
  }

  return ResultStore.of({
    tasks: Effect.succeed([start.sourcePartition]),
    load: () => Effect.succeed(start),
    create: () => Effect.void,
    takeOver: () => Effect.succeed(start),
    // The tables hold baselines as of the end of what is written, which is after the range. They
    // also hold the starts of the broadcasts that these slides continue.
    baselines: (_checkpoint, _sinceMs, take) =>
      Effect.map(tables.broadcasts(continuing), (broadcasts) => {
        slidesFromMs = firstSlideMs
        if (broadcasts.length > 0) take(broadcasts.map(continued))
      }),
    // A task without baselines requests few slides.
    slides: (checkpoint, _fromMs, take) =>
      store.slides(checkpoint, slidesFromMs, (slides) => {
        take(slides)
        slidesFromMs = slides.at(-1)?.endMs ?? slidesFromMs
      }),
    recover: (checkpoint, bounds) =>
      Effect.map(store.recover(checkpoint, { ...bounds, slidesSinceMs: firstSlideMs }), (recovered) => ({
        ...recovered,
        moments: momentsAt(recovered.moments, lastEnd(start), start.window.slideMs)
      })),
    sensitivityChanges: () => Effect.succeed([]),
    commit: Effect.fnUntraced(function* (flush) {
      const step = stepOf(flush)
      const outcome = (step.outcome ??= yield* tables.repair(step.repair))
      const swept = step.sweep === undefined ? NOTHING_SWEPT : yield* tables.sweep(step.sweep)
      yield* onRepair(step.repair, outcome, swept)
      return { _tag: "Committed", refusedRows: outcome.refusedRows }
    })
  })
})
