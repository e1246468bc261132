/** Repairs of the tables by a replay. PostgreSQL and memory implement the service. */
import { Context, type Effect } from "effect"
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
  /** Rows and moments that PostgreSQL cannot store. */
  readonly refusedRows: number
}

export class RepairTables extends Context.Service<
  RepairTables,
  {
    /**
     * One transaction, under a lock on the task's checkpoint, which stays unchanged. Files have no
     * checkpoint, so their repairs share a lock. Rows and moments that are equal to those in the
     * tables are not touched. Fails with `Checkpoint` if the task's checkpoint is missing, or was
     * rewound below the range.
     */
    readonly repair: (repair: Repair) => Effect.Effect<RepairOutcome, ResultStoreError>
    /** One transaction under the same lock, which fails in the same way. */
    readonly sweep: (sweep: Sweep) => Effect.Effect<Swept, ResultStoreError>
  }
>()("telemetra/sink/RepairTables") {}
