/**
 * One member of the consumer group: its assigned tasks, its source and its store. A process has
 * WORKERS members.
 */
import { hostname } from "node:os"
import { threadId } from "node:worker_threads"
import { Deferred, Duration, Effect, Layer, Schedule } from "effect"
import { Config, type PostgresConfig } from "../config/AppConfig.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { committed, type Report } from "../observability/Report.ts"
import { STATUS_INTERVAL_MS } from "../observability/StatusLine.ts"
import { acceptanceOf } from "./Acceptance.ts"
import { KnownEnds, lagsOf } from "./LagProbe.ts"
import { isMoving, type StalledError, storeProblem, untilStalled } from "./Liveness.ts"
import { TaskMemory } from "../pipeline/TaskActivity.ts"
import { TaskObserver } from "../pipeline/TaskObserver.ts"
import { runWorker } from "./TaskPool.ts"
import { EventLog } from "../source/EventLog.ts"
import { Sentiment } from "../sentiment/Sentiment.ts"
import * as SensitivityFeed from "../pipeline/SensitivityFeed.ts"
import { OnRetry } from "../retry/Retry.ts"
import * as Layers from "./Layers.ts"

/**
 * Rebuilds of the reading for a task without a commit in between. After that the process ends, for
 * its supervisor to restart it.
 */
const REBUILDS = 3

/** Interval of the reports of a member's condition. */
const CONDITION_INTERVAL_MS = STATUS_INTERVAL_MS / 4

export interface MemberOptions {
  readonly postgres: PostgresConfig
  /** Once done, the member flushes what is finished and ends. */
  readonly stop: Deferred.Deferred<void>
  readonly report: (report: Report) => Effect.Effect<void>
}

/** Reports what a member retries. */
const reportRetries = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  { report }: MemberOptions
): Effect.Effect<A, E, R | Config> =>
  Effect.flatMap(Config, ({ source }) => {
    const logService = source._tag === "local" ? "postgres" : "kafka"
    return Effect.provideService(self, OnRetry, ({ _tag, message }) =>
      report({ _tag: "Retrying", service: _tag === "ResultStoreError" ? "postgres" : logService, detail: message })
    )
  })

/** State of a member's tasks that outlives each reading of the log. */
class MemberTasks {
  /** Latest checkpoint of each assigned task, including fenced ones until the next assignment. */
  readonly checkpoints = new Map<number, Checkpoint>()
  readonly ends = new KnownEnds()
  readonly memory = new TaskMemory()
  /** Stalls of each task since its last commit. */
  readonly #stalls = new Map<number | undefined, number>()

  /** Follows the tasks, and reports their events. */
  observer({ report }: MemberOptions) {
    return TaskObserver.layer({
      onAssign: ({ allTasks, tasks }) =>
        report({ _tag: "Assigned", tasks: tasks.map(({ sourcePartition }) => sourcePartition), allTasks }),
      onStart: (checkpoint, logEnds) =>
        Effect.suspend(() => {
          this.ends.start(checkpoint, logEnds)
          this.checkpoints.set(checkpoint.sourcePartition, checkpoint)
          return report({ _tag: "Started", checkpoint })
        }),
      onEnd: ({ sourcePartition }, fenced) =>
        Effect.suspend(() => {
          if (!fenced) this.checkpoints.delete(sourcePartition)
          return report({ _tag: "Ended", sourcePartition, fenced })
        }),
      onCommit: (flush, refused, tookMs) =>
        Effect.suspend(() => {
          this.#stalls.delete(flush.checkpoint.sourcePartition)
          this.checkpoints.set(flush.checkpoint.sourcePartition, flush.checkpoint)
          return report(committed(flush, acceptanceOf(flush), refused, tookMs))
        })
    })
  }

  /** Whether to rebuild the reading for a task that has stalled. */
  isWorthAnother({ sourcePartition }: StalledError): boolean {
    const times = (this.#stalls.get(sourcePartition) ?? 0) + 1
    this.#stalls.set(sourcePartition, times)
    return times <= REBUILDS
  }
}

/** Reports the member's condition at intervals, and learns the ends of the log from it. */
const reportCondition = ({ checkpoints, ends, memory }: MemberTasks, { report }: MemberOptions) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const lags = yield* lagsOf([...checkpoints.values()])
    ends.learn(lags)
    const moving = yield* isMoving(memory, CONDITION_INTERVAL_MS)
    yield* report({ _tag: "Condition", log: yield* log.problem, store: yield* storeProblem, lags, moving })
  }).pipe(Effect.repeat(Schedule.spaced(Duration.millis(CONDITION_INTERVAL_MS))))

/** Reads the assigned tasks until the stop, a stall or a failure. */
const read = Effect.fnUntraced(function* (tasks: MemberTasks, options: MemberOptions) {
  const config = yield* Config
  const work = runWorker({
    settings: config.pipeline,
    owner: `${hostname()}:${process.pid}${threadId === 0 ? "" : `:${threadId}`}`,
    stop: options.stop,
    memory: tasks.memory,
    knownLag: (checkpoint) => tasks.ends.lagOf(checkpoint)
  }).pipe(Effect.provide([tasks.observer(options), Sentiment.layer(config.sentimentModel)]))
  const stalled = untilStalled(tasks.memory.activities, Duration.toMillis(config.livenessTimeout))
  yield* Effect.raceFirst(work, Effect.raceFirst(stalled, reportCondition(tasks, options)))
})

export const member = Effect.fn("cli.member")(
  function* (options: MemberOptions) {
    const { postgres, report, stop } = options
    const tasks = new MemberTasks()

    /** `undefined` if the stop comes first: a worker without its services has nothing to flush. */
    const orStop = <A, E, R>(building: Effect.Effect<A, E, R>) =>
      Effect.raceFirst(building, Effect.as(Deferred.await(stop), undefined))

    /** Each attempt has a new source: a stalled one is discarded. */
    const attempt = Effect.gen(function* () {
      tasks.checkpoints.clear()
      const source = yield* orStop(
        Layer.build(Layer.fresh(Layer.mergeAll(Layers.source(postgres), Layers.deadLetterTopic, Layers.resultTopics)))
      )
      if (source === undefined) return
      yield* read(tasks, options).pipe(Effect.provideContext(source))
    }).pipe(Effect.scoped)

    const store = yield* orStop(Layer.build(Layer.provideMerge(SensitivityFeed.layer, Layers.store(postgres))))
    if (store === undefined) return
    yield* attempt.pipe(
      Effect.tapErrorTag("StalledError", (error) =>
        Effect.andThen(Effect.logError(`${error.message}: the reading restarts`), report({ _tag: "Stalled" }))
      ),
      Effect.retry({ while: (error) => error._tag === "StalledError" && tasks.isWorthAnother(error) }),
      Effect.provideContext(store)
    )
  },
  Effect.scoped,
  reportRetries
)
