/**
 * All metrics of the worker, under their Prometheus names: base units, counters end in _total. They
 * are updated per batch, per flush or per request, never per event. No label grows with streams or
 * people. Series of tasks and partitions are collected for each scrape; see Scrape.ts.
 */
import { Effect, Metric } from "effect"
import { DeadLetterReason } from "../domain/DeadLetter.ts"
import { CUTS } from "../domain/Flush.ts"
import { MomentType } from "../domain/Moment.ts"
import { type Service, SERVICES } from "./Report.ts"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/**
 * Records read from the log, without re-reads:
 * events + late + cut events + dead letters + tombstones.
 */
export const records = counter("telemetra_records_total", "Records read, each counted once")
export const events = counter("telemetra_events_total", "Events counted in at least one window")
export const lateEvents = counter("telemetra_late_events_total", "Events that were too late for every window")
export const lateChatPairs = counter(
  "telemetra_late_chat_pairs_total",
  "Pairs of a chat message and a window that the message was too late for"
)
const allCuts = counter(
  "telemetra_cut_total",
  "Events, emotes and chatters not counted because they exceed a limit, by kind"
)
const CUT_KINDS = { cutEvents: "events", cutEmotes: "emotes", cutChatters: "chatters" } as const
export const cut = (count: (typeof CUTS)[number]) => Metric.withAttributes(allCuts, { kind: CUT_KINDS[count] })
export const tombstones = counter("telemetra_tombstones_total", "Records without a value")

const allDeadLetters = counter("telemetra_dead_letters_total", "Records that are not valid events, by reason")
export const deadLetters = (reason: DeadLetterReason) => Metric.withAttributes(allDeadLetters, { reason })
export const droppedDeadLetters = counter(
  "telemetra_dead_letters_dropped_total",
  "Dead letters not stored because DEAD_LETTER_BYTES_PER_DAY was reached"
)

export const rows = counter("telemetra_rows_total", "Rows committed to chat_summary_minute")
const allMoments = counter("telemetra_moments_total", "Moments opened, by the type that they opened with")
export const moments = (type: MomentType) => Metric.withAttributes(allMoments, { type })
export const flushes = counter(
  "telemetra_flushes_total",
  "Flushes committed: one transaction each, with rows and checkpoint"
)
export const refusedRows = counter("telemetra_refused_rows_total", "Rows left out because PostgreSQL cannot store them")
export const fencedFlushes = counter(
  "telemetra_fenced_flushes_total",
  "Flushes abandoned because another worker owns the task"
)
export const stalls = counter(
  "telemetra_stalls_total",
  "Restarts of reading because nothing was committed although records were available"
)
export const gaps = counter("telemetra_gaps_total", "Ranges of records that the log lost before they were read")

export const splitStreams = counter(
  "telemetra_split_streams_total",
  "Streams with rows from several tasks in one window; one window a minute is checked"
)

export const rebalances = counter(
  "telemetra_rebalances_total",
  "Assignments of tasks to members of this worker, the first one included"
)

const allRetries = counter("telemetra_retries_total", "Retries after a service did not respond")
export const retries = (service: Service) => Metric.withAttributes(allRetries, { service })

export const flushSeconds = Metric.histogram("telemetra_flush_seconds", {
  description: "Duration of a flush's commit; small flushes of several tasks wait up to 0.1 s to share a transaction",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
})
export const flushRows = Metric.histogram("telemetra_flush_rows", {
  description: "Rows that a flush wrote to chat_summary_minute",
  boundaries: [0, 1, 10, 100, 250, 500, 1000, 2500, 5000, 10_000]
})

const allRequests = counter("telemetra_http_requests_total", "HTTP requests answered")
/** `route` is a pattern of the router, `status` a class such as `2xx`. */
export const requests = (labels: { readonly route: string; readonly method: string; readonly status: string }) =>
  Metric.withAttributes(allRequests, labels)

const allRequestSeconds = Metric.histogram("telemetra_http_request_seconds", {
  description: "Time from a request to its response, without the transfer of the response",
  boundaries: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})
export const requestSeconds = (labels: { readonly route: string; readonly method: string }) =>
  Metric.withAttributes(allRequestSeconds, labels)

/** The limits at which connections to the HTTP port are closed. */
export const CLOSE_REASONS = ["address", "total", "pipelined"] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]
const allClosedConnections = counter(
  "telemetra_http_connections_closed_total",
  "Connections to the HTTP port closed at a limit: per network (address), in total (total), or requests in flight on one connection (pipelined)"
)
export const closedConnections = (reason: CloseReason) => Metric.withAttributes(allClosedConnections, { reason })

export const wrongTokens = counter("telemetra_http_wrong_tokens_total", "Requests with a token other than API_TOKEN")

export const liveConnections = Metric.gauge("telemetra_http_live_connections", {
  description: "Clients connected to the live updates"
})

export const queries = Metric.gauge("telemetra_http_questions", {
  description: "Database queries of the API that run or wait (the LISTEN session included); the pool has 3 connections"
})

const allDelivered = counter("telemetra_notifications_delivered_total", "Notifications that the target accepted")
const allFailed = counter("telemetra_notification_failures_total", "Attempts to notify that failed; they are repeated")
const allDropped = counter(
  "telemetra_notifications_dropped_total",
  "Notifications that were never delivered, by reason"
)
const allWaiting = Metric.gauge("telemetra_notifications_waiting", {
  description: "Notifications that wait for the target, of all processes together"
})
const allOldest = Metric.gauge("telemetra_notifications_oldest_seconds", {
  description: "How long the oldest waiting notification has waited; 0 if none waits"
})
/**
 * Reasons of drops: NOTIFY_BACKLOG was exceeded; the moment was old when it was found. Or it waited
 * for 3 days; the target rejected its content.
 */
export const NOTIFICATION_DROPS = ["backlog", "old", "expired", "rejected"] as const
/** `target` is the name in the configuration, without secrets; there are at most 20. */
export const deliveredNotifications = (target: string) => Metric.withAttributes(allDelivered, { target })
export const failedNotifications = (target: string) => Metric.withAttributes(allFailed, { target })
export const droppedNotifications = (target: string, reason: (typeof NOTIFICATION_DROPS)[number]) =>
  Metric.withAttributes(allDropped, { target, reason })
export const waitingNotifications = (target: string) => Metric.withAttributes(allWaiting, { target })
export const oldestNotification = (target: string) => Metric.withAttributes(allOldest, { target })

export const collectMessages = counter("telemetra_collect_messages_total", "Chat messages that the collector appended")
export const collectViewerSamples = counter(
  "telemetra_collect_viewer_samples_total",
  "Viewer samples that the collector appended"
)
const allCollectDrops = counter(
  "telemetra_collect_dropped_total",
  "Events that the collector left out: mirrored from another channel, unreadable, or beyond its buffer (backlog)"
)
/** Reasons for which the collector leaves events out. */
export const COLLECT_DROPS = ["mirrored", "unreadable", "backlog"] as const
export const collectDropped = (why: (typeof COLLECT_DROPS)[number]) => Metric.withAttributes(allCollectDrops, { why })
export const collectGaps = counter("telemetra_collect_gaps_total", "Lost connections to a chat platform")
export const collectGapSeconds = counter(
  "telemetra_collect_gap_seconds_total",
  "Seconds in which messages of a channel may be missing, summed over channels"
)
export const collectJoined = Metric.gauge("telemetra_collect_joined", {
  description: "Channels whose chat the collector reads now"
})
export const collectBacklog = Metric.gauge("telemetra_collect_backlog", {
  description: "Events that the collector has read and not yet appended"
})
export const failedViewerRequests = counter(
  "telemetra_collect_viewer_failures_total",
  "Requests for viewer counts that failed; they are repeated"
)
const allFailedLists = counter(
  "telemetra_collect_emote_list_failures_total",
  "Requests for lists of emotes that failed; they are repeated"
)
/** `list` is a name in EMOTE_LISTS. */
export const failedEmoteLists = (list: "7tv" | "bttv" | "ffz") => Metric.withAttributes(allFailedLists, { list })

export const eventLoopLagSeconds = Metric.histogram("nodejs_eventloop_lag_seconds", {
  description: "Delay of a timer on the main thread, sampled ten times a second",
  boundaries: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
})

/** Exports counters as 0 from the start, so that their first increment shows as an increase. */
export const startAtZero = Effect.forEach(
  [
    records,
    events,
    lateEvents,
    lateChatPairs,
    tombstones,
    rows,
    flushes,
    refusedRows,
    droppedDeadLetters,
    fencedFlushes,
    stalls,
    gaps,
    splitStreams,
    rebalances,
    ...CUTS.map(cut),
    ...DeadLetterReason.literals.map(deadLetters),
    ...MomentType.literals.map(moments),
    ...SERVICES.map(retries),
    wrongTokens,
    collectMessages,
    collectViewerSamples,
    collectGaps,
    collectGapSeconds,
    ...COLLECT_DROPS.map(collectDropped),
    failedViewerRequests,
    ...CLOSE_REASONS.map(closedConnections)
  ],
  (metric) => Metric.update(metric, 0),
  { discard: true }
)

// Gauges of the current state, updated for each scrape.

export const tasks = Metric.gauge("telemetra_tasks", { description: "Tasks that this worker runs" })
export const ready = Metric.gauge("telemetra_ready", { description: "1 while the worker is ready, otherwise 0" })
export const live = Metric.gauge("telemetra_live", {
  description: "1 while the worker makes progress or waits for input, otherwise 0"
})

const watermarks = Metric.gauge("telemetra_watermark_seconds", {
  description: "The task's watermark in seconds since 1970: windows that end at or before it are in the tables"
})
/** The gauge of one task. A task has none before its first event. */
export const watermarkSeconds = (sourcePartition: number) =>
  Metric.withAttributes(watermarks, { task: String(sourcePartition) })

const watermarkLags = Metric.gauge("telemetra_watermark_lag_seconds", {
  description: "How far the task's watermark is behind the clock; it also grows while nothing is sent"
})
export const watermarkLagSeconds = (sourcePartition: number) =>
  Metric.withAttributes(watermarkLags, { task: String(sourcePartition) })

export const eventTimeLagSeconds = Metric.gauge("telemetra_event_time_lag_seconds", {
  description: "How far the tables are behind the clock: the greatest watermark lag of this worker's tasks"
})

const acceptedRatios = Metric.gauge("telemetra_accepted_ratio", {
  description: "Share of the topic's last 100 records that count in a window, 0 to 1; absent before 10 records"
})
export const acceptedRatio = (topic: string) => Metric.withAttributes(acceptedRatios, { topic })

/** Named as in tools that monitor consumer groups, so that their dashboards and alerts apply. */
const groupLags = Metric.gauge("kafka_consumergroup_group_lag", {
  description: "Records in the partition that are not yet in the tables"
})
export const groupLag = (group: string, { partition, topic }: { readonly topic: string; readonly partition: number }) =>
  Metric.withAttributes(groupLags, { group, topic, partition: String(partition) })

const builds = Metric.gauge("telemetra_build_info", {
  description: "Always 1; the labels hold the versions of the worker and of Node"
})
export const build = (labels: { readonly version: string; readonly node: string }) =>
  Metric.withAttributes(builds, labels)

export const cpuSeconds = counter("process_cpu_seconds_total", "CPU time of the process, all threads included")
export const residentBytes = Metric.gauge("process_resident_memory_bytes", {
  description: "Resident memory of the process, all threads included"
})
export const startTimeSeconds = Metric.gauge("process_start_time_seconds", {
  description: "When the process started, in seconds since 1970"
})
export const heapSizeBytes = Metric.gauge("nodejs_heap_size_total_bytes", {
  description: "Memory allocated for the main thread's heap"
})
export const heapUsedBytes = Metric.gauge("nodejs_heap_size_used_bytes", {
  description: "Memory in use by objects on the main thread's heap"
})
export const externalBytes = Metric.gauge("nodejs_external_memory_bytes", {
  description: "Memory outside the heap that the main thread's objects hold, buffers included"
})
