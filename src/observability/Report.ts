/** What a member of the worker tells of itself. Plain data, so that it can come from another thread. */
import type { InputAcceptance } from "../domain/Acceptance.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import { AFTER_ALL } from "../domain/EventTime.ts"
import type { Counts, Flush } from "../domain/Flush.ts"
import type { InputLag } from "../domain/Lag.ts"
import { FALLS, type Moment, type MomentType } from "../domain/Moment.ts"

export type Report =
  /** A task has been taken over and stands there. */
  | { readonly _tag: "Started"; readonly checkpoint: Checkpoint }
  /** A task is no longer run; `fenced` = because another worker had taken it over. */
  | { readonly _tag: "Ended"; readonly sourcePartition: number; readonly fenced: boolean }
  | Committed
  | Condition
  /** It is there, and does not work yet. */
  | { readonly _tag: "Starting" }
  /** The group has given it its tasks, again or for the first time; `allTasks` is how many there are for all members, if that is known. */
  | { readonly _tag: "Assigned"; readonly tasks: ReadonlyArray<number>; readonly allTasks: number | undefined }
  /** A service did not answer, and is tried again; `detail` is the reason in one line. */
  | { readonly _tag: "Retrying"; readonly service: Service; readonly detail: string }
  /** The reading has stalled and begins anew. */
  | { readonly _tag: "Stalled" }

/** What a member depends on. */
export const SERVICES = ["kafka", "postgres"] as const
export type Service = (typeof SERVICES)[number]

/** How a member is, every few seconds. */
export interface Condition {
  readonly _tag: "Condition"
  /** Why it does not read all that it should, in one line for people. */
  readonly log: string | undefined
  /** Why the store can't be used, likewise. */
  readonly store: string | undefined
  /** Of all inputs of its tasks; `undefined` while the log doesn't say. */
  readonly lags: ReadonlyArray<InputLag> | undefined
  /** Whether every task has read on since the last condition, or waits for something other than records that the log has for it. */
  readonly moving: boolean
}

/** A flush is durable. */
export interface Committed {
  readonly _tag: "Committed"
  readonly checkpoint: Checkpoint
  /** How long its transaction took, attempts before it left out. */
  readonly tookMs: number
  readonly counts: Counts
  readonly rows: number
  /** `openedAs` of the moments that are new in this flush. */
  readonly momentTypes: ReadonlyArray<MomentType>
  readonly deadLetterReasons: ReadonlyArray<DeadLetterReason>
  /** Gaps that were found in this flush. */
  readonly gaps: number
  readonly refusedRows: number
  /** The first refused row, with PostgreSQL's reason. */
  readonly refusal: string | undefined
  /** Of the inputs that were read. */
  readonly inputs: ReadonlyArray<InputAcceptance>
  /** Dead letters that are in no table because the day's limit is reached. */
  readonly droppedDeadLetters: number
}

/** Whether the flush holds the moment's first row. A fall has a single row, which comes when the fall is certain. A rise or a turn comes with every slide that it lasts. */
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
