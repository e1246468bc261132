/** One member of the consumer group: the tasks that it is assigned, with a source and a store of its own. WORKERS says how many a process has. */
import { hostname } from "node:os"
import { threadId } from "node:worker_threads"
import { Deferred, Duration, Effect, Layer, Schedule } from "effect"
import type { AppConfig, PostgresConfig } from "../config/AppConfig.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { committed, type Report } from "../observability/Report.ts"
import { STATUS_INTERVAL_MS } from "../observability/StatusLine.ts"
import { KnownEnds, lagsOf } from "../pipeline/Lag.ts"
import { storeProblem, untilStalled } from "../pipeline/Liveness.ts"
import { runWorker } from "../pipeline/Worker.ts"
import { EventLog } from "../source/EventLog.ts"
import { BaselineModel } from "../sentiment/BaselineModel.ts"
import { OnRetry } from "../source/Attempts.ts"
import * as Services from "./Services.ts"

/** How often the reading begins anew without having got anywhere in between, before the process gives up for its supervisor to start it again. */
const REBUILDS = 3

/** SENTIMENT_MODEL. */
export const MODELS = { baseline: BaselineModel }

export interface MemberOptions {
  readonly config: AppConfig
  readonly postgres: PostgresConfig
  /** Once done, the member flushes what is finished and ends. */
  readonly stop: Deferred.Deferred<void>
  readonly report: (report: Report) => Effect.Effect<void>
}

/** Lets a member tell what it tries again. */
const tellRetries = <A, E, R>(self: Effect.Effect<A, E, R>, { report }: MemberOptions): Effect.Effect<A, E, R> =>
  Effect.provideService(self, OnRetry, ({ _tag }) =>
    report({ _tag: "Retrying", service: _tag === "ResultStoreError" ? "postgres" : "kafka" })
  )

export const member = Effect.fn("cli.member")(
  function* ({ config, postgres, report, stop }: MemberOptions) {
    /** Of the tasks that are this member's to run, those that it was fenced out of included until another assignment says otherwise. */
    const checkpoints = new Map<number, Checkpoint>()
    const ends = new KnownEnds()
    let rebuilds = 0

    const reportCondition = Effect.gen(function* () {
      const log = yield* EventLog
      const lags = yield* lagsOf([...checkpoints.values()])
      ends.learn(lags)
      yield* report({ _tag: "Condition", log: yield* log.problem, store: yield* storeProblem, lags })
    }).pipe(Effect.repeat(Schedule.spaced(Duration.millis(STATUS_INTERVAL_MS / 4))))

    const work = runWorker({
      settings: config.pipeline,
      model: MODELS[config.sentimentModel],
      owner: `${hostname()}:${process.pid}${threadId === 0 ? "" : `:${threadId}`}`,
      stop,
      knownLag: (checkpoint) => ends.lagOf(checkpoint),
      onAssign: report({ _tag: "Assigned" }),
      onStart: (checkpoint) =>
        Effect.suspend(() => {
          checkpoints.set(checkpoint.sourcePartition, checkpoint)
          return report({ _tag: "Started", checkpoint })
        }),
      onEnd: ({ sourcePartition }, fenced) =>
        Effect.suspend(() => {
          if (!fenced) checkpoints.delete(sourcePartition)
          return report({ _tag: "Ended", sourcePartition, fenced })
        }),
      onCommit: (flush, refusedRows, tookMs) =>
        Effect.suspend(() => {
          rebuilds = 0
          checkpoints.set(flush.checkpoint.sourcePartition, flush.checkpoint)
          return report(committed(flush, refusedRows, tookMs))
        })
    })

    const stalled = untilStalled(() => [...checkpoints.values()], Duration.toMillis(config.livenessTimeout))

    /** A source of its own each time: what has stalled is thrown away whole. */
    const attempt = Effect.suspend(() => {
      checkpoints.clear()
      return Effect.raceFirst(work, Effect.raceFirst(stalled, reportCondition)).pipe(
        Effect.provide(Layer.fresh(Layer.merge(Services.source(config), Services.deadLetterTopic(config))))
      )
    })

    // a worker that is stopped before its store has answered has nothing to flush
    const store = yield* Layer.build(Services.store(config, postgres)).pipe(
      Effect.raceFirst(Effect.as(Deferred.await(stop), undefined))
    )
    if (store === undefined) return
    yield* attempt.pipe(
      Effect.tapErrorTag("StalledError", (error) =>
        Effect.andThen(Effect.logError(`${error.message}: the reading begins anew`), report({ _tag: "Stalled" }))
      ),
      Effect.retry({ while: (error) => error._tag === "StalledError" && ++rebuilds <= REBUILDS }),
      Effect.provideContext(store)
    )
  },
  Effect.scoped,
  tellRetries
)
