/**
 * Every metric of the worker, by the name under which Prometheus sees it: base units, counters end in _total. Updated per batch or per flush, never per event.
 */
import { Metric } from "effect"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import type { MomentType } from "../domain/Moment.ts"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/** Records read from the log, those of a replay left out: events + late + dead letters + tombstones. */
export const records = counter("telemetra_records_total", "Records read, each once")
export const events = counter("telemetra_events_total", "Events counted in at least one window")
export const lateEvents = counter("telemetra_late_events_total", "Events that were late for all their windows")
export const lateChatPairs = counter(
  "telemetra_late_chat_pairs_total",
  "Pairs of a chat message and a window of it for which the message was late"
)
export const tombstones = counter("telemetra_tombstones_total", "Records without a value")

const allDeadLetters = counter("telemetra_dead_letters_total", "Records that are no event, by reason")
export const deadLetters = (reason: DeadLetterReason) => Metric.withAttributes(allDeadLetters, { reason })

export const rows = counter("telemetra_rows_total", "Rows committed to chat_summary_minute")
const allMoments = counter("telemetra_moments_total", "Moments opened, by type")
export const moments = (type: MomentType) => Metric.withAttributes(allMoments, { type })
export const flushes = counter("telemetra_flushes_total", "Transactions committed, each with rows and checkpoint")
export const refusedRows = counter("telemetra_refused_rows_total", "Rows left out because PostgreSQL can't hold them")
export const fencedFlushes = counter(
  "telemetra_fenced_flushes_total",
  "Flushes given up because another worker owns the task"
)
export const stalls = counter(
  "telemetra_stalls_total",
  "Times that reading began anew because nothing was committed although there was something to read"
)
export const splitStreams = counter(
  "telemetra_split_streams_total",
  "Streams that turned up in more than one task: a producer keys differently"
)
export const gaps = counter("telemetra_gaps_total", "Runs of records that the log lost before they were read")

const allRetries = counter("telemetra_retries_total", "Attempts repeated because a service did not answer")
export const retries = (service: "kafka" | "postgres") => Metric.withAttributes(allRetries, { service })

/** Seconds that a flush's transaction took. */
export const flushSeconds = Metric.histogram("telemetra_flush_seconds", {
  description: "Time that a flush took, from its first statement to the commit",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
})

export const tasks = Metric.gauge("telemetra_tasks", { description: "Tasks that this worker runs" })
export const ready = Metric.gauge("telemetra_ready", { description: "1 while the worker is ready, otherwise 0" })

const watermarks = Metric.gauge("telemetra_watermark_seconds", {
  description: "The task's watermark in seconds since 1970: windows that end at or before it are in the tables"
})
/** Of the task with that `sourcePartition`. Not to be set before there is a watermark. */
export const watermarkSeconds = (sourcePartition: number) =>
  Metric.withAttributes(watermarks, { task: String(sourcePartition) })

const lags = Metric.gauge("telemetra_lag_records", { description: "Records in the log that are not yet in the tables" })
export const lagRecords = (topic: string, partition: number) =>
  Metric.withAttributes(lags, { topic, partition: String(partition) })
