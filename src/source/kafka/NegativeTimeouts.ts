/**
 * Suppresses Node 24's warning about timers with a negative delay, if kafkajs 2.2.4 set the timer.
 * Such a timer is harmless: it fires after 1 ms.
 */
let quiet = false

/** A kafkajs method in the warning's stack. The worker's bundle has no file name to match. */
const CAUSE = "RequestQueue.scheduleCheckPendingRequests"

/** Idempotent: replaces `process.emitWarning` once. */
export const quietNegativeTimeouts = (): void => {
  if (quiet) return
  quiet = true
  const emitWarning = process.emitWarning
  process.emitWarning = function (...args: [unknown, ...Array<unknown>]): void {
    const isKafkajs = args[1] === "TimeoutNegativeWarning" && (new Error().stack ?? "").includes(CAUSE)
    if (!isKafkajs) Reflect.apply(emitWarning, process, args)
  }
}
