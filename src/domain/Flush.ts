/** One transaction's worth of results with the checkpoint that goes with them. */
import type { BaselineRow } from "./Baseline.ts"
import type { Broadcast } from "./Broadcast.ts"
import type { Checkpoint } from "./Checkpoint.ts"
import type { DeadLetter } from "./DeadLetter.ts"
import type { EventTimeMs } from "./EventTime.ts"
import type { Gap } from "./Gap.ts"
import type { Moment } from "./Moment.ts"
import type { SensitivityApplied } from "./Sensitivity.ts"
import type { SummaryRow } from "./SummaryRow.ts"

export interface Flush {
  /** As it is once this flush is committed: `checkpoint.flushNumber` is this flush's number. */
  readonly checkpoint: Checkpoint
  /**
   * The task's watermark at the flush before: windows that end after it (open bound) are in this
   * one.
   */
  readonly watermarkBeforeMs: EventTimeMs
  /** Each window once, in order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<SummaryRow>
  /** Each moment once, as it is now; replaces the row of the same key. */
  readonly moments: ReadonlyArray<Moment>
  /** Baselines that are due to be stored, each stream once. */
  readonly baselines: ReadonlyArray<BaselineRow>
  /** Each broadcast once, as it is now; replaces the row of the same key. */
  readonly broadcasts: ReadonlyArray<Broadcast>
  /** Versions of the sensitivity that the task applied, ascending; absent = none. */
  readonly sensitivity?: ReadonlyArray<SensitivityApplied>
  /** In the order of each input's offsets. */
  readonly deadLetters: ReadonlyArray<DeadLetter>
  /** New gaps, and those of which more is known. */
  readonly gaps: ReadonlyArray<Gap>
  /** For people who read the table `checkpoints`. Has no effect on results. */
  readonly status: FlushStatus
  /**
   * The fate of each input's new records, in the order of `checkpoint.inputs`. Has no effect on
   * results.
   */
  readonly inputCounts: ReadonlyArray<InputCounts>
}

/** Sums over the task's work since the previous flush. They account for every record read. */
export interface Counts {
  /** Records read, without re-read ones: `events + late + cutEvents + deadLetters + tombstones`. */
  readonly records: number
  /** Accepted and counted in at least one window. */
  readonly events: number
  /** Accepted, late for all its windows. */
  readonly late: number
  readonly deadLetters: number
  readonly tombstones: number
  /**
   * (event, window) pairs of accepted chat events that were late for that window, those of late
   * events included.
   */
  readonly droppedChatPairs: number
  /**
   * Accepted and not late, but beyond what a pane may hold of streams, messages or samples: counted
   * in no window.
   */
  readonly cutEvents: number
  /** Emotes of counted events that are beyond what an event or a pane may hold. */
  readonly cutEmotes: number
  /**
   * Counted events whose user is beyond what a pane may hold: `unique_chatters` lacks that user.
   */
  readonly cutChatters: number
}

/** The counts of one input. */
export interface InputCounts extends Counts {
  /** An event that was late for all its windows: the last one, if there is any. */
  readonly lateExample?: { readonly offset: bigint; readonly timeMs: EventTimeMs }
}

/** Counts of everything that the limits of events and panes cut. */
export const CUTS = ["cutEvents", "cutEmotes", "cutChatters"] as const

export const NO_COUNTS: Counts = {
  records: 0,
  events: 0,
  late: 0,
  deadLetters: 0,
  tombstones: 0,
  droppedChatPairs: 0,
  cutEvents: 0,
  cutEmotes: 0,
  cutChatters: 0
}

export const addCounts = (a: Counts, b: Counts): Counts => ({
  records: a.records + b.records,
  events: a.events + b.events,
  late: a.late + b.late,
  deadLetters: a.deadLetters + b.deadLetters,
  tombstones: a.tombstones + b.tombstones,
  droppedChatPairs: a.droppedChatPairs + b.droppedChatPairs,
  cutEvents: a.cutEvents + b.cutEvents,
  cutEmotes: a.cutEmotes + b.cutEmotes,
  cutChatters: a.cutChatters + b.cutChatters
})

export interface FlushStatus extends Counts {
  readonly owner: string
  /**
   * The task's last flush that holds rows; `null` if none does since the task was taken over. Live
   * updates skip the others.
   */
  readonly lastFlushWithRows: number | null
  /**
   * Records that the log held beyond this flush, as far as the worker knew; `null` where it did not
   * know.
   */
  readonly lagRecords: number | null
  /**
   * `records` over the time since the task's flush before, or since it was taken over; `null` where
   * no time has passed.
   */
  readonly recordsPerSecond: number | null
}
