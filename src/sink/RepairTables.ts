/** The tables as a replay repairs them: a service that PostgreSQL and memory implement. */
import { Context, type Effect } from "effect"
import type { Repair } from "./Repair.ts"
import type { ResultStoreError } from "./ResultStore.ts"
import type { Sweep, Swept } from "./Sweep.ts"

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
    /** One transaction under the same lock, which fails in the same way. */
    readonly sweep: (sweep: Sweep) => Effect.Effect<Swept, ResultStoreError>
  }
>()("telemetra/sink/RepairTables") {}
