/**
 * kafkajs 2.2.4 sets timers with a negative delay, of which Node 24 warns on the terminal. Harmless: such a timer fires after 1 ms, as it
 * always did. This keeps that one warning away, and only where kafkajs is its cause.
 */
let quiet = false

/** In the stack of such a warning: kafkajs's class by its name, since in the worker's bundle no file tells whose code it is. */
const CAUSE = "RequestQueue.scheduleCheckPendingRequests"

/** May be called any number of times; changes `process.emitWarning` once. */
export const quietNegativeTimeouts = (): void => {
  if (quiet) return
  quiet = true
  const emitWarning = process.emitWarning
  process.emitWarning = function (...args: [unknown, ...Array<unknown>]): void {
    const isKafkajs = args[1] === "TimeoutNegativeWarning" && (new Error().stack ?? "").includes(CAUSE)
    if (!isKafkajs) Reflect.apply(emitWarning, process, args)
  }
}
