/** Runs planned replays, each as a task over a bounded log with a store that repairs. */
import { Deferred, Effect } from "effect"
import type { PipelineSettings } from "../domain/Settings.ts"
import { FROM_FILES } from "../domain/Task.ts"
import { runTask } from "../pipeline/Task.ts"
import { TaskMemory } from "../pipeline/TaskActivity.ts"
import { TaskObserver } from "../pipeline/TaskObserver.ts"
import * as ReplayStore from "./ReplayStore.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import * as BoundedLog from "./BoundedLog.ts"
import { DeadLetterTopic } from "../source/DeadLetterTopic.ts"
import { EventLog } from "../source/EventLog.ts"
import { lookBackMs } from "./LookBack.ts"
import type { Plan } from "./Plan.ts"
import type { Totals } from "./Totals.ts"

export interface ReplayOptions {
  readonly settings: PipelineSettings
  /** Receives durable flushes and repairs. */
  readonly totals: Totals
}

/** The tasks that run at once: one computes while the other one writes. */
const CONCURRENCY = 2

/**
 * The settings of a bounded log. An input at its end is idle at once, because no record follows; no
 * other input becomes idle. So the wall clock has no influence.
 */
const bounded = (settings: PipelineSettings): PipelineSettings => ({
  ...settings,
  idleTimeoutMs: 0,
  maxRecordsPerFlush: undefined
})

const replayTask = Effect.fn("replay.task")(function* (plan: Plan, { settings, totals }: ReplayOptions) {
  const { range, start, stretch } = plan
  const log = BoundedLog.make(yield* EventLog, stretch)
  const store = yield* ReplayStore.make({
    start,
    range,
    lookBackMs: lookBackMs(settings.window),
    sessionGapMs: settings.sessionGapMs,
    keepDeadLetters: start.sourcePartition === FROM_FILES,
    onRepair: (repair, outcome, swept) => Effect.sync(() => totals.repaired(repair, outcome, swept))
  })
  const stop = yield* Deferred.make<void>()
  yield* runTask(stretch.task, {
    settings: bounded(settings),
    owner: "replay",
    stop,
    memory: new TaskMemory(),
    knownLag: () => null
  }).pipe(
    Effect.provide(
      TaskObserver.layer({
        onCommit: (flush) =>
          Effect.suspend(() => {
            totals.committed(plan, flush)
            // Later events belong to no window of the range.
            return flush.checkpoint.watermarkMs >= range.toMs ? Deferred.succeed(stop, undefined) : Effect.void
          })
      })
    ),
    Effect.provideService(EventLog, log),
    Effect.provideService(ResultStore, store)
  )
})

/**
 * Runs the plans to their ends. An interruption keeps the written rows; a second run gives the same
 * result.
 */
export const replayAll = (plans: ReadonlyArray<Plan>, options: ReplayOptions) =>
  Effect.forEach(plans, (plan) => replayTask(plan, options), { concurrency: CONCURRENCY, discard: true }).pipe(
    Effect.provide(DeadLetterTopic.layerNone)
  )
