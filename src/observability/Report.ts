/** The reports of a member of the worker. Plain data, so that they can come from another thread. */
import type { InputAcceptance } from "../domain/Acceptance.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import { AFTER_ALL } from "../domain/EventTime.ts"
import type { Counts, Flush } from "../domain/Flush.ts"
import type { InputLag } from "../domain/Lag.ts"
import { FALLS, type Moment, type MomentType } from "../domain/Moment.ts"

export type Report =
  /** A task was taken over at this checkpoint. */
  | { readonly _tag: "Started"; readonly checkpoint: Checkpoint }
  /** A task ended; `fenced` = because another worker had taken it over. */
  | { readonly _tag: "Ended"; readonly sourcePartition: number; readonly fenced: boolean }
  | Committed
  | Condition
  /** The member exists and does not read yet. */
  | { readonly _tag: "Starting" }
  /**
   * The group assigned tasks to the member, for the first time or again. `allTasks`: the number of
   * tasks of all members, if known.
   */
  | { readonly _tag: "Assigned"; readonly tasks: ReadonlyArray<number>; readonly allTasks: number | undefined }
  /** A service did not respond and the member retries; `detail` is the reason in one line. */
  | { readonly _tag: "Retrying"; readonly service: Service; readonly detail: string }
  /** Reading stalled and restarts. */
  | { readonly _tag: "Stalled" }

/** The services that a member depends on. */
export const SERVICES = ["kafka", "postgres"] as const
export type Service = (typeof SERVICES)[number]

/** The condition of a member, reported every few seconds. */
export interface Condition {
  readonly _tag: "Condition"
  /** The reason why it does not read all its inputs, in one line for operators. */
  readonly log: string | undefined
  /** The reason why the store is unavailable, in one line for operators. */
  readonly store: string | undefined
  /** The lags of all inputs of its tasks; `undefined` while the log does not report them. */
  readonly lags: ReadonlyArray<InputLag> | undefined
  /**
   * Whether every task has read records since the last condition, or waits for something other than
   * records that the log holds for it.
   */
  readonly moving: boolean
}

/** A flush is durable. */
export interface Committed {
  readonly _tag: "Committed"
  readonly checkpoint: Checkpoint
  /** Duration of its transaction, without failed attempts. */
  readonly tookMs: number
  readonly counts: Counts
  readonly rows: number
  /** The types with which the new moments of this flush opened. */
  readonly momentTypes: ReadonlyArray<MomentType>
  readonly deadLetterReasons: ReadonlyArray<DeadLetterReason>
  /** Gaps found in this flush. */
  readonly gaps: number
  readonly refusedRows: number
  /** The first refused row, with PostgreSQL's reason. */
  readonly refusal: string | undefined
  /** The acceptance of each input that was read. */
  readonly inputs: ReadonlyArray<InputAcceptance>
  /** Dead letters that were not stored because the day's limit was reached. */
  readonly droppedDeadLetters: number
}

/**
 * Whether the flush holds the moment's first row. A fall has a single row, written when the fall is
 * certain. A rise or a turn has a row in every slide that it lasts.
 */
const isNew = ({ openedAs, timestampMs }: Moment, { checkpoint, watermarkBeforeMs }: Flush): boolean =>
  FALLS.some((type) => type === openedAs) || timestampMs + checkpoint.window.slideMs > watermarkBeforeMs

export const committed = (
  flush: Flush,
  inputs: ReadonlyArray<InputAcceptance>,
  {
    droppedDeadLetters = 0,
    refusal,
    refusedRows
  }: { readonly refusedRows: number; readonly refusal?: string; readonly droppedDeadLetters?: number },
  tookMs: number
): Committed => ({
  _tag: "Committed",
  checkpoint: flush.checkpoint,
  tookMs,
  counts: flush.status,
  rows: flush.rows.length,
  momentTypes: flush.moments.filter((moment) => isNew(moment, flush)).map(({ openedAs }) => openedAs),
  deadLetterReasons: flush.deadLetters.map(({ reason }) => reason),
  gaps: flush.gaps.filter(({ eventsToMs }) => eventsToMs === AFTER_ALL).length,
  refusedRows,
  refusal,
  droppedDeadLetters,
  inputs
})
