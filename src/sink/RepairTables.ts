/** Repairs of the tables by a replay. PostgreSQL and memory implement the service. */
import { Context, type Effect } from "effect"
import type { Broadcast } from "../domain/Broadcast.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Repair } from "./Repair.ts"
import type { ResultStoreError } from "./ResultStore.ts"
import type { Sweep, Swept } from "./Sweep.ts"

/** The counts of a repair. */
export interface RepairOutcome {
  /** Rows that are new or that differ from the row in the table. */
  readonly rowsWritten: number
  readonly momentsWritten: number
  /** Moments deleted. */
  readonly momentsRemoved: number
  readonly broadcastsWritten: number
  /** Broadcasts deleted. */
  readonly broadcastsRemoved: number
  /** Rows, moments and broadcasts that PostgreSQL cannot store. */
  readonly refusedRows: number
}

/** The time of a broadcast. */
export type BroadcastSpan = Pick<Broadcast, "stream" | "startedAtMs" | "endedAtMs">

/** Selects broadcasts of a task. */
export interface BroadcastsQuery {
  readonly sourcePartition: number
  /** They began before it (open bound) ... */
  readonly beforeMs: EventTimeMs
  /** ... and ended at or after it (closed bound). */
  readonly sinceMs: EventTimeMs
}

export class RepairTables extends Context.Service<
  RepairTables,
  {
    /** Broadcasts that a replay may continue, in order of their starts. Read only. */
    readonly broadcasts: (query: BroadcastsQuery) => Effect.Effect<ReadonlyArray<BroadcastSpan>, ResultStoreError>
    /**
     * One transaction, under a lock on the task's checkpoint, which stays unchanged. Files have no
     * checkpoint, so their repairs share a lock. Rows, moments and broadcasts that are equal to
     * those in the tables are not touched. Fails with `Checkpoint` if the task's checkpoint is
     * missing, or was rewound below the range.
     */
    readonly repair: (repair: Repair) => Effect.Effect<RepairOutcome, ResultStoreError>
    /** One transaction under the same lock, which fails in the same way. */
    readonly sweep: (sweep: Sweep) => Effect.Effect<Swept, ResultStoreError>
  }
>()("telemetra/sink/RepairTables") {}
