/** The line that a worker logs every ten seconds. */
import { counted, number, plural } from "../domain/Wording.ts"

/** The state of a worker, over all its tasks. */
export interface Status {
  /** Since the previous status. */
  readonly eventsPerSecond: number
  /** Records in the log that are not yet in the tables; `undefined` while unknown. */
  readonly lagRecords: number | undefined
  /**
   * The watermark of the task that is furthest behind, in ms since the epoch. Tasks without a
   * watermark are left out. `undefined` before the first event.
   */
  readonly watermarkMs: number | undefined
  readonly tasks: number
  /** Tasks that have had no event yet. */
  readonly tasksWithoutWatermark: number
  /** The wall clock in ms since the epoch. */
  readonly nowMs: number
  /** Totals since the start. */
  readonly rows: number
  readonly moments: number
  readonly lateEvents: number
  readonly deadLetters: number
}

/** The period of the line in milliseconds. */
export const STATUS_INTERVAL_MS = 10_000

/**
 * The line, for example:
 *
 *     1,234 events/s, lag 0 records, watermark 2026-01-01T00:00:00.000Z (12 s behind the clock),
 *     120 rows, 1 moment, 0 late, 0 dead letters
 */
export const statusLine = (status: Status): string =>
  [
    `${rate(status.eventsPerSecond)} events/s`,
    status.lagRecords === undefined ? "lag unknown" : `lag ${counted(status.lagRecords, "record")}`,
    watermark(status),
    counted(status.rows, "row"),
    counted(status.moments, "moment"),
    `${number(status.lateEvents)} late`,
    counted(status.deadLetters, "dead letter")
  ].join(", ")

/** One decimal below ten, so that a slow log differs from a silent one. */
const rate = (perSecond: number): string => number(perSecond, perSecond < 10 ? 1 : 0)

const watermark = ({ nowMs, tasks, tasksWithoutWatermark, watermarkMs }: Status): string => {
  if (watermarkMs === undefined || !Number.isFinite(watermarkMs)) return "no watermark yet"
  const behindMs = nowMs - watermarkMs
  const others =
    tasksWithoutWatermark === 0
      ? ""
      : `, ${tasksWithoutWatermark} of ${counted(tasks, "task")} ${plural(tasksWithoutWatermark, "has", "have")} none yet`
  return `watermark ${new Date(watermarkMs).toISOString()} (${span(Math.abs(behindMs))} ${behindMs < 0 ? "ahead of" : "behind"} the clock${others})`
}

/** A duration in its two largest units, truncated to seconds. */
const span = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const [days, hours, minutes, rest] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60
  ]
  if (days > 0) return `${number(days)} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`
}
