/** Detects streams whose events reach several tasks. */
import { Duration, Effect, Metric, Schedule } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import * as Metrics from "../observability/Metrics.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { readSplitStreams, type SplitStreams } from "../query/SplitStreams.ts"
import { Tables } from "../query/Tables.ts"
import { counted } from "../domain/Wording.ts"

const EVERY = Duration.minutes(1)
/** Lag behind the watermark after which other tasks have usually written their rows too. */
const BEHIND_MS = 60_000

/**
 * The window to check: the last whole one, some time behind the lowest watermark. `undefined` while
 * there is none, and if a single task reads everything.
 */
const windowOf = (checkpoints: ReadonlyArray<Checkpoint>) => {
  const [first] = checkpoints
  if (first === undefined || first.sourcePartition < 0) return undefined
  const { sizeMs, slideMs } = first.window
  const watermarkMs = Math.min(...checkpoints.map((checkpoint) => checkpoint.watermarkMs))
  if (!Number.isFinite(watermarkMs)) return undefined
  const startMs = Math.floor((watermarkMs - BEHIND_MS - sizeMs) / slideMs) * slideMs
  return { startMs, endMs: startMs + sizeMs }
}

const warning = ({ examples, streams }: SplitStreams): string => {
  const named = examples.map(({ stream, tasks }) => `${escapeControls(stream)} (tasks ${tasks.join(", ")})`).join(", ")
  return (
    `${counted(streams, "stream comes", "streams come")} through several tasks, so that there are several rows for a window: ${named}. ` +
    "Their producers use different keys or partitioners: let all of them use the stream as the key, or read with TASK_SCOPE=all. View chat_summary adds the rows up"
  )
}

/** Checks the tables: updates the metric, and warns once until the problem ends. */
export const makeCheck = Effect.gen(function* () {
  const status = yield* WorkerStatus
  const tables = yield* Tables
  let seenEndMs = Number.NEGATIVE_INFINITY
  let isReported = false
  return Effect.gen(function* () {
    const { checkpoints } = yield* status.running
    const window = windowOf(checkpoints)
    if (window === undefined || window.endMs <= seenEndMs) return
    const tasks = checkpoints.map(({ sourcePartition }) => sourcePartition)
    const found = yield* tables.query(readSplitStreams(window, tasks))
    seenEndMs = window.endMs
    yield* Metric.update(Metrics.splitStreams, found.streams)
    if (found.streams > 0 && !isReported) yield* Effect.logWarning(warning(found))
    isReported = found.streams > 0
  })
})

/** Checks once a minute. A failed query is logged where it fails, and the next check follows. */
export const watchSplitStreams = Effect.flatMap(makeCheck, (check) =>
  check.pipe(Effect.ignore, Effect.schedule(Schedule.spaced(EVERY)))
)
