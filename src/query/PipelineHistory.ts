/**
 * The last hour of this worker, for the Pipeline page: lag, late events and problems. It is held in
 * memory: the tables hold only the current state.
 */
import { Clock, Context, Duration, Effect, Layer, Metric } from "effect"
import type { HistorySample, PastProblem, PipelineHistory as History } from "../api/Pipeline.ts"
import * as Metrics from "../observability/Metrics.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { readTasks, totalsOf } from "./PipelineStatus.ts"
import { Tables } from "./Tables.ts"

const PAUSE = Duration.seconds(15)

/** An hour of samples. */
export const MOST_SAMPLES = 240

/** Problems that come and go are kept, the latest first. */
export const MOST_PROBLEMS = 50

const isSame = (a: string, b: string): boolean => a === b

/** `nothing has been committed for 45 s` -> `nothing has been committed for # s` */
const withoutNumbers = (text: string): string => text.replaceAll(/\d[\d.,]*/g, "#")

const hasSameWords = (a: string, b: string): boolean => withoutNumbers(a) === withoutNumbers(b)

/**
 * Finds the present text of each problem that lasts. A text may count seconds or records, so it can
 * differ in its numbers from sample to sample. Other texts are new problems.
 */
const continuedBy = (known: ReadonlyArray<PastProblem>, problems: ReadonlyArray<string>) => {
  const continued = new Map<PastProblem, string>()
  const fresh = new Set(problems)
  for (const matches of [isSame, hasSameWords]) {
    for (const problem of known) {
      if (problem.until !== null || continued.has(problem)) continue
      const text = [...fresh].find((other) => matches(problem.text, other))
      if (text === undefined) continue
      fresh.delete(text)
      continued.set(problem, text)
    }
  }
  return { continued, fresh: [...fresh] }
}

/** The samples and problems so far. It mutates only itself. */
export class HistoryBuffer {
  readonly #samples: Array<HistorySample> = []
  #problems: ReadonlyArray<PastProblem> = []

  add(sample: HistorySample, problems: ReadonlyArray<string>): void {
    this.#samples.push(sample)
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift()
    const texts = continuedBy(this.#problems, problems)
    const known = this.#problems.map((problem) => {
      const text = texts.continued.get(problem)
      if (text !== undefined) return { ...problem, text }
      return problem.until === null ? { ...problem, until: sample.at } : problem
    })
    const fresh = texts.fresh.map((text) => ({ text, since: sample.at, until: null }))
    this.#problems = [...fresh, ...known].slice(0, MOST_PROBLEMS)
  }

  get content(): Pick<History, "samples" | "problems"> {
    return { samples: [...this.#samples], problems: this.#problems }
  }
}

const countOf = (counter: typeof Metrics.lateEvents): Effect.Effect<number> =>
  Effect.map(Metric.value(counter), ({ count }) => Number(count))

export class PipelineHistory extends Context.Service<
  PipelineHistory,
  {
    readonly read: Effect.Effect<History>
  }
>()("telemetra/query/PipelineHistory") {
  /** Samples during the layer's life. */
  static readonly layer = Layer.effect(
    PipelineHistory,
    Effect.gen(function* () {
      const tables = yield* Tables
      const { problems } = yield* WorkerStatus
      const buffer = new HistoryBuffer()
      let lateBefore = 0
      const sample = Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        // Without the tables the lag is unknown; the problems contain the reason.
        const totals = yield* tables.query(readTasks).pipe(
          Effect.map((tasks) => totalsOf(tasks.map(({ task }) => task))),
          Effect.orElseSucceed(() => undefined)
        )
        const late = yield* countOf(Metrics.lateEvents)
        const watermark = totals?.watermark ?? null
        buffer.add(
          {
            at,
            lag_records: totals?.lag_records ?? null,
            records_per_second: totals?.records_per_second ?? null,
            watermark_age_ms: watermark === null ? null : Math.max(0, Math.round(at - watermark)),
            late_events: late - lateBefore
          },
          yield* problems
        )
        lateBefore = late
      })
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(sample, Effect.sleep(PAUSE))))
      return {
        read: Effect.gen(function* () {
          return {
            ...buffer.content,
            late_events: yield* countOf(Metrics.lateEvents),
            late_chat_pairs: yield* countOf(Metrics.lateChatPairs)
          }
        })
      }
    })
  )
}
