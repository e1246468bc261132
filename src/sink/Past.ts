/** The past of tasks, as the tables hold it. Read only: nothing is created, migrated or locked. */
import { Context, type Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { Moment } from "../domain/Moment.ts"
import type { SensitivityStep } from "../domain/Sensitivity.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import type { ResultStoreError } from "./ResultStore.ts"

export class Past extends Context.Service<
  Past,
  {
    /** Every task that has a checkpoint. */
    readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>, ResultStoreError>
    /** As {@link ResultStore}'s method of this name. */
    readonly slides: (
      checkpoint: Checkpoint,
      fromMs: EventTimeMs,
      take: (slides: ReadonlyArray<StreamSlide>) => void
    ) => Effect.Effect<void, ResultStoreError>
    /**
     * The versions of the sensitivity that a task applied, as far as slides that end at or after
     * `sinceMs` need them.
     */
    readonly steps: (
      checkpoint: Checkpoint,
      sinceMs: EventTimeMs
    ) => Effect.Effect<ReadonlyArray<SensitivityStep>, ResultStoreError>
    /** Moments of a task that ended at or after `sinceMs` (closed bound). */
    readonly moments: (
      checkpoint: Checkpoint,
      sinceMs: EventTimeMs
    ) => Effect.Effect<ReadonlyArray<Moment>, ResultStoreError>
  }
>()("telemetra/sink/Past") {}
