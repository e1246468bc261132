/**
 * The store of a replay: a {@link ResultStore} for a single task that starts where it is told, reads its history from the tables, and leaves its checkpoint as it is. Flushes become
 * {@link Repair}s.
 */
import { Context, Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { Flush } from "../domain/Flush.ts"
import type { Moment } from "../domain/Moment.ts"
import { type Repair, type RepairRange, Repairs } from "./Repair.ts"
import { ResultStore, type ResultStoreError } from "./ResultStore.ts"

/** What a repair came to. */
export interface RepairOutcome {
  /** Rows that are new, or are other than what stood there. */
  readonly rowsWritten: number
  readonly momentsWritten: number
  /** Moments that are no more. */
  readonly momentsRemoved: number
  /** Left out because PostgreSQL can't hold them. */
  readonly refusedRows: number
}

/** The tables, for replays. PostgreSQL and memory implement it. */
export class RepairTables extends Context.Service<
  RepairTables,
  {
    /**
     * One transaction, under a lock on the task's checkpoint, which stays as it is; under a lock of its own where the task has none by nature (files). Rows and moments that are equal to what stands there
     * are not touched. Fails with `Checkpoint` where the task's checkpoint is gone, or has fallen back below the range.
     */
    readonly repair: (repair: Repair) => Effect.Effect<RepairOutcome, ResultStoreError>
  }
>()("telemetra/sink/RepairTables") {}

export interface ReplayStoreOptions {
  /**
   * Where the replay starts. Its watermark decides what it computes: the windows that end after it. Its inputs' replay offsets are their next offsets: nothing has been counted yet.
   */
  readonly start: Checkpoint
  readonly range: RepairRange
  /** Whether dead letters are written. Those of Kafka are the worker's: what the clock made of a record is its decision alone. */
  readonly keepDeadLetters: boolean
  /** Told of every repair that is durable. */
  readonly onRepair: (repair: Repair, outcome: RepairOutcome) => Effect.Effect<void>
}

/**
 * Moments that were open at the end of the last window before the replay, as they were then: what a later window added to them is left out, but for the peak, which nobody asks for, since a
 * moment that began before the range is not written.
 */
const openAt = (
  moments: ReadonlyArray<Moment>,
  lastEndMs: Moment["endedAtMs"],
  slideMs: number
): ReadonlyArray<Moment> =>
  moments
    .filter(({ timestampMs }) => timestampMs + slideMs <= lastEndMs)
    .map((moment) => ({ ...moment, endedAtMs: lastEndMs }))

export const make = Effect.fnUntraced(function* (options: ReplayStoreOptions) {
  const { keepDeadLetters, onRepair, range, start } = options
  const store = yield* ResultStore
  const tables = yield* RepairTables
  const repairs = new Repairs(range, start.window)
  /** A flush whose commit is tried again must not be counted twice. */
  let last: { readonly flush: number; readonly repair: Repair } | undefined

  const repairOf = (flush: Flush): Repair => {
    if (last?.flush !== flush.checkpoint.flush) {
      const repair = repairs.step(keepDeadLetters ? flush : { ...flush, deadLetters: [] })
      last = { flush: flush.checkpoint.flush, repair }
    }
    return last.repair
  }

  return ResultStore.of({
    tasks: Effect.succeed([start.sourcePartition]),
    load: () => Effect.succeed(start),
    create: () => Effect.void,
    takeOver: () => Effect.succeed(start),
    history: store.history,
    recover: (checkpoint, bounds) =>
      Effect.map(store.recover(checkpoint, bounds), (recovered) => ({
        ...recovered,
        moments: openAt(recovered.moments, bounds.openSinceMs, start.window.slideMs)
      })),
    commit: Effect.fnUntraced(function* (flush) {
      const repair = repairOf(flush)
      const outcome = yield* tables.repair(repair)
      yield* onRepair(repair, outcome)
      return { _tag: "Committed", refusedRows: outcome.refusedRows }
    })
  })
})
